import type { Owner } from './owner.js'
import type { RecordCookie, RecordTimes, SessionRecord } from './record.js'

/** Given with every call; `signal` aborts when the deadline of the call (`storeTimeout`) has passed. */
export interface StoreContext {
  readonly signal?: AbortSignal
}

/** What one update changes. Fields that are named in neither `set` nor `unset` stay as they are in the store. */
export interface RecordChange extends Partial<RecordTimes> {
  /** Top-level name -> new JSON text. */
  readonly set?: Readonly<Record<string, string>>
  /** Top-level names to remove; absent ones are no error. */
  readonly unset?: readonly string[]
  /** A new owner, or null for none. */
  readonly owner?: Owner | null
  /** New cookie settings, or null for those of the options. */
  readonly cookie?: RecordCookie | null
  /** Only if the record still has this version; otherwise nothing changes and the answer is `conflict`. */
  readonly ifVersion?: number
}

/** How an update ended: `missing` = there is no such record, and none was made. */
export type UpdateResult = 'saved' | 'missing' | 'conflict'

/**
 * Where sessions are kept. Every method answers with a promise and rejects only for faults of the store itself.
 *
 * Records that come and go are never shared: changing one that was read or created changes nothing in the store.
 * Expiry is judged by the core from the header, so a store may return expired records; it keeps each for at least
 * one hour past `expiresAt`, so that a late visitor can be told *expired* rather than *unknown*.
 */
export interface Store {
  /** Inserts. Rejects with `store-exists` if there is a record under this key, whose data then stay as they are. */
  create(key: string, record: SessionRecord, context?: StoreContext): Promise<void>
  /** The record; null when there is none; `corrupt` when there is something that cannot be understood. */
  read(key: string, context?: StoreContext): Promise<SessionRecord | 'corrupt' | null>
  /** Merges the change into the record in one atomic step, and adds one to its version. Never creates. */
  update(key: string, change: RecordChange, context?: StoreContext): Promise<UpdateResult>
  /** Sets the times only; the version stays. False when there is no such record; never creates. */
  touch(key: string, times: RecordTimes, context?: StoreContext): Promise<boolean>
  /** Removes the record. False when there was none. */
  delete(key: string, context?: StoreContext): Promise<boolean>
  /** The store key of a session id. Left out: SHA-256 of the id, base64url. */
  keyOf?(id: string): string
  /** Whether an id could be one of this store's. Left out: exactly 43 characters of base64url. */
  acceptsId?(id: string): boolean
  /** Ends timers and connections that the store opened. Afterwards every call rejects with `store-closed`. */
  close?(): Promise<void>
}

/** Which page: `limit` records at most, 1 to 1000, from the `cursor` of the page before. */
export interface PageOptions {
  readonly limit: number
  readonly cursor?: string
}

/** Some of a store's records, and where the next ones are; without a cursor there are no more. */
export interface StorePage {
  readonly records: readonly (readonly [key: string, record: SessionRecord])[]
  readonly cursor?: string
}

/** A store that can also list what it holds: what the inspector, `list` and `revokeOwner` need. */
export interface EnumerableStore extends Store {
  /** Every record, expired ones included, without holding them all in memory at once. */
  entries(context?: StoreContext): AsyncIterable<readonly [key: string, record: SessionRecord]>
  /**
   * At most `limit` records, expired ones included, from where the page before ended: what lists of large stores need.
   * All pages together have each record that is there from the first to the last of them. Left out: `entries`, begun
   * anew for each page. A cursor that is not one of this store's rejects with `bad-option`.
   */
  page?(options: PageOptions, context?: StoreContext): Promise<StorePage>
  /** How many records there are, expired ones included. */
  count(context?: StoreContext): Promise<number>
  /** Removes every record. */
  clear(context?: StoreContext): Promise<void>
  /** The keys of this owner's records. */
  findByOwner(owner: Owner, context?: StoreContext): Promise<string[]>
  /** Removes this owner's records, but not the one under `except`; answers with the keys that are gone. */
  deleteByOwner(owner: Owner, options?: { except?: string }, context?: StoreContext): Promise<string[]>
}

/** Whether a store can list what it holds. */
export function isEnumerable(store: Store): store is EnumerableStore {
  return 'entries' in store && 'count' in store && 'findByOwner' in store && 'deleteByOwner' in store
}
