// Runs the store contract over node:sqlite, which not every Node has; prints what was broken, and how many cases held.
import { createRequire } from 'node:module'
import { SqliteStore, type SqliteStoreOptions } from '../../../src/sqlite.js'
import { fakeClock, storeContract } from '../../../src/testing.js'
import { newFile, removeFiles } from './files.js'
import { newRecord } from './records.js'

interface NodeSqlite {
  readonly DatabaseSync: new (path: string, options?: object) => NonNullable<SqliteStoreOptions['database']>
}

const clock = fakeClock()
let held = 0

async function check(name: string, create: () => SqliteStore): Promise<void> {
  for (const { name: rule, run } of storeContract({ create, clock })) {
    try {
      await run()
      held += 1
    } catch (cause) {
      console.log(`${name}, ${rule}: ${cause}`)
    }
  }
}

/** Owners and names at which a text could end too early. */
async function keepsNul(store: SqliteStore): Promise<void> {
  const record = newRecord({ 'a\0b': '"\\u0000"' }, { owner: 'ada\0\ud800' })
  await store.create('key', record)
  const read = await store.read('key')
  if (JSON.stringify(read) !== JSON.stringify(record)) console.log(`read ${JSON.stringify(read)}`)
  await store.close()
}

async function main(): Promise<void> {
  await new SqliteStore({ path: ':memory:' }).ready()
  await check('a file', () => new SqliteStore({ path: newFile(), clock }))
  const { DatabaseSync } = createRequire(__filename)('node:sqlite') as NodeSqlite
  const given = () => {
    const database = new DatabaseSync(newFile(), { timeout: 5000 })
    database.exec('PRAGMA journal_mode = WAL')
    return database
  }
  await check('a given database', () => new SqliteStore({ database: given(), clock }))
  await keepsNul(new SqliteStore({ path: ':memory:' }))
  removeFiles()
  console.log(`${held} held`)
}

main().catch((cause) => console.log(`${cause.code}: ${cause.message}`))
