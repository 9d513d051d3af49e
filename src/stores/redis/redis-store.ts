import type { Clock } from '../../core/clock.js'
import type { Owner } from '../../core/owner.js'
import type { RecordTimes, SessionRecord } from '../../core/record.js'
import type {
  EnumerableStore,
  PageOptions,
  RecordChange,
  StoreContext,
  StorePage,
  UpdateResult,
} from '../../core/store.js'
import { Opening } from '../opening.js'
import { badKey, checkOptions, isKey, refuseOption } from '../store-rules.js'
import type { RedisClient } from './clients.js'
import { ownDriver } from './connect.js'
import { Connection, connectionOf, refuseAborted } from './connection.js'
import { inBatches } from './in-batches.js'
import { OwnerIndex } from './owner-index.js'
import { toText } from './record-hash.js'
import { Scan } from './scan.js'
import { SessionHashes } from './session-hashes.js'

/** Options of `RedisStore`: a client or a URL, and what may be left out. */
export interface RedisStoreOptions {
  /** A client of the application, which is connected if it is not yet, and never closed. */
  readonly client?: RedisClient
  /** Where a client of the store's own connects to, such as `redis://user:password@host:6379/0`. */
  readonly url?: string
  /** What all keys in Redis begin with; `sessmw:`. Stores with different prefixes know nothing of each other. */
  readonly prefix?: string
  /** Milliseconds since 1970; `Date.now`. */
  readonly clock?: Clock
}

const KNOWN = ['client', 'url', 'prefix', 'clock']

/** How many keys one step passes where each is looked at. */
const SMALL_STEP = 256

/** How many keys one step passes where they are only counted: about a millisecond of the server's time. */
const STEP = 2_000

/** @throws SessmwError `bad-option` unless there is a client that fits, or else a URL. */
function connector({ client, url }: RedisStoreOptions): {
  owns: boolean
  connect: () => Promise<Connection>
} {
  if (client !== undefined && url === undefined) {
    const redis = connectionOf(client)
    return { owns: false, connect: async () => redis }
  }
  if (client !== undefined || typeof url !== 'string' || url === '')
    return refuseOption('RedisStore', 'it takes either a client or the text of a url.')
  return { owns: true, connect: async () => new Connection(await ownDriver(url), true) }
}

/**
 * Sessions in Redis 6.2 or later, or Valkey, standalone or as a Cluster.
 *
 * Each is a hash, so that a write sends only what changed; Redis removes it an hour after it has expired. While the server
 * is away, calls fail at once and the client reconnects by itself. A store that may evict keys (`maxmemory-policy` other
 * than `noeviction`) may lose a whole session, never a part of one, but also the index by which an owner's are found.
 *
 * An `error` event of a client that is given no longer ends the process; listen to it to see what happens. A client of
 * ioredis should have `autoResendUnfulfilledCommands: false`, or a write whose answer was lost is carried out again.
 */
export class RedisStore implements EnumerableStore {
  readonly #hashes: SessionHashes
  readonly #index: OwnerIndex
  readonly #scan: Scan
  readonly #indexes: Scan
  readonly #owns: boolean
  readonly #opening: Opening<Connection>

  /** @throws SessmwError `bad-option` for an unknown option, a value that makes no sense, or a client that does not fit. */
  constructor(options: RedisStoreOptions) {
    checkOptions('RedisStore', options, KNOWN)
    const { prefix = 'sessmw:', clock = Date.now } = options
    if (typeof prefix !== 'string' || prefix === '')
      refuseOption('RedisStore', 'prefix must be text that is not empty.')
    const [sessions, owners] = [`${toText(prefix)}s:`, `${toText(prefix)}o:`]
    this.#index = new OwnerIndex(owners, clock)
    this.#hashes = new SessionHashes(sessions, this.#index, clock)
    this.#scan = new Scan(sessions)
    this.#indexes = new Scan(owners)
    const { connect, owns } = connector(options)
    this.#owns = owns
    this.#opening = new Opening('Redis store', connect)
  }

