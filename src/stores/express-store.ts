import type { Clock } from '../core/clock.js'
import type { RecordTimes, SessionRecord } from '../core/record.js'
import type { RecordChange, Store, StoreContext, UpdateResult } from '../core/store.js'
import { SessmwError } from '../errors.js'
import { type ExpressRow, recordOf, rowOf } from './express-row.js'
import { changeRecord, touchRecord } from './held-record.js'
import { KeyedQueue } from './keyed-queue.js'

type Done = (error?: unknown, row?: unknown) => void

/** What `fromExpressStore` needs of a store; every store for express-session has it. */
export interface ExpressStoreLike {
  get(sid: string, callback: (error?: unknown, row?: unknown) => void): unknown
  set(sid: string, row: never, callback?: (error?: unknown) => void): unknown
  destroy(sid: string, callback?: (error?: unknown) => void): unknown
}

/** What a store can promise beyond reading and writing. */
export interface StoreCapabilities {
  /** Whether updates of several processes merge. */
  readonly atomicUpdate: boolean
  /** Whether `create` refuses a key that is taken. If not, it is up to `generateId` that no id comes twice. */
  readonly insertOnlyCreate: boolean
  /** Whether expired sessions stay for an hour, so that a verdict can say *expired*. */
  readonly keepsExpired: boolean
  /** Whether the store holds only hashes of session ids. */
  readonly hashedIds: boolean
}

/** A store for express-session as a store for `session()`. */
export interface AdaptedStore extends Store {
  readonly capabilities: StoreCapabilities
}

const CAPABILITIES: StoreCapabilities = Object.freeze({
  atomicUpdate: false,
  insertOnlyCreate: false,
  keepsExpired: false,
  hashedIds: false,
})

const isKey = (key: unknown): boolean =>
  typeof key === 'string' && key !== '' && key.length <= 4096 && !/\p{Cc}/u.test(key)

/** Reads and writes whole rows, one change at a time for each key. */
class FromExpressStore implements AdaptedStore {
  readonly capabilities = CAPABILITIES
  readonly #queue = new KeyedQueue()
  #closed = false

  constructor(
    private readonly store: ExpressStoreLike,
    private readonly clock: Clock,
  ) {}

  keyOf(id: string): string {
    return id
  }

  acceptsId(id: string): boolean {
    return isKey(id)
  }

  create(key: string, record: SessionRecord, context?: StoreContext): Promise<void> {
    // Not read before: the key is a new random id, and a store that looks for it in vain may take its time.
    return this.#inTurn(key, context, async () => void (await this.#put(key, record)))
  }

  async read(key: string, context?: StoreContext): Promise<SessionRecord | 'corrupt' | null> {
    this.#check(key, context)
    const row = await this.#get(key)
    return row === undefined ? null : recordOf(row, this.clock)
  }

  update(key: string, change: RecordChange, context?: StoreContext): Promise<UpdateResult> {
    return this.#inTurn(key, context, async () => {
      const old = await this.#record(key)
      if (old === undefined) return 'missing'
      if (change.ifVersion !== undefined && change.ifVersion !== old.version) return 'conflict'
      await this.#put(key, changeRecord(old, change))
      return 'saved'
    })
  }

  touch(key: string, times: RecordTimes, context?: StoreContext): Promise<boolean> {
    return this.#inTurn(key, context, async () => {
      const old = await this.#record(key)
      if (old === undefined) return false
      await this.#put(key, touchRecord(old, times))
      return true
    })
  }

  delete(key: string, context?: StoreContext): Promise<boolean> {
    return this.#inTurn(key, context, async () => {
      if ((await this.#get(key)) === undefined) return false
      await call((done) => this.store.destroy(key, done))
      return true
    })
  }

  /** The store belongs to the app and stays open; only this adapter ends. */
  close(): Promise<void> {
    this.#closed = true
    return Promise.resolve()
  }

  async #inTurn<Result>(key: string, context: StoreContext | undefined, work: () => Promise<Result>) {
    this.#check(key, context)
    return this.#queue.run(key, async () => {
      context?.signal?.throwIfAborted()
      return work()
    })
  }

  #check(key: string, context: StoreContext | undefined): void {
    if (this.#closed) throw new SessmwError('store-closed', 'The store is closed.')
    if (!isKey(key)) {
      const rule = 'A session id is text of 1 to 4096 characters without control characters.'
      throw new SessmwError('store-bad-key', rule)
    }
    context?.signal?.throwIfAborted()
  }

  async #get(key: string): Promise<unknown> {
    const row = await call((done) => this.store.get(key, done))
    return row ?? undefined
  }

  async #record(key: string): Promise<SessionRecord | undefined> {
    const row = await this.#get(key)
    const record = row === undefined ? undefined : recordOf(row, this.clock)
    return record === 'corrupt' ? undefined : record
  }

  #put(key: string, record: SessionRecord): Promise<unknown> {
    const row: ExpressRow = rowOf(record, this.clock())
    return call((done) => this.store.set(key, row as never, done))
  }
}

/** A call with a callback as a promise; ENOENT means that there is nothing, as in express-session. */
function call(start: (done: Done) => unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    start((error, row) => {
      if (!error) resolve(row)
      else if ((error as { code?: unknown }).code === 'ENOENT') resolve(undefined)
      else reject(error)
    })
  })
}

/**
 * Any store for express-session (connect-redis, connect-pg-simple, connect-mongo, session-file-store ...) as a store for
 * `session()`. Sessions that express-session has stored there live on: their ids and their data stay what they are.
 *
 * Such a store reads and writes whole rows, so it cannot promise what our own stores do (`capabilities`): changes of one
 * session merge within one process, but of two processes the last one wins; a new session replaces one of the same id;
 * expired sessions are unknown sessions; and the ids lie in the store as the browser has them. A new session is one
 * `set`; a change, a touch and the end of one are a `get` first, because they must not create, and must tell whether
 * there was one.
 *
 * @param options.clock Milliseconds since 1970; `Date.now`.
 *
 * @example
 * app.use(session({ secretKey, store: fromExpressStore(new RedisStore({ client })) }))
 */
export function fromExpressStore(store: ExpressStoreLike, options: { clock?: Clock } = {}): AdaptedStore {
  for (const method of ['get', 'set', 'destroy'] as const) {
    if (typeof store?.[method] === 'function') continue
    throw new SessmwError('bad-option', `fromExpressStore needs a store with a method ${method}.`)
  }
  return new FromExpressStore(store, options.clock ?? Date.now)
}
