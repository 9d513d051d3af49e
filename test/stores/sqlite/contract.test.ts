import Database from 'better-sqlite3'
import { afterAll, describe, test } from 'vitest'
import { SqliteStore, type SqliteStoreOptions } from '../../../src/sqlite.js'
import { fakeClock, storeContract } from '../../../src/testing.js'
import { newFile, removeFiles } from './files.js'

afterAll(removeFiles)

const clock = fakeClock()

/** A database of the application, which likes integers to be bigint. */
function application(): Database.Database {
  const database = new Database(newFile())
  database.pragma('journal_mode = WAL')
  return database.defaultSafeIntegers(true)
}

const SOURCES: [name: string, make: () => SqliteStoreOptions][] = [
  ['a file of its own', () => ({ path: newFile() })],
  ['memory', () => ({ path: ':memory:', table: 'Sessions_2' })],
  ['a database of the application', () => ({ database: application() })],
]

describe.each(SOURCES)('SqliteStore keeps the store contract in %s', (_, make) => {
  const create = () => new SqliteStore({ ...make(), clock })
  for (const { name, run } of storeContract({ create, clock })) test(name, run)
})
