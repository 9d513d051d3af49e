import Database from 'better-sqlite3'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { SqliteStore } from '../../../src/sqlite.js'
import { newFile, removeFiles } from './files.js'
import { newRecord } from './records.js'

const KEY = 'k'.repeat(43)
const open: { close(): unknown }[] = []

afterEach(async () => {
  vi.restoreAllMocks()
  for (const one of open.splice(0)) await one.close()
})
afterAll(removeFiles)

/** A database file with one session, its store, and another connection to lock it with. */
async function setUp() {
  const path = newFile()
  const store = new SqliteStore({ path })
  await store.create(KEY, newRecord())
  const other = new Database(path)
  open.push(store, other)
  return { path, store, other }
}

/** How many turns the event loop makes until `work` has an end; after `enough` of them, `then` is called. */
async function turnsDuring(work: Promise<unknown>, enough: number, then: () => void): Promise<number> {
  let turns = 0
  const turn = () => {
    turns += 1
    if (turns === enough) then()
    next = setTimeout(turn, 1)
  }
  let next = setTimeout(turn, 1)
  await work.finally(() => clearTimeout(next))
  return turns
}

describe('while the database is locked', () => {
  it('the event loop turns, reads are answered, and an update is done after the release', async () => {
    const { store, other } = await setUp()
    other.exec('BEGIN EXCLUSIVE')
    const update = store.update(KEY, { set: { n: '1' } })
    expect(await store.read(KEY)).toMatchObject({ fields: { n: '0' } })
    expect(await turnsDuring(update, 20, () => other.exec('COMMIT'))).toBeGreaterThanOrEqual(20)
    expect(await update).toBe('saved')
    expect(await store.read(KEY)).toMatchObject({ version: 2, fields: { n: '1' } })
  })

  it('every write waits, and none is lost or done twice', async () => {
    const { store, other } = await setUp()
    other.exec('BEGIN IMMEDIATE')
    const times = { lastSeenAt: Date.now(), expiresAt: Date.now() + 5000 }
    const writes = Promise.all([
      store.create('another', newRecord()),
      store.touch(KEY, times),
      ...Array.from({ length: 50 }, (_, n) => store.update(KEY, { set: { [`f${n}`]: '1' } })),
    ])
    await turnsDuring(writes, 5, () => other.exec('ROLLBACK'))
    expect(await store.read(KEY)).toMatchObject({ ...times, version: 51 })
    expect(await store.count()).toBe(2)
  })

  it('a database of the application, which waits five seconds itself, does not wait for us', async () => {
    const { path, other } = await setUp()
    const database = new Database(path, { timeout: 5000 })
    const store = new SqliteStore({ database })
    open.push(store, database)
    await store.ready()
    other.exec('BEGIN IMMEDIATE')
    const update = store.update(KEY, { set: { n: '1' } })
    expect(await turnsDuring(update, 5, () => other.exec('COMMIT'))).toBeGreaterThanOrEqual(5)
    expect(database.pragma('busy_timeout', { simple: true })).toBe(5000)
  })

  it('the opening waits too', async () => {
    const { path, other, store } = await setUp()
    await store.close()
    other.pragma('journal_mode = DELETE')
    other.exec('BEGIN EXCLUSIVE')
    const late = new SqliteStore({ path, table: 'another' })
    open.push(late)
    const ready = late.ready()
    expect(await turnsDuring(ready, 5, () => other.exec('COMMIT'))).toBeGreaterThanOrEqual(5)
    const fresh = new Database(path)
    open.push(fresh)
    expect(fresh.pragma('journal_mode', { simple: true })).toBe('wal')
  })

  it('a call ends with its signal, and does nothing afterwards', async () => {
    const { store, other } = await setUp()
    other.exec('BEGIN IMMEDIATE')
    const controller = new AbortController()
    const reason = new Error('too late')
    const update = store.update(KEY, { set: { n: '1' } }, { signal: controller.signal })
    await expect(turnsDuring(update, 3, () => controller.abort(reason))).rejects.toBe(reason)
    other.exec('COMMIT')
    expect(await store.read(KEY)).toMatchObject({ version: 1, fields: { n: '0' } })
  })

  it('a call without a signal rejects after two seconds, and the next one works', async () => {
    const { store, other } = await setUp()
    other.exec('BEGIN IMMEDIATE')
    const start = performance.now()
    const now = vi.spyOn(performance, 'now').mockReturnValue(start)
    const update = store.update(KEY, { set: { n: '1' } })
    await store.read(KEY)
    now.mockReturnValue(start + 2001)
    await expect(update).rejects.toMatchObject({
      code: 'store-timeout',
      message: /stayed locked for 2000 ms/,
    })
    other.exec('COMMIT')
    expect(await store.update(KEY, { set: { n: '2' } })).toBe('saved')
  })
})

describe('while the connection of the application is in use', () => {
  async function given() {
    const database = new Database(newFile())
    database.exec('CREATE TABLE mine (n)')
    const store = new SqliteStore({ database })
    open.push(store, database)
    await store.create(KEY, newRecord())
    return { database, store }
  }

  it('calls wait for its transaction, which takes nothing of ours back', async () => {
    const { database, store } = await given()
    database.exec('BEGIN; INSERT INTO mine VALUES (1)')
    const calls = Promise.all([store.update(KEY, { set: { n: '1' } }), store.create('new', newRecord())])
    await turnsDuring(calls, 3, () => database.exec('ROLLBACK'))
    expect(await store.read(KEY)).toMatchObject({ fields: { n: '1' } })
    expect(await store.count()).toBe(2)
    expect(database.prepare('SELECT count(*) FROM mine').pluck().get()).toBe(0)
  })

  it('calls wait for the end of its iteration', async () => {
    const { database, store } = await given()
    database.exec('INSERT INTO mine VALUES (1), (2)')
    const rows = database.prepare('SELECT n FROM mine').iterate()
    rows.next()
    const update = store.update(KEY, { set: { n: '1' } })
    await turnsDuring(update, 3, () => rows.return?.())
    expect(await update).toBe('saved')
  })

  it('a call says so when the application has closed it', async () => {
    const { database, store } = await given()
    database.close()
    const closed = { code: 'store-closed', message: 'The SQLite database is closed.' }
    await expect(store.read(KEY)).rejects.toMatchObject(closed)
    await expect(store.sweep()).rejects.toMatchObject(closed)
    await store.close()
  })

  it('the first call says so too', async () => {
    const database = new Database(newFile())
    const store = new SqliteStore({ database })
    database.close()
    await expect(store.ready()).rejects.toMatchObject({ code: 'store-closed' })
  })
})
