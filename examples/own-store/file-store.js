// A session store of one's own: each session is a file in a folder, for one process. docs/stores.md explains it.
import { createHash, randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SessmwError } from 'sessmw'

export class FileStore {
  #folder
  #queues = new Map()
  #closed = false

  /** @param {{ folder: string }} options */
  constructor({ folder }) {
    this.#folder = folder
  }

  create(key, record, context) {
    return this.#inTurn(key, context, async () => {
      const path = this.#pathOf(key)
      const draft = await this.#write({ ...record, key })
      try {
        // link() fails where a file is; rename() would replace it.
        await link(draft, path)
      } catch (error) {
        if (error.code !== 'EEXIST') throw error
        throw new SessmwError('store-exists', 'There is a session under this key already.')
      } finally {
        await rm(draft)
      }
    })
  }

  read(key, context) {
    return this.#inTurn(key, context, () => this.#read(key))
  }

  update(key, change, context) {
    return this.#inTurn(key, context, async () => {
      const record = await this.#read(key)
      if (record === null || record === 'corrupt') return 'missing'
      if (change.ifVersion !== undefined && change.ifVersion !== record.version) return 'conflict'
      await rename(await this.#write({ ...changed(record, change), key }), this.#pathOf(key))
      return 'saved'
    })
  }

  touch(key, { lastSeenAt, expiresAt }, context) {
    return this.#inTurn(key, context, async () => {
      const record = await this.#read(key)
      if (record === null || record === 'corrupt') return false
      const times = { lastSeenAt: Math.max(lastSeenAt, record.lastSeenAt), expiresAt }
      await rename(await this.#write({ ...record, ...times, key }), this.#pathOf(key))
      return true
    })
  }

  delete(key, context) {
    return this.#inTurn(key, context, async () => {
      const record = await this.#read(key)
      await rm(this.#pathOf(key), { force: true })
      return record !== null
    })
  }

  async close() {
    this.#closed = true
  }

  async #read(key) {
    let text
    try {
      text = await readFile(this.#pathOf(key), 'utf8')
    } catch (error) {
      if (error.code === 'ENOENT') return null
      throw error
    }
    try {
      const { key: itsKey, fields, ...header } = JSON.parse(text)
      return itsKey === key ? { ...header, fields: Object.fromEntries(fields) } : 'corrupt'
    } catch {
      return 'corrupt'
    }
  }

  /** As a file that is whole before it gets its name: what a crash leaves behind has no name that is read. */
  async #write({ fields, ...rest }) {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const draft = join(this.#folder, `${randomUUID()}.draft`)
    await writeFile(draft, JSON.stringify({ ...rest, fields: Object.entries(fields) }), { mode: 0o600 })
    return draft
  }

  /** Keys are case-sensitive, and some file systems are not. */
  #pathOf(key) {
    return join(this.#folder, `${createHash('sha256').update(key).digest('hex')}.json`)
  }

  /** One call of a key after the other, so that none reads what another is about to replace. */
  async #inTurn(key, context, run) {
    if (typeof key !== 'string' || !/^[^\p{Cc}]{1,256}$/u.test(key))
      throw new SessmwError('store-bad-key', 'A store key is text of 1 to 256 characters.')
    const before = this.#queues.get(key)
    const turn = Promise.resolve(before).then(() => {
      if (this.#closed) throw new SessmwError('store-closed', 'The file store is closed.')
      context?.signal?.throwIfAborted()
      return run()
    })
    const done = turn.then(
      () => undefined,
      () => undefined,
    )
    this.#queues.set(key, done)
    await done
    if (this.#queues.get(key) === done) this.#queues.delete(key)
    return turn
  }
}

function changed(record, { set, unset = [], owner, cookie, expiresAt, lastSeenAt }) {
  const fields = new Map([...Object.entries(record.fields), ...Object.entries(set ?? {})])
  for (const name of unset) fields.delete(name)
  return {
    ...record,
    version: record.version + 1,
    lastSeenAt: Math.max(lastSeenAt ?? 0, record.lastSeenAt),
    expiresAt: expiresAt ?? record.expiresAt,
    owner: owner === undefined ? record.owner : (owner ?? undefined),
    cookie: cookie === undefined ? record.cookie : (cookie ?? undefined),
    fields: Object.fromEntries(fields),
  }
}
