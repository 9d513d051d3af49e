import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { SqliteStore, type SqliteStoreOptions } from '../../../src/sqlite.js'
import { newFile, removeFiles } from './files.js'
import { newRecord } from './records.js'

const KEY = 'k'.repeat(43)
const open: { close(): unknown }[] = []

afterEach(async () => {
  vi.restoreAllMocks()
  for (const one of open.splice(0)) await one.close()
})
afterAll(removeFiles)

function make(options: SqliteStoreOptions): SqliteStore {
  const store = new SqliteStore(options)
  open.push(store)
  return store
}

function openFile(path = newFile()): Database.Database {
  const database = new Database(path)
  open.push(database)
  return database
}

const closed = (): Database.Database => new Database(':memory:').close()

describe('the options of SqliteStore', () => {
  it.each<[name: string, options: () => unknown, message: RegExp]>([
    ['nothing', () => undefined, /object/],
    ['text', () => 'sessions.db', /object/],
    [
      'an unknown option',
      () => ({ file: 'a.db' }),
      /no option file.*path, database, table, durability, clock/,
    ],
    ['neither path nor database', () => ({}), /either a path or a database/],
    ['both path and database', () => ({ path: 'a.db', database: closed() }), /either a path or a database/],
    ['an empty path', () => ({ path: '' }), /path must be/],
    ['a path that is no text', () => ({ path: 5 }), /path must be/],
    ['a path with NUL', () => ({ path: 'a\0b' }), /path must be/],
    [
      'a client of something else',
      () => ({ database: { query() {}, close() {} } }),
      /better-sqlite3.*node:sqlite/,
    ],
    ['a sqlite3 database', () => ({ database: { prepare() {}, exec() {}, close() {} } }), /better-sqlite3/],
    ['a path as database', () => ({ database: 'a.db' }), /better-sqlite3/],
    ['a closed database', () => ({ database: closed() }), /database is closed/],
    ['a durability that is none', () => ({ path: 'a.db', durability: 'max' }), /'process' or 'full'/],
    [
      'durability of a given database',
      () => ({ database: new Database(':memory:'), durability: 'full' }),
      /where that is opened/,
    ],
    ['a clock that is none', () => ({ path: 'a.db', clock: 5 }), /clock/],
    ...['', 'a b', 'a"b', "x'; DROP TABLE y; --", 'a.b', '1a', 'sqlite_a', 'SQLite_a', 'x'.repeat(65), 5].map(
      (table): [string, () => unknown, RegExp] => [
        `the table ${table}`,
        () => ({ path: 'a.db', table }),
        /table must/,
      ],
    ),
  ])('refuses %s', (_, options, message) => {
    const expected = { code: 'bad-option', message: expect.stringMatching(message) }
    expect(() => Reflect.construct(SqliteStore, [options()])).toThrow(expect.objectContaining(expected))
    expect(existsSync('a.db')).toBe(false)
  })

  it.each([
    [undefined, 1],
    ['process' as const, 1],
    ['full' as const, 2],
  ])('uses a write-ahead log, and for durability %s synchronous level %i', async (durability, level) => {
    const exec = vi.spyOn(Database.prototype, 'exec')
    await make({ path: newFile(), ...(durability && { durability }) }).ready()
    const connection = exec.mock.contexts[0] as Database.Database
    expect(connection.pragma('synchronous', { simple: true })).toBe(level)
    expect(connection.pragma('journal_mode', { simple: true })).toBe('wal')
    expect(connection.pragma('busy_timeout', { simple: true })).toBe(0)
  })
})