  /** Connects, unless there is a connection. Rejects with `store-failed` while there is no server. */
  async ready(): Promise<void> {
    const redis = await this.#opening.get()
    await redis.start()
    redis.assertReady()
  }

  async create(key: string, record: SessionRecord, context?: StoreContext): Promise<void> {
    return this.#hashes.create(await this.#open(context, key), key, record, context)
  }

  async read(key: string, context?: StoreContext): Promise<SessionRecord | 'corrupt' | null> {
    return this.#hashes.read(await this.#open(context, key), key, context)
  }

  async update(key: string, change: RecordChange, context?: StoreContext): Promise<UpdateResult> {
    const mode = `${change.ifVersion ?? 'update'}`
    return this.#hashes.change(await this.#open(context, key), key, mode, change, context)
  }

  async touch(key: string, times: RecordTimes, context?: StoreContext): Promise<boolean> {
    const { lastSeenAt, expiresAt } = times
    const change = { lastSeenAt, expiresAt }
    const redis = await this.#open(context, key)
    return (await this.#hashes.change(redis, key, 'touch', change, context)) === 'saved'
  }

  async delete(key: string, context?: StoreContext): Promise<boolean> {
    return this.#hashes.remove(await this.#open(context, key), key, undefined, context)
  }

  /** Each record once, unless Redis shrinks its table of keys meanwhile: then it may give some of them twice. */
  async *entries(context?: StoreContext): AsyncGenerator<readonly [key: string, record: SessionRecord]> {
    const redis = await this.#open(context)
    for await (const names of this.#scan.parts(redis, SMALL_STEP, context))
      yield* await this.#hashes.records(redis, names, context)
  }

  async page(options: PageOptions, context?: StoreContext): Promise<StorePage> {
    const redis = await this.#open(context)
    const { keys, cursor } = await this.#scan.page(redis, options, context)
    const records = await this.#hashes.records(redis, keys, context)
    return cursor === undefined ? { records } : { records, cursor }
  }

  /** Passes all keys of the servers, also those that are not of this store. */
  async count(context?: StoreContext): Promise<number> {
    return this.#scan.count(await this.#open(context), STEP, context)
  }

  async clear(context?: StoreContext): Promise<void> {
    const redis = await this.#open(context)
    for (const scan of [this.#scan, this.#indexes])
      for await (const names of scan.parts(redis, STEP, context))
        await inBatches(names, (name) => redis.send(name, context, ['UNLINK', name]))
  }

  async findByOwner(owner: Owner, context?: StoreContext): Promise<string[]> {
    const redis = await this.#open(context)
    const keys = await this.#index.keys(redis, toText(owner), context)
    const owners = await inBatches(keys, (key) => this.#hashes.ownerOf(redis, key, context))
    return keys.filter((_key, n) => owners[n] === toText(owner))
  }

  async deleteByOwner(
    owner: Owner,
    { except }: { except?: string } = {},
    context?: StoreContext,
  ): Promise<string[]> {
    const redis = await this.#open(context)
    const keys = (await this.#index.keys(redis, toText(owner), context)).filter((key) => key !== except)
    const gone = await inBatches(keys, (key) => this.#hashes.remove(redis, key, toText(owner), context))
    return keys.filter((_key, n) => gone[n])
  }

  /**
   * Removes the entries of owners' indexes whose time is over. Sessions are removed by Redis itself when their hour after
   * expiry is over, so the answer is 0.
   */
  async sweep(): Promise<number> {
    const redis = await this.#open(undefined)
    for await (const names of this.#indexes.parts(redis, STEP)) await this.#index.sweep(redis, names)
    return 0
  }

  /** Ends the connection, if it is the store's own. Afterwards every call rejects with `store-closed`. */
  close(): Promise<void> {
    return this.#opening.close(async (redis) => {
      if (this.#owns) redis.end()
    })
  }

  async #open(context: StoreContext | undefined, key?: string): Promise<Connection> {
    const redis = await this.#opening.get()
    if (key !== undefined && !isKey(key)) throw badKey()
    await redis.started()
    refuseAborted(context)
    return redis
  }
}
