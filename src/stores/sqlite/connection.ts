import { storeClosed } from '../store-rules.js'
import { type Database, inTransaction, isOpen, type SqlValue, type Statement } from './database.js'
import { InTransaction } from './failures.js'

/** An open database, with its statements prepared once each. Nothing in it ever waits for a lock. */
export class Connection {
  readonly #database: Database
  readonly #statements = new Map<string, Statement>()
  #busyTimeout = 0

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Runs `work` while no call on this connection waits for a lock. better-sqlite3 lets its users wait for five seconds,
   * in which the event loop would stand still; the setting of a database that was given comes back afterwards.
   *
   * @throws SessmwError `store-closed`; InTransaction within a transaction of somebody else; what `work` throws.
   */
  attempt<T>(work: (connection: Connection) => T): T {
    if (!isOpen(this.#database)) throw storeClosed('SQLite database')
    if (inTransaction(this.#database)) throw new InTransaction()
    if (this.#busyTimeout === 0) return work(this)
    this.exec('PRAGMA busy_timeout = 0')
    try {
      return work(this)
    } finally {
      this.exec(`PRAGMA busy_timeout = ${this.#busyTimeout}`)
    }
  }

  /** Keeps how long the calls of the application wait for a lock. */
  keepBusyTimeout(): void {
    this.#busyTimeout = Number(this.get<{ timeout: number | bigint }>('PRAGMA busy_timeout')?.timeout)
  }

  exec(sql: string): void {
    this.#database.exec(sql)
  }

  /** The first row. */
  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined {
    return this.#prepared(sql).get(...values) as Row | undefined
  }

  /** All rows. */
  all<Row>(sql: string, ...values: SqlValue[]): Row[] {
    return this.#prepared(sql).all(...values) as Row[]
  }

  /** How many rows the statement changed. */
  run(sql: string, ...values: SqlValue[]): number {
    return Number(this.#prepared(sql).run(...values).changes)
  }

  /** Runs `work` with the write lock from its first read on; all of it is stored, or nothing. */
  transaction<T>(work: () => T): T {
    this.run('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.run('COMMIT')
      return result
    } finally {
      if (inTransaction(this.#database)) this.run('ROLLBACK')
    }
  }

  close(): void {
    this.#statements.clear()
    if (isOpen(this.#database)) this.#database.close()
  }

  #prepared(sql: string): Statement {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const statement = this.#database.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}
