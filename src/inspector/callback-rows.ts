import { hash } from 'node:crypto'
import { handleOf } from '../core/session-id.js'
import { SessmwError } from '../errors.js'
import { Destroyed } from '../express/express-session/destroyed.js'
import type { SessionRequest, SessionRow, StoreLike } from '../express/express-session/types.js'
import type { Rows } from './express-rows.js'
import type { Edit, FullItem } from './subject.js'

type Done = (error?: unknown, value?: unknown) => void

/** What stores for express-session may have besides; `all` gives rows by id, or rows with their `id`. */
interface ListingStore extends StoreLike {
  all?(callback: Done): unknown
  length?(callback: Done): unknown
}

/** Names in a row that are no data. */
const NOT_DATA = ['cookie', '__sessmw', '__proto__', 'constructor', 'prototype']

/** Sessions in any store for express-session, by the methods that it has. */
export class CallbackRows implements Rows {
  readonly canList: boolean
  private readonly store: ListingStore

  /** @param seen Ids that the app has used since the start, for stores that cannot list. */
  constructor(
    store: StoreLike,
    private readonly seen: { get(handle: string): string | undefined; ids(): Iterable<string> },
  ) {
    this.store = store
    this.canList = typeof this.store.all === 'function'
  }

  async *items(): AsyncGenerator<readonly FullItem[]> {
    if (this.canList) yield* inParts(await this.#all())
    else
      for (const sid of [...this.seen.ids()]) {
        const item = await this.#get(sid)
        if (item !== undefined) yield [item]
      }
  }

  async count(): Promise<number | null> {
    if (typeof this.store.length !== 'function') return null
    const count = await call((done) => this.store.length?.(done))
    return typeof count === 'number' ? count : null
  }

  async find(handle: string): Promise<FullItem | undefined> {
    const sid = this.seen.get(handle) ?? (this.canList ? await this.#sidOf(handle) : undefined)
    return sid === undefined ? undefined : this.#get(sid)
  }

  async edit({ key }: FullItem, { set = {}, unset = [], ifVersion }: Edit) {
    const row = await this.#row(key)
    if (row === undefined) return 'missing'
    if (ifVersion !== undefined && versionOf(JSON.stringify(row)) !== ifVersion) return 'conflict'
    for (const name of unset) Reflect.deleteProperty(row, name)
    const values = Object.entries(set).map(([name, text]) => [name, JSON.parse(text)])
    await this.#set(key, { ...row, ...Object.fromEntries(values) })
    return 'saved'
  }

  async remove({ key }: FullItem): Promise<boolean> {
    if ((await this.#row(key)) === undefined) return false
    // No older request of this process may set it again.
    Destroyed.of(this.store).add(key)
    await call((done) => this.store.destroy(key, done))
    return true
  }

  async restore({ key, stored }: FullItem): Promise<boolean> {
    if ((await this.#row(key)) !== undefined) return false
    await this.#set(key, JSON.parse(stored as string))
    return true
  }

  async #get(sid: string): Promise<FullItem | undefined> {
    const row = await this.#row(sid)
    return row && itemOfRow(sid, row)
  }

  /** A copy, since a store may hand out what it keeps. */
  async #row(sid: string): Promise<SessionRow | undefined> {
    const row = await call((done) => this.store.get(sid, done))
    return typeof row === 'object' && row !== null ? JSON.parse(JSON.stringify(row)) : undefined
  }

  /** As a session object, since stores ask its cookie when it ends. */
  async #set(sid: string, row: SessionRow): Promise<void> {
    const request = { sessionID: sid, sessionStore: this.store } as unknown as SessionRequest
    const session = this.store.createSession(request, row) as object
    await call((done) => this.store.set(sid, session, done))
  }

  async #all(): Promise<FullItem[]> {
    const rows = await call((done) => this.store.all?.(done))
    if (typeof rows !== 'object' || rows === null) return []
    return Object.entries(rows).flatMap(([name, row]) => {
      if (typeof row !== 'object' || row === null) return []
      if (!Array.isArray(rows)) return [itemOfRow(name, row)]
      // connect-redis and others put the id into the row, where it is no data.
      const { id, ...data } = row
      return typeof id === 'string' ? [itemOfRow(id, data)] : []
    })
  }

  async #sidOf(handle: string): Promise<string | undefined> {
    return (await this.#all()).find((item) => item.handle === handle)?.key
  }
}

const PART = 500

function* inParts(items: readonly FullItem[]): Generator<readonly FullItem[]> {
  for (let at = 0; at < items.length; at += PART) yield items.slice(at, at + PART)
}

/** A row as the inspector knows sessions. */
function itemOfRow(sid: string, row: SessionRow): FullItem {
  const text = JSON.stringify(row)
  const data = Object.entries(row).filter(([name]) => !NOT_DATA.includes(name))
  const texts = data.flatMap(([name, value]) => {
    const json = JSON.stringify(value)
    return json === undefined ? [] : [[name, json] as const]
  })
  const { expires, originalMaxAge } = row.cookie ?? {}
  const end = expires ? new Date(expires).valueOf() : Number.NaN
  return {
    ...{ handle: handleOf(sid), key: sid, version: versionOf(text), owner: null },
    ...{ createdAt: null, lastSeenAt: null, expiresAt: Number.isNaN(end) ? null : end },
    cookieMaxAgeMs: typeof originalMaxAge === 'number' ? originalMaxAge : null,
    names: texts.map(([name]) => name),
    bytes: Buffer.byteLength(text),
    fields: Object.fromEntries(texts),
    flash: [],
    stored: text,
  }
}

const versionOf = (text: string): string => hash('sha256', text, 'hex').slice(0, 16)

/** A call with a callback as a promise; ENOENT means that there is nothing, as in express-session. */
function call(start: (done: Done) => unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    start((error, value) => {
      if (!error) resolve(value)
      else if ((error as { code?: unknown }).code === 'ENOENT') resolve(undefined)
      else
        reject(new SessmwError('store-failed', 'The session store failed; see the cause.', { cause: error }))
    })
  })
}
