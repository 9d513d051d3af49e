import { isSessmwError, SessmwError } from '../../errors.js'

/** SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL (https://www.sqlite.org/rescode.html): later it may work. */
const BUSY_NAME = /^SQLITE_(?:BUSY|LOCKED|PROTOCOL)/
const BUSY_NUMBERS = [5, 6, 15]

/** The transaction of another part of the application on the same connection: what it rolls back would be lost. */
export class InTransaction extends Error {}

/** Whether a call failed only because somebody else has the database just now. */
export function isBusy(cause: unknown): boolean {
  if (cause instanceof InTransaction) return true
  const { code, errcode, message } = Object(cause) as { code?: unknown; errcode?: unknown; message?: unknown }
  if (typeof code === 'string' && BUSY_NAME.test(code)) return true
  if (typeof errcode === 'number') return BUSY_NUMBERS.includes(errcode & 0xff)
  // better-sqlite3, while the application is within an `iterate()` of its own.
  return cause instanceof TypeError && /connection is busy/.test(String(message))
}

/** The error for what SQLite failed with. Its messages name tables and columns, never values. */
export function storeFailure(cause: unknown): SessmwError {
  if (isSessmwError(cause)) return cause
  const problem = cause instanceof Error ? cause.message : String(cause)
  return new SessmwError('store-failed', `SQLite failed: ${problem}.`, { cause })
}
