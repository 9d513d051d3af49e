import { Connection } from './connection.js'
import { openDatabase } from './database.js'
import { storeFailure } from './failures.js'
import { LockQueue } from './lock-queue.js'
import type { CheckedOptions } from './sqlite-options.js'
import { checkTable, createTable } from './table.js'

/**
 * Pages after which SQLite copies the WAL into the file, amid the write that comes to so many. With its own 1000 that took
 * over 20 ms of work in a sweep of a million rows; with 400 it takes half, and the sweep is as fast.
 */
const CHECKPOINT_PAGES = 400

/**
 * A connection to a database that has the table. A database that was opened for it is closed when that fails.
 *
 * @param isGuest Leaves the file as it is: makes no table and keeps the journal mode, which is a setting of the file.
 */
export async function openConnection(
  { source, table }: CheckedOptions,
  isGuest: boolean,
): Promise<Connection> {
  if ('database' in source) {
    const connection = new Connection(source.database)
    await whenFree(() => connection.attempt(() => connection.keepBusyTimeout()))
    return withTable(connection, table, isGuest)
  }
  const connection = new Connection(await openDatabase(source.path).catch(rethrow))
  try {
    const settings = `PRAGMA busy_timeout = 0; ${isGuest ? '' : 'PRAGMA journal_mode = WAL;'}
      PRAGMA synchronous = ${source.synchronous}; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};`
    await whenFree(() => connection.exec(settings))
    return await withTable(connection, table, isGuest)
  } catch (cause) {
    connection.close()
    throw cause
  }
}

async function withTable(connection: Connection, table: string, isGuest: boolean): Promise<Connection> {
  const prepare = () => {
    if (!isGuest) createTable(connection, table)
    checkTable(connection, table)
  }
  await whenFree(() => connection.attempt(prepare))
  return connection
}

const whenFree = (attempt: () => void): Promise<void> => new LockQueue().whenFree(attempt)

function rethrow(cause: unknown): never {
  throw storeFailure(cause)
}
