import type { Clock } from '../../core/clock.js'
import { checkOptions, refuseOption } from '../store-rules.js'
import { type Database, isDatabase, isOpen, type SqliteDatabase } from './database.js'

/** Options of `SqliteStore`: `path` or `database`, and what may be left out. */
export interface SqliteStoreOptions {
  /** The file, which is made where there is none; or `:memory:`. */
  readonly path?: string
  /**
   * In place of `path`: an open `Database` of better-sqlite3 12, or `DatabaseSync` of node:sqlite (Node 22.16 or newer).
   * Its settings stay as they are, and it stays open. While it is in a transaction, calls wait for the end of that.
   */
  readonly database?: SqliteDatabase
  /** Letters, digits and underscores; `sessmw_sessions`. */
  readonly table?: string
  /**
   * What acknowledged writes survive: `process` any end of the process, `full` also one of the machine, at the price of
   * a wait for the disk in each write. With `path` only; `process`.
   */
  readonly durability?: 'process' | 'full'
  /** Milliseconds since 1970; `Date.now`. */
  readonly clock?: Clock
}

/** Options that have been checked. */
export interface CheckedOptions {
  readonly source:
    | { readonly path: string; readonly synchronous: 'NORMAL' | 'FULL' }
    | { readonly database: Database }
  readonly table: string
  readonly clock: Clock
}

const KNOWN = ['path', 'database', 'table', 'durability', 'clock']

const refuse = (problem: string): never => refuseOption('SqliteStore', problem)

/** @throws SessmwError `bad-option`, naming the option and what fits. */
export function checkSqliteOptions(options: SqliteStoreOptions): CheckedOptions {
  checkOptions('SqliteStore', options, KNOWN)
  const { table = 'sessmw_sessions', clock = Date.now } = options
  if (typeof table !== 'string' || !/^(?!sqlite_)[a-z_][a-z0-9_]{0,63}$/i.test(table))
    refuse(
      'table must be a name of letters, digits and underscores, 64 at most, that does not begin with sqlite_.',
    )
  return { source: checkSource(options), table, clock }
}

function checkSource({ path, database, durability }: SqliteStoreOptions): CheckedOptions['source'] {
  if ((path === undefined) === (database === undefined)) refuse('give it either a path or a database.')
  if (durability !== undefined && durability !== 'process' && durability !== 'full')
    refuse("durability must be 'process' or 'full'.")
  if (path === undefined) {
    if (durability !== undefined)
      refuse('durability is a setting of the database; set it where that is opened.')
    return { database: checkDatabase(database) }
  }
  if (typeof path !== 'string' || path === '' || path.includes('\0'))
    refuse('path must be that of a file, or :memory:.')
  return { path, synchronous: durability === 'full' ? 'FULL' : 'NORMAL' }
}

function checkDatabase(database: unknown): Database {
  if (!isDatabase(database))
    return refuse(
      'database must be an open Database of better-sqlite3, or DatabaseSync of node:sqlite in Node 22.16 or newer.',
    )
  return isOpen(database) ? database : refuse('the database is closed.')
}
