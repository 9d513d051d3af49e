import type { RecordTimes, SessionRecord } from '../../core/record.js'
import { handleOf } from '../../core/session-id.js'
import { shared } from '../../core/shared.js'
import { isEnumerable, type Store as NativeStore } from '../../core/store.js'
import { isSessmwError } from '../../errors.js'
import { Store } from './store.js'
import type { Callback, GetCallback, SessionRow } from './types.js'

type AllCallback = (error?: unknown, rows?: SessionRow[]) => void
type CountCallback = (error?: unknown, count?: number) => void

/** What connect-redis and connect-pg-simple give a session without expiry. */
const DAY_MS = 86_400_000

const nativeStores = shared('native-stores', () => new WeakMap<object, NativeStore>())

/** The store of sessmw that `toExpressStore` made a store of; undefined for any other. */
export function nativeOf(store: object): NativeStore | undefined {
  return nativeStores.get(store)
}

/** A store of sessmw as a store for express-session. */
class ToExpressStore extends Store {
  declare all?: (callback: AllCallback) => void
  declare length?: (callback: CountCallback) => void
  declare clear?: (callback?: Callback) => void

  constructor(
    private readonly store: NativeStore,
    private readonly clock: () => number,
  ) {
    super()
    nativeStores.set(this, store)
    if (!isEnumerable(store)) return
    this.all = (callback) => answer(this.#living(), callback)
    this.length = (callback) =>
      answer(
        this.#living().then((rows) => rows.length),
        callback,
      )
    this.clear = (callback) => answer(store.clear(), callback)
  }

  get(sid: string, callback: GetCallback): void {
    answer<SessionRow | null | undefined>(this.#read(sid), callback)
  }

  set(sid: string, session: object, callback?: Callback): void {
    // At once, because the app may change the session while the store is busy.
    const fields = textsOf(session)
    answer(this.#write(sid, fields, this.#times(session)), callback)
  }

  destroy(sid: string, callback?: Callback): void {
    answer(this.store.delete(this.#key(sid)), callback && ((error) => callback(error)))
  }

  touch(sid: string, session: object, callback?: Callback): void {
    answer(this.store.touch(this.#key(sid), this.#times(session)), callback && ((error) => callback(error)))
  }

  #key(sid: string): string {
    return this.store.keyOf === undefined ? handleOf(sid) : this.store.keyOf(sid)
  }

  #times(session: { cookie?: { expires?: unknown } }): RecordTimes {
    const now = this.clock()
    const expires = session.cookie?.expires
    const isTime = expires instanceof Date || typeof expires === 'string'
    return { lastSeenAt: now, expiresAt: isTime ? new Date(expires).valueOf() : now + DAY_MS }
  }

  async #read(sid: string): Promise<SessionRow | undefined> {
    const record = await this.store.read(this.#key(sid))
    return record === null || record === 'corrupt' ? undefined : this.#rowOf(record)
  }

  async #living(): Promise<SessionRow[]> {
    const rows: SessionRow[] = []
    if (!isEnumerable(this.store)) return rows
    for await (const [, record] of this.store.entries()) {
      const row = this.#rowOf(record)
      if (row !== undefined) rows.push(row)
    }
    return rows
  }

  #rowOf({ fields, expiresAt }: SessionRecord): SessionRow | undefined {
    if (expiresAt <= this.clock() || fields.cookie === undefined) return undefined
    const entries = Object.entries(fields).map(([name, text]) => [name, JSON.parse(text)])
    const row: SessionRow = Object.fromEntries(entries)
    // A touch moves the record, not the text of its cookie.
    if (row.cookie.expires) row.cookie.expires = new Date(expiresAt).toISOString()
    return row
  }

  /** Replaces all fields, as stores for express-session do. */
  async #write(sid: string, set: Record<string, string>, times: RecordTimes): Promise<void> {
    const key = this.#key(sid)
    const old = await this.store.read(key)
    if (old === 'corrupt') await this.store.delete(key)
    const unset = old === null || old === 'corrupt' ? [] : Object.keys(old.fields)
    const change = { set, unset: unset.filter((name) => !(name in set)), ...times }
    if ((await this.store.update(key, change)) === 'saved') return
    const record = { version: 1, createdAt: times.lastSeenAt, ...times, fields: set }
    try {
      await this.store.create(key, record)
    } catch (error) {
      // Another request has created it in the meantime.
      if (!isSessmwError(error) || error.code !== 'store-exists') throw error
      await this.store.update(key, change)
    }
  }
}

function textsOf(session: object): Record<string, string> {
  const row: Record<string, unknown> = JSON.parse(JSON.stringify(session))
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, JSON.stringify(value)]))
}

/** Answers a callback, if there is one, with what a promise becomes; what it throws is no rejection of ours. */
function answer<Value>(
  promise: Promise<Value>,
  callback: ((error?: unknown, value?: Value) => void) | undefined,
): void {
  promise.then(
    (value) => callback && setImmediate(callback, null, value),
    (error: unknown) => callback && setImmediate(callback, error),
  )
}

/**
 * A store of sessmw (`MemoryStore`, `SqliteStore`, `RedisStore`, `PostgresStore`) as a store for express-session and for
 * everything that takes one. Ids are hashed in the store; each `set` replaces the whole session, as express-session
 * expects it. `all`, `length` and `clear` exist where the store can list its sessions.
 *
 * @param options.clock Milliseconds since 1970, the same as that of the store; `Date.now`.
 *
 * @example
 * app.use(session({ secret, resave: false, saveUninitialized: false, store: toExpressStore(new SqliteStore({ path })) }))
 */
export function toExpressStore(store: NativeStore, options: { clock?: () => number } = {}): Store {
  return new ToExpressStore(store, options.clock ?? Date.now)
}
