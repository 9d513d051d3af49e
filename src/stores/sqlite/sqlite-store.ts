import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
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
import { changeRecord } from '../held-record.js'
import { Opening } from '../opening.js'
import { badCursor, badKey, isKey, KEEP_MS } from '../store-rules.js'
import type { Connection } from './connection.js'
import type { SqlValue } from './database.js'
import { LockQueue } from './lock-queue.js'
import { openConnection } from './open-connection.js'
import { ownerText, type Row, recordOf, rowOf } from './row.js'
import { checkSqliteOptions, type SqliteStoreOptions } from './sqlite-options.js'
import { COLUMNS, changedColumns, tableSql } from './table.js'

const SWEEP_EVERY_MS = 60_000

/** Rows that are removed at once: each lies on pages of its own, so that twenty take a millisecond or two. */
const SLICE_ROWS = 20

/** Rows that are counted at once: they lie side by side in the index of the keys. */
const COUNTED_ROWS = 2000

/** Between two slices, so that other processes get the lock too. */
const PAUSE_MS = 1

/** What a cursor begins with; the key of the last record follows. */
const CURSOR = 'after.'

/** Records that an iteration holds in memory. */
const ENTRIES_PAGE = 100

/**
 * Sessions in a SQLite file: they outlive the process, and all processes of one machine may share them.
 *
 * A call that finds the database locked tries again until its deadline (without a signal: for two seconds) while the
 * event loop goes on. Rows whose hour after expiry is over are removed about once a minute. Faults of SQLite reject
 * with `store-failed`, locks that last with `store-timeout`. It keeps no process alive.
 *
 * @example
 * const store = new SqliteStore({ path: 'sessions.db' })
 */
export class SqliteStore implements EnumerableStore {
  readonly #clock: Clock
  readonly #sql: ReturnType<typeof tableSql>
  readonly #opening: Opening<Connection>
  readonly #isOurs: boolean
  readonly #waiting = new LockQueue()
  #timer: NodeJS.Timeout | undefined
  #closed = false

