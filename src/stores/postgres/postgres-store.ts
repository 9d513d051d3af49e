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
import { SessmwError } from '../../errors.js'
import { Opening } from '../opening.js'
import { badCursor, badKey, KEEP_MS } from '../store-rules.js'
import { type PostgresStoreOptions, type ResolvedOptions, resolveOptions } from './options.js'
import { ignoreBroken, makePool, type OwnPool, type PostgresPool, Runner } from './pool.js'
import { changeValues, escapeText, isRowKey, recordValues, toRecord } from './row.js'
import { prepareTable, requireTable } from './schema.js'
import { type Statements, SWEEP_BATCH, statementsFor } from './statements.js'

export type { PostgresStoreOptions } from './options.js'

/** Milliseconds between the sweeps of one process, half as much at least and one and a half times at most. */
const SWEEP_EVERY_MS = 60_000

/** What a cursor begins with; the key at which the page ended follows. */
const CURSOR = 'after:'

/** How many records `entries` reads at once. */
const ENTRIES_PAGE = 500

/**
 * Sessions in PostgreSQL 12 or newer, shared by any number of processes.
 *
 * It makes its table by itself before the first call. Each call is one statement, exact at the default isolation (READ
 * COMMITTED), so that it needs no transaction and works through a pooler; statements are prepared under names, so that
 * PgBouncer in transaction mode must be 1.21 or newer, with `max_prepared_statements` above 0, and needs a `pool`
 * without `statement_timeout`, which it refuses.
 *
 * A call that a caller gave up is not sent any more. One that was sent already may still be carried out, once, when a
 * server that hung goes on: it never creates a session that has ended, since updates do not create.
 */
export class PostgresStore implements EnumerableStore {
  readonly #options: ResolvedOptions
  readonly #clock: Clock
  readonly #statements: Statements
  readonly #opening: Opening<PostgresPool>
  readonly #runner: Runner
  #ownPool: OwnPool | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  /**
   * @param isGuest For tools beside the application: makes no table and never sweeps by itself.
   * @throws SessmwError `bad-option` for an unknown option or a value that makes no sense.
   */
  constructor(options: PostgresStoreOptions, isGuest = false) {
    this.#options = resolveOptions(options)
    const { source, table, clock } = this.#options
    this.#clock = clock
    this.#statements = statementsFor(table)
    this.#opening = new Opening('PostgreSQL store', () => this.#open(isGuest))
    this.#runner = new Runner(() => this.#opening.get())
    if (typeof source !== 'string') source.on('error', ignoreBroken)
  }

  /**
   * Connects and makes the table, as the first call would: call it at the start to see problems early.
   *
   * Rejects with `store-failed` when the table cannot be made or its name is taken.
   */
  async ready(): Promise<void> {
    await this.#opening.get()
  }

  async create(key: string, record: SessionRecord, context?: StoreContext): Promise<void> {
    checkKey(key)
    const { count } = await this.#run('create', [key, ...recordValues(record)], context)
    if (count === 0) throw new SessmwError('store-exists', 'There is a session under this key already.')
  }

  async read(key: string, context?: StoreContext): Promise<SessionRecord | 'corrupt' | null> {
    checkKey(key)
    const { rows } = await this.#run('read', [key], context)
    const [row] = rows
    return row === undefined ? null : toRecord(row)
  }

