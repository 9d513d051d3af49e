import type { Clock } from '../../core/clock.js'
import type { StoreContext } from '../../core/store.js'
import { KEEP_MS } from '../store-rules.js'
import type { Connection } from './connection.js'
import { inBatches } from './in-batches.js'
import { fromText, toText } from './record-hash.js'
import { ADD_ENTRY, REMOVE_ENTRY } from './scripts.js'

const DAY_MS = 86_400_000

/** A session in the index of an owner, at least until `till`; both as text of Redis. */
export interface Entry {
  readonly owner: string
  readonly till: string
}

/**
 * Which sessions an owner has: a sorted set of store keys for each owner, in a slot of its own. Owners come as `toText` gives
 * them.
 *
 * An entry is written before its session and lives longer, by the session's life or a day, so that a session that stays in
 * use needs a new entry only now and then; a script refuses to extend a session beyond its entry. Hence a session is never
 * missing from the index, while an entry may be of a session that has ended, or is only being made: readers ask the
 * sessions. Entries go when their session is deleted or changes hands, and otherwise when their time is over.
 */
export class OwnerIndex {
  readonly #prefix: string
  readonly #clock: Clock

  constructor(prefix: string, clock: Clock) {
    this.#prefix = prefix
    this.#clock = clock
  }

  /** Writes an entry for a session that expires then. */
  async add(
    redis: Connection,
    owner: string,
    key: string,
    expiresAt: number,
    context: StoreContext | undefined,
  ): Promise<Entry> {
    const now = this.#clock()
    const till = expiresAt + Math.max(DAY_MS, expiresAt - now)
    const args = [toText(key), `${till}`, timeToLive(till, now), `${now - KEEP_MS}`]
    return { owner, till: String(await redis.run(ADD_ENTRY, this.#prefix + owner, context, args)) }
  }

  /** Removes the entry of a session that is gone or has changed hands, unless it has been written anew. */
  async remove(
    redis: Connection,
    owner: string,
    key: string,
    till: string,
    context: StoreContext | undefined,
  ): Promise<void> {
    await redis.run(REMOVE_ENTRY, this.#prefix + owner, context, [toText(key), till])
  }

  /** Removes the entries whose time is over from the indexes of these names. */
  async sweep(redis: Connection, names: readonly string[]): Promise<void> {
    const before = `(${this.#clock() - KEEP_MS}`
    await inBatches(names, (name) => redis.send(name, undefined, ['ZREMRANGEBYSCORE', name, '-inf', before]))
  }

  /** The keys of the sessions that this owner may have. */
  async keys(redis: Connection, owner: string, context: StoreContext | undefined): Promise<string[]> {
    const name = this.#prefix + owner
    const members = (await redis.send(name, context, ['ZRANGE', name, '0', '-1'])) as string[]
    return members.flatMap((member) => fromText(member) ?? [])
  }
}

/** Milliseconds until the hour after `end` is over: relative, since the server's clock may be wrong. At least 1: 0 deletes. */
export function timeToLive(end: number, now: number): string {
  return String(Math.min(Math.max(Math.ceil(end + KEEP_MS - now), 1), Number.MAX_SAFE_INTEGER))
}