describe('the file of SqliteStore', () => {
  it('and what lies beside it may be read by its owner only, when the store makes it', async () => {
    const path = newFile()
    await make({ path }).create(KEY, newRecord())
    for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('copies the log into the file before it has two megabytes', async () => {
    const path = newFile()
    const store = new SqliteStore({ path })
    for (let n = 0; n < 600; n++)
      await store.create(`key${n}`, newRecord({ n: JSON.stringify('x'.repeat(4000)) }))
    expect(statSync(`${path}-wal`).size).toBeLessThan(2_000_000)
    await store.close()
  })

  it('is a plain path, even one that looks like a URI', async () => {
    const path = `${dirname(newFile())}/file:a?mode=memory`
    await make({ path }).ready()
    expect(existsSync(path)).toBe(true)
  })

  it.each<[name: string, prepare: (path: string) => void]>([
    ['is a folder', (path) => mkdirSync(path)],
    ['is no database', (path) => writeFileSync(path, 'something else '.repeat(100))],
  ])('is refused at the first call when it %s', async (_, prepare) => {
    const path = newFile()
    prepare(path)
    await expect(make({ path }).read(KEY)).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringMatching(/^SQLite failed: /),
      cause: expect.any(Error),
    })
  })

  it('may come later: after a failure the next call opens it', async () => {
    const folder = `${dirname(newFile())}/later`
    const store = make({ path: `${folder}/sessions.db` })
    await expect(store.ready()).rejects.toMatchObject({ code: 'store-failed' })
    mkdirSync(folder)
    await store.create(KEY, newRecord())
    expect(await store.count()).toBe(1)
  })
})

describe('a database of the application', () => {
  it('keeps its tables, its settings and its version, and stays open', async () => {
    const database = openFile()
    database.exec(`CREATE TABLE sessions (sid TEXT, sess TEXT); INSERT INTO sessions VALUES ('a', 'b')`)
    database.pragma('user_version = 7')
    database.pragma('application_id = 77')
    const settings = () =>
      ['journal_mode', 'synchronous', 'busy_timeout', 'user_version', 'application_id', 'foreign_keys'].map(
        (name) => database.pragma(name, { simple: true }),
      )
    const before = settings()
    const store = make({ database })
    await store.create(KEY, newRecord())
    await store.clear()
    await store.close()
    expect(settings()).toEqual(before)
    expect(database.prepare('SELECT * FROM sessions').all()).toEqual([{ sid: 'a', sess: 'b' }])
    const made = database.prepare(
      `SELECT name FROM sqlite_schema WHERE tbl_name <> 'sessions' AND sql IS NOT NULL`,
    )
    expect(made.pluck().all().sort()).toEqual(
      ['sessmw_sessions', 'sessmw_sessions_expires_at', 'sessmw_sessions_owner'].sort(),
    )
  })

  it('with a table of that name of another program is refused and stays as it is', async () => {
    const database = openFile()
    database.exec(`CREATE TABLE sessions (sid TEXT, expires_at TEXT); INSERT INTO sessions VALUES ('a', 'b')`)
    const before = database.serialize()
    const store = make({ database, table: 'sessions' })
    const refused = { code: 'bad-option', message: expect.stringMatching(/table sessions .*name another/) }
    await expect(store.create(KEY, newRecord())).rejects.toMatchObject(refused)
    await expect(store.clear()).rejects.toMatchObject(refused)
    expect(database.serialize().equals(before)).toBe(true)
  })

  it('may hold several tables of sessions', async () => {
    const database = openFile()
    const [one, two] = [make({ database, table: 'one' }), make({ database, table: 'two' })]
    await Promise.all([one.create(KEY, newRecord()), two.ready()])
    expect([await one.count(), await two.count()]).toEqual([1, 0])
  })
})

describe('two stores on one file', () => {
  it('see each other at once', async () => {
    const path = newFile()
    const [one, two] = [make({ path }), make({ path })]
    await Promise.all([one.ready(), two.ready()])
    await one.create(KEY, newRecord({ n: '1' }, { owner: 'ada' }))
    expect(await two.update(KEY, { set: { n: '2' }, ifVersion: 1 })).toBe('saved')
    expect(await one.update(KEY, { set: { n: '3' }, ifVersion: 1 })).toBe('conflict')
    expect(await one.deleteByOwner('ada')).toEqual([KEY])
    expect(await two.read(KEY)).toBeNull()
    await one.close()
    await two.create(KEY, newRecord())
    expect(await two.count()).toBe(1)
  })
})