  async update(key: string, change: RecordChange, context?: StoreContext): Promise<UpdateResult> {
    checkKey(key)
    const values = [key, ...changeValues(change)]
    if (change.ifVersion === undefined)
      return (await this.#run('update', values, context)).count === 0 ? 'missing' : 'saved'
    const { rows } = await this.#run('compareAndSet', [...values, change.ifVersion], context)
    const [held, saved] = rows[0] ?? []
    if (held !== '1') return 'missing'
    return saved === '1' ? 'saved' : 'conflict'
  }

  async touch(key: string, times: RecordTimes, context?: StoreContext): Promise<boolean> {
    checkKey(key)
    return (await this.#run('touch', [key, times.lastSeenAt, times.expiresAt], context)).count > 0
  }

  async delete(key: string, context?: StoreContext): Promise<boolean> {
    checkKey(key)
    return (await this.#run('delete', [key], context)).count > 0
  }

  async *entries(context?: StoreContext): AsyncGenerator<readonly [key: string, record: SessionRecord]> {
    for (let cursor: string | undefined; ; ) {
      const page = await this.page(
        cursor === undefined ? { limit: ENTRIES_PAGE } : { limit: ENTRIES_PAGE, cursor },
        context,
      )
      yield* page.records
      cursor = page.cursor
      if (cursor === undefined) return
    }
  }

  /** In the order of the keys, which is as good as random. Corrupt rows are left out. */
  async page({ limit, cursor }: PageOptions, context?: StoreContext): Promise<StorePage> {
    const after = cursor === undefined ? '' : keyOfCursor(cursor)
    const { rows } = await this.#run('page', [after, limit + 1], context)
    const shown = rows.slice(0, limit)
    const records: (readonly [string, SessionRecord])[] = []
    for (const [key, ...columns] of shown) {
      const record = toRecord(columns)
      if (record !== 'corrupt') records.push([key ?? '', record])
    }
    const last = shown.at(-1)?.[0]
    return rows.length > limit && typeof last === 'string'
      ? { records, cursor: `${CURSOR}${last}` }
      : { records }
  }

  async count(context?: StoreContext): Promise<number> {
    const { rows } = await this.#run('count', [], context)
    return Number(rows[0]?.[0])
  }

  async clear(context?: StoreContext): Promise<void> {
    await this.#run('clear', [], context)
  }

  async findByOwner(owner: Owner, context?: StoreContext): Promise<string[]> {
    const { rows } = await this.#run('findByOwner', [escapeText(owner)], context)
    return rows.map(([key]) => key ?? '')
  }

  async deleteByOwner(
    owner: Owner,
    { except }: { except?: string } = {},
    context?: StoreContext,
  ): Promise<string[]> {
    const { rows } = await this.#run(
      'deleteByOwner',
      [escapeText(owner), isRowKey(except) ? except : null],
      context,
    )
    return rows.map(([key]) => key ?? '')
  }

  /**
   * Removes every record whose hour after expiry is over, in batches; answers with how many there were. Rows that
   * another process is at are left to it. A timer calls it by itself about once a minute.
   */
  async sweep(): Promise<number> {
    const before = this.#clock() - KEEP_MS
    for (let removed = 0; ; ) {
      const { count } = await this.#run('sweep', [before])
      removed += count
      if (count < SWEEP_BATCH) return removed
    }
  }

  /** Stops the sweeps and ends the pool that the store made. Afterwards every call rejects with `store-closed`. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#timer)
    const { source } = this.#options
    await this.#opening.close(async () => undefined)
    if (typeof source !== 'string') source.removeListener('error', ignoreBroken)
    await this.#ownPool?.end()
  }

  #run(name: keyof Statements, values: unknown[], context?: StoreContext): ReturnType<Runner['run']> {
    return this.#runner.run(this.#statements[name], values, context)
  }

  async #open(isGuest: boolean): Promise<PostgresPool> {
    const { source, table } = this.#options
    const pool = typeof source === 'string' ? await this.#ownPoolOf(source) : source
    if (isGuest) await requireTable(pool, table)
    else {
      await prepareTable(pool, table)
      this.#sweepLater()
    }
    return pool
  }

  async #ownPoolOf(url: string): Promise<PostgresPool> {
    if (this.#ownPool === undefined) {
      this.#ownPool = await makePool(url)
      this.#ownPool.on('error', ignoreBroken)
    }
    return this.#ownPool
  }

  /** At a random time, so that many processes that started at once do not all sweep at once. */
  #sweepLater(): void {
    if (this.#closed) return
    const swept = async (): Promise<void> => {
      // If the database is down, the calls of requests say so; the next sweep removes what this one could not.
      await this.sweep().catch(() => 0)
      this.#sweepLater()
    }
    this.#timer = setTimeout(swept, SWEEP_EVERY_MS * (0.5 + Math.random())).unref()
  }
}

function keyOfCursor(cursor: string): string {
  const key = cursor.slice(CURSOR.length)
  if (!cursor.startsWith(CURSOR) || !isRowKey(key)) throw badCursor()
  return key
}

function checkKey(key: unknown): asserts key is string {
  if (!isRowKey(key)) throw badKey()
}