  /**
   * @param isGuest For tools beside the application: makes no table, changes no setting of the file and never sweeps.
   * @throws SessmwError `bad-option` for an unknown option, and for a value or a database that does not fit.
   */
  constructor(options: SqliteStoreOptions, isGuest = false) {
    const checked = checkSqliteOptions(options)
    this.#clock = checked.clock
    this.#sql = tableSql(checked.table)
    this.#isOurs = 'path' in checked.source
    this.#opening = new Opening('SQLite store', async () => {
      const connection = await openConnection(checked, isGuest)
      if (!isGuest) this.#timer = this.#startTimer()
      return connection
    })
  }

  /** Opens the database and makes the table now rather than at the first call. Rejects when that fails. */
  async ready(): Promise<void> {
    await this.#opening.get()
  }

  async create(key: string, record: SessionRecord, context?: StoreContext): Promise<void> {
    checkKey(key)
    const row = rowOf(key, record)
    const values = COLUMNS.map((column) => row[column])
    const added = await this.#do(context, (connection) => connection.run(this.#sql.insert, ...values))
    if (added === 0) throw new SessmwError('store-exists', 'There is a session under this key already.')
  }

  async read(key: string, context?: StoreContext): Promise<SessionRecord | 'corrupt' | null> {
    checkKey(key)
    const row = await this.#do(context, (connection) => connection.get<Row>(this.#sql.select, key))
    return row === undefined ? null : recordOf(row)
  }

  /** `missing` also for a record that cannot be understood: it stays as it is. */
  async update(key: string, change: RecordChange, context?: StoreContext): Promise<UpdateResult> {
    checkKey(key)
    return this.#do(context, (connection) =>
      connection.transaction(() => this.#change(connection, key, change)),
    )
  }

  async touch(key: string, { lastSeenAt, expiresAt }: RecordTimes, context?: StoreContext): Promise<boolean> {
    checkKey(key)
    const { touch } = this.#sql
    return (await this.#do(context, (connection) => connection.run(touch, lastSeenAt, expiresAt, key))) > 0
  }

  async delete(key: string, context?: StoreContext): Promise<boolean> {
    checkKey(key)
    return (await this.#do(context, (connection) => connection.run(this.#sql.delete, key))) > 0
  }

  async *entries(context?: StoreContext): AsyncGenerator<readonly [key: string, record: SessionRecord]> {
    let cursor: string | undefined
    do {
      const page = await this.page({ limit: ENTRIES_PAGE, ...(cursor !== undefined && { cursor }) }, context)
      yield* page.records
      cursor = page.cursor
    } while (cursor !== undefined)
  }

  async page({ limit, cursor }: PageOptions, context?: StoreContext): Promise<StorePage> {
    const after = cursor === undefined ? '' : keyOfCursor(cursor)
    // One row more than asked for tells whether there is another page.
    const { selectPage } = this.#sql
    const rows = await this.#do(context, (connection) => connection.all<Row>(selectPage, after, limit + 1))
    const found = rows.slice(0, limit)
    const records = found.flatMap((row): [string, SessionRecord][] => {
      const record = recordOf(row)
      return record === 'corrupt' ? [] : [[row.key, record]]
    })
    const last = found.at(-1)
    if (last === undefined || rows.length === found.length) return { records }
    return { records, cursor: `${CURSOR}${last.key}` }
  }

  /** In slices, since a million rows take a third of a second. */
  async count(context?: StoreContext): Promise<number> {
    const sql = this.#sql.countSome
    for (let counted = 0, after = ''; ; ) {
      const row = await this.#do(context, (connection) =>
        connection.get<{ count: number | bigint; last: string | null }>(sql, after, COUNTED_ROWS),
      )
      const count = Number(row?.count)
      counted += count
      if (count < COUNTED_ROWS) return counted
      after = row?.last ?? ''
      await nextTurn()
    }
  }

  async clear(context?: StoreContext): Promise<void> {
    for await (const keys of this.#remove('TRUE', [], { context })) if (keys.length === 0) return
  }

  async findByOwner(owner: Owner, context?: StoreContext): Promise<string[]> {
    const { selectOwned } = this.#sql
    const rows = await this.#do(context, (connection) => connection.all<Row>(selectOwned, ownerText(owner)))
    return rows.map(({ key }) => key)
  }

  async deleteByOwner(
    owner: Owner,
    { except = '' }: { except?: string } = {},
    context?: StoreContext,
  ): Promise<string[]> {
    const gone: string[] = []
    const owned = this.#remove('owner = ? AND key <> ?', [ownerText(owner), except], { context })
    for await (const keys of owned) gone.push(...keys)
    return gone
  }

  /**
   * Removes every record whose hour after expiry is over, in slices of a millisecond or two; answers with how many
   * there were. A timer calls it by itself; call it to sweep at a known moment, as with a clock of your own.
   */
  sweep(): Promise<number> {
    return this.#sweep(true)
  }

  /**
   * Ends the sweeps, and closes the database if the store opened it. Afterwards every call rejects with `store-closed`;
   * a second close is none.
   */
  async close(): Promise<void> {
    this.#closed = true
    await this.#opening.close(async (connection) => {
      clearTimeout(this.#timer)
      if (this.#isOurs) connection.close()
    })
  }

  async #do<T>(context: StoreContext | undefined, work: (connection: Connection) => T): Promise<T> {
    const connection = await this.#opening.get()
    return this.#waiting.whenFree(() => connection.attempt(work), context)
  }

  #change(connection: Connection, key: string, change: RecordChange): UpdateResult {
    const row = connection.get<Row>(this.#sql.select, key)
    const old = row === undefined ? 'corrupt' : recordOf(row)
    if (old === 'corrupt') return 'missing'
    if (change.ifVersion !== undefined && change.ifVersion !== old.version) return 'conflict'
    const next = rowOf(key, changeRecord(old, change))
    const changed = changedColumns(change)
    connection.run(this.#sql.update(changed), ...changed.map((column) => next[column]), key)
    return 'saved'
  }

  /** Removes the rows that meet a condition, in slices; yields the keys of each. */
  async *#remove(
    condition: string,
    values: readonly SqlValue[],
    { context, ref = true }: { context?: StoreContext | undefined; ref?: boolean } = {},
  ): AsyncGenerator<string[]> {
    const sql = this.#sql.deleteSome(condition)
    for (;;) {
      const rows = await this.#do(context, (connection) => connection.all<Row>(sql, ...values, SLICE_ROWS))
      yield rows.map(({ key }) => key)
      if (rows.length < SLICE_ROWS) return
      await pause(PAUSE_MS, undefined, { ref })
    }
  }

  async #sweep(ref: boolean): Promise<number> {
    let removed = 0
    for await (const keys of this.#remove('expires_at < ?', [this.#clock() - KEEP_MS], { ref }))
      removed += keys.length
    return removed
  }

  #startTimer(): NodeJS.Timeout {
    // A sweep that failed is only late, and whoever calls the store meets the same fault.
    const again = () => {
      if (!this.#closed) this.#timer = this.#startTimer()
    }
    return setTimeout(() => this.#sweep(false).then(again, again), SWEEP_EVERY_MS).unref()
  }
}

function checkKey(key: string): void {
  if (!isKey(key)) throw badKey()
}

function keyOfCursor(cursor: string): string {
  const key = cursor.slice(CURSOR.length)
  if (!cursor.startsWith(CURSOR) || !isKey(key)) throw badCursor()
  return key
}
