import type { Clock } from '../../core/clock.js'
import type { SessionRecord } from '../../core/record.js'
import type { RecordChange, StoreContext, UpdateResult } from '../../core/store.js'
import { SessmwError } from '../../errors.js'
import { isAborted } from '../deadline.js'
import { changeArguments } from './change.js'
import { type Connection, startsWith } from './connection.js'
import { inBatches } from './in-batches.js'
import { type OwnerIndex, timeToLive } from './owner-index.js'
import { fromHash, fromText, toHash, toText } from './record-hash.js'
import { CHANGE, CREATE, DELETE } from './scripts.js'

/** What CHANGE answers beside a plain result. */
type WithOwner = readonly [answer: 'index' | 'saved', owner: string, till: string]

/** The sessions in Redis, a hash for each, and what has to be done to the index of an owner before and after. */
export class SessionHashes {
  readonly #prefix: string
  readonly #index: OwnerIndex
  readonly #clock: Clock

  constructor(prefix: string, index: OwnerIndex, clock: Clock) {
    this.#prefix = prefix
    this.#index = index
    this.#clock = clock
  }

  /** Rejects with `store-exists` when anything lies under the key. */
  async create(redis: Connection, key: string, record: SessionRecord, context?: StoreContext): Promise<void> {
    const { owner, expiresAt } = record
    const entry =
      owner === undefined ? undefined : await this.#index.add(redis, toText(owner), key, expiresAt, context)
    const args = [timeToLive(expiresAt, this.#clock()), ...toHash(record, entry?.till ?? '-')]
    if ((await redis.run(CREATE, this.#nameOf(key), context, args)) === 'exists')
      throw new SessmwError('store-exists', 'There is a session under this key already.')
    // The caller has been told that it failed, and has given the id to nobody.
    if (context !== undefined && isAborted(context)) await this.remove(redis, key)
  }

  read(redis: Connection, key: string, context?: StoreContext): Promise<SessionRecord | 'corrupt' | null> {
    return readHash(redis, this.#nameOf(key), context)
  }

  /** The records under these names of Redis, with their keys; none for what is gone or corrupt. */
  async records(redis: Connection, names: readonly string[], context?: StoreContext) {
    const found = await inBatches(names, (name) => readHash(redis, name, context))
    return names.flatMap((name, n): (readonly [key: string, record: SessionRecord])[] => {
      const [record, key] = [found[n], fromText(name.slice(this.#prefix.length))]
      return typeof record === 'object' && record !== null && key !== undefined ? [[key, record]] : []
    })
  }

  /** @param mode `touch`, `update`, or the version that the record must have. */
  async change(
    redis: Connection,
    key: string,
    mode: string,
    change: RecordChange,
    context?: StoreContext,
  ): Promise<UpdateResult> {
    const { owner, expiresAt = this.#clock() } = change
    let entry = owner ? await this.#index.add(redis, toText(owner), key, expiresAt, context) : undefined
    for (;;) {
      const args = changeArguments(mode, change, entry, this.#clock())
      const reply = (await redis.run(CHANGE, this.#nameOf(key), context, args)) as UpdateResult | WithOwner
      if (typeof reply === 'string') return reply
      const [answer, of, till] = reply
      if (answer === 'index') entry = await this.#index.add(redis, of, key, Number(till), context)
      else {
        await this.#index.remove(redis, of, key, till, context)
        return answer
      }
    }
  }

  /** @param owner The owner that it must have, as `toText` gives it; any if left out. */
  async remove(redis: Connection, key: string, owner = '', context?: StoreContext): Promise<boolean> {
    const reply = await redis.run(DELETE, this.#nameOf(key), context, [owner])
    if (!Array.isArray(reply)) return false
    const [of, till] = reply
    if (of !== '') await this.#index.remove(redis, of, key, till, context)
    return true
  }

  /** The owner of a session as `toText` gives it; null when it has none or is gone. */
  async ownerOf(redis: Connection, key: string, context?: StoreContext): Promise<unknown> {
    const name = this.#nameOf(key)
    return unlessOtherType(redis.send(name, context, ['HGET', name, '@owner']), null)
  }

  #nameOf(key: string): string {
    return this.#prefix + toText(key)
  }
}

async function readHash(redis: Connection, name: string, context?: StoreContext) {
  const reply = await unlessOtherType(redis.send(name, context, ['HGETALL', name]), undefined)
  return reply === undefined ? 'corrupt' : fromHash(reply)
}

/** Another answer when something that is no hash lies under the key. */
async function unlessOtherType<Other>(reply: Promise<unknown>, otherwise: Other): Promise<unknown | Other> {
  try {
    return await reply
  } catch (cause) {
    if (startsWith(cause, 'WRONGTYPE')) return otherwise
    throw cause
  }
}
