import { closeSync, openSync } from 'node:fs'
import { resolve } from 'node:path'
import { SessmwError } from '../../errors.js'

/** A `Database` of better-sqlite3 or a `DatabaseSync` of node:sqlite; what it must have is looked at when it is given. */
export interface SqliteDatabase {
  prepare(sql: string): unknown
  exec(sql: string): unknown
  close(): unknown
}

/** What SQLite takes and gives; columns of numbers are REAL, so that none ever comes as a bigint. */
export type SqlValue = string | number | null

/** A prepared statement of either package. */
export interface Statement {
  get(...values: SqlValue[]): unknown
  all(...values: SqlValue[]): unknown[]
  run(...values: SqlValue[]): { readonly changes: number | bigint }
}

interface Common {
  prepare(sql: string): Statement
  exec(sql: string): unknown
  close(): unknown
}

interface BetterSqlite3 extends Common {
  readonly open: boolean
  readonly inTransaction: boolean
}

interface NodeSqlite extends Common {
  readonly isOpen: boolean
  readonly isTransaction: boolean
}

/** A database of one of the packages that fit. */
export type Database = BetterSqlite3 | NodeSqlite

type Driver = new (path: string) => unknown

/** Whether a value is a database of one of the packages that fit, open or closed. */
export function isDatabase(value: unknown): value is Database {
  if (typeof value !== 'object' || value === null) return false
  const { prepare, exec, close, open, isOpen } = value as Record<string, unknown>
  if (![prepare, exec, close].every((method) => typeof method === 'function')) return false
  return (
    (typeof open === 'boolean' && 'inTransaction' in value) ||
    (isOpen !== undefined && 'isTransaction' in value)
  )
}

/** Whether a database has not been closed. */
export const isOpen = (database: Database): boolean =>
  'isOpen' in database ? database.isOpen : database.open

/** Whether a transaction has begun on this connection and not ended. */
export const inTransaction = (database: Database): boolean =>
  'isTransaction' in database ? database.isTransaction : database.inTransaction

/**
 * Opens a file with better-sqlite3, or with node:sqlite where only that is there.
 *
 * @throws SessmwError `bad-option` where neither is. Before Node 22.16, node:sqlite cannot tell whether a transaction is
 * under way, so it is taken for none.
 */
export async function openDatabase(path: string): Promise<Database> {
  const Driver = (await betterSqlite3()) ?? nodeSqlite()
  if (Driver !== undefined) {
    const database: unknown = new Driver(path === ':memory:' ? path : ownFile(path))
    if (isDatabase(database)) return database
  }
  const rule = 'SqliteStore needs a package for SQLite: npm install better-sqlite3, or Node 22.16 or newer.'
  throw new SessmwError('bad-option', rule)
}

/**
 * The full path of the file. One that is made now may be read by its owner only, as may the files that SQLite makes
 * beside it. One that exists is never opened here: closing it again would drop every lock that SQLite has on it
 * (https://www.sqlite.org/howtocorrupt.html, 2.2).
 */
function ownFile(path: string): string {
  const full = resolve(path)
  try {
    closeSync(openSync(full, 'wx', 0o600))
  } catch (cause) {
    if (codeOf(cause) !== 'EEXIST') throw cause
  }
  return full
}

async function betterSqlite3(): Promise<Driver | undefined> {
  try {
    return (await import('better-sqlite3')).default
  } catch (cause) {
    if (isNotInstalled(cause)) return undefined
    throw cause
  }
}

/** `import` and `require` have a code each; the packages that better-sqlite3 itself needs have it too. */
function isNotInstalled(cause: unknown): boolean {
  const isMissing = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(String(codeOf(cause)))
  return isMissing && String(cause).includes("'better-sqlite3'")
}

const codeOf = (cause: unknown): unknown =>
  cause instanceof Error && 'code' in cause ? cause.code : undefined

function nodeSqlite(): Driver | undefined {
  const found = process.getBuiltinModule?.('node:sqlite') as { DatabaseSync: Driver } | undefined
  return found?.DatabaseSync
}
