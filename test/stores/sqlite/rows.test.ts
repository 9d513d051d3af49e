import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSessions } from '../../../src/index.js'
import { SqliteStore } from '../../../src/sqlite.js'
import { fakeClock } from '../../../src/testing.js'
import { newRecord } from './records.js'

const KEY = 'k'.repeat(43)
const HOUR_MS = 3_600_000
const clock = fakeClock()
let database: Database.Database
let store: SqliteStore

beforeEach(() => {
  database = new Database(':memory:')
  store = new SqliteStore({ database, clock })
})
afterEach(async () => {
  vi.useRealTimers()
  await store.close()
  database.close()
})

const rows = (): unknown[] => database.prepare('SELECT * FROM sessmw_sessions ORDER BY key').all()

describe('a row', () => {
  it('holds the fields as one JSON object that SQL can read', async () => {
    await store.create(KEY, newRecord({ cart: '{ "items" : [1, 2.0] }', 'a"b': '"é"' }))
    const select = database.prepare(
      `SELECT fields, fields ->> '$.cart.items[1]' AS second FROM sessmw_sessions`,
    )
    expect(select.get()).toEqual({ fields: '{"cart":{ "items" : [1, 2.0] },"a\\"b":"é"}', second: 2 })
  })

  it('gives back any names, texts, owners and times as they came', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('__proto__', 'constructor', '\ud800', 'a\0b', '\\', '"'),
    )
    const json = fc.oneof(
      fc.json(),
      text.map((value) => JSON.stringify(value)),
      fc.constant('{ "a" : 1.0 }'),
    )
    const fields = fc.uniqueArray(fc.tuple(text, json), { selector: ([name]) => name, maxLength: 8 })
    const header = fc.record(
      {
        owner: fc
          .oneof(text, fc.string({ unit: fc.constantFrom('\ud800', '\udfff', '\0', 'a', '\\') }))
          .filter((owner) => owner !== ''),
        cookie: fc.record({ maxAge: fc.double({ min: 0, max: 1e15, noNaN: true }) }),
        lastSeenAt: fc.double({ min: -1e15, max: 1e15, noNaN: true }).map((time) => time + 0),
      },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(fields, fields, header, async (first, second, times) => {
        const record = newRecord(Object.fromEntries(first), times)
        await store.delete(KEY)
        await store.create(KEY, record)
        expect(await store.read(KEY)).toEqual(record)
        await store.update(KEY, { set: Object.fromEntries(second) })
        const merged = Object.fromEntries([...first, ...second])
        expect(await store.read(KEY)).toEqual({ ...record, version: 2, fields: merged })
        if (times.owner !== undefined) expect(await store.findByOwner(times.owner)).toEqual([KEY])
      }),
      { numRuns: 50 },
    )
  })

  it('has every column written that an update names, and no other', async () => {
    await store.create(KEY, newRecord({ n: '1' }, { owner: 'ada', cookie: { maxAge: 5 } }))
    const [before] = rows() as Record<string, unknown>[]
    await store.update(KEY, { expiresAt: 9 })
    expect(rows()).toEqual([{ ...before, version: 2, expires_at: 9 }])
    await store.update(KEY, { owner: 'bob', cookie: { maxAge: 6 }, lastSeenAt: 1e15 })
    expect(rows()).toEqual([
      { ...before, version: 3, expires_at: 9, owner: 'bob', max_age: 6, last_seen_at: 1e15 },
    ])
  })
})

describe('a write that SQLite refuses', () => {
  it('rejects with the reason, leaves the row as it was and no transaction open', async () => {
    await store.create(KEY, newRecord())
    const before = rows()
    database.exec(
      `CREATE TRIGGER t BEFORE UPDATE ON sessmw_sessions BEGIN SELECT raise(ABORT, 'a fault'); END`,
    )
    const failed = {
      code: 'store-failed',
      message: 'SQLite failed: a fault.',
      cause: { code: 'SQLITE_CONSTRAINT_TRIGGER' },
    }
    await expect(store.update(KEY, { set: { n: '2' } })).rejects.toMatchObject(failed)
    await expect(store.touch(KEY, { lastSeenAt: 1, expiresAt: 2 })).rejects.toMatchObject(failed)
    expect(database.inTransaction).toBe(false)
    expect(rows()).toEqual(before)
    database.exec('DROP TRIGGER t')
    expect(await store.update(KEY, { set: { n: '2' } })).toBe('saved')
  })
})

describe('a row that cannot be understood', () => {
  it.each([
    ['of a newer format', `format = 2, fields = 'x'`],
    ['whose fields were cut off', `fields = substr(fields, 1, length(fields) - 2)`],
    ['whose fields are longer than they were', `fields = fields || ' '`],
    ['whose fields are of another record', `fields = '{"m":"22","n":"1"}'`],
    ['whose last text has another length', `lengths = '[3,3,3,2]'`],
    ['that has lost its lengths', `lengths = '[]'`],
    ['whose lengths are no list', `lengths = '{}'`],
    ['whose lengths are no JSON', `lengths = '[3,'`],
    ['whose lengths are no numbers', `lengths = '["a","b"]'`],
    ['whose lengths are negative', `lengths = '[-1,3,3,1]'`],
    ['with an odd number of lengths', `lengths = '[3,3,3]'`],
    ['with a name that is no JSON', `fields = '{xn":"1","m":"2"}'`],
    ['with an owner that is no text', `owner = ''`],
    ['with an owner that is torn', `owner = 'a\\'`],
    ['with a time without end', `expires_at = 9e999`],
    ['with a negative maxAge', `max_age = -1`],
  ])('%s reads as corrupt, is not listed, and no update or touch writes it', async (_, damage) => {
    await store.create(KEY, newRecord({ n: '"1"', m: '2' }, { owner: 'ada' }))
    await store.create('whole', newRecord())
    expect(await store.read(KEY)).not.toBe('corrupt')
    database.exec(`UPDATE sessmw_sessions SET ${damage} WHERE key = '${KEY}'`)
    const before = rows()
    expect(await store.read(KEY)).toBe('corrupt')
    expect(await store.update(KEY, { set: { n: '3' }, owner: 'eve' })).toBe('missing')
    expect((await store.page({ limit: 5 })).records.map(([key]) => key)).toEqual(['whole'])
    await expect(store.create(KEY, newRecord())).rejects.toMatchObject({ code: 'store-exists' })
    expect(rows()).toEqual(before)
    expect(await store.delete(KEY)).toBe(true)
    expect(await store.read(KEY)).toBeNull()
  })

  it('of a newer format is not touched', async () => {
    await store.create(KEY, newRecord())
    database.exec('UPDATE sessmw_sessions SET format = 2')
    const before = rows()
    expect(await store.touch(KEY, { lastSeenAt: 1, expiresAt: 2 })).toBe(false)
    expect(rows()).toEqual(before)
  })

  it('makes a request anonymous, says why, and ends with the sessions of its owner', async () => {
    const sessions = createSessions({
      secretKey: 'a secret of more than 32 characters, for tests',
      store,
      clock,
    })
    const session = await sessions.open()
    await session.login('ada')
    const cookie = (await sessions.commit(session))?.split(';')[0]
    database.exec('UPDATE sessmw_sessions SET format = 2')
    expect((await sessions.open(cookie)).verdict.load).toBe('corrupt')
    expect(await store.findByOwner('ada')).toHaveLength(1)
    await sessions.revokeOwner('ada')
    expect(await store.count()).toBe(0)
  })
})

describe('the sweep of SqliteStore', () => {
  it('removes what is more than an hour past its expiry and nothing else, with turns in between', async () => {
    for (let n = 0; n < 1000; n++)
      await store.create(`key${n}`, newRecord({}, { expiresAt: clock() - HOUR_MS - (n % 2), owner: 'ada' }))
    let turns = 0
    const timer = setInterval(() => {
      turns += 1
    })
    expect(await store.sweep()).toBe(500)
    clearInterval(timer)
    expect(turns).toBeGreaterThanOrEqual(4)
    expect(await store.count()).toBe(500)
    expect(await store.findByOwner('ada')).toHaveLength(500)
    expect(await store.sweep()).toBe(0)
  })

  it('comes by itself every minute, also after one that failed, until the end', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await store.create(KEY, newRecord({}, { expiresAt: clock() - HOUR_MS - 1 }))
    const sweeps = async () => {
      await vi.advanceTimersByTimeAsync(60_000)
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
      return store.count()
    }
    database.exec(
      `CREATE TRIGGER fault BEFORE DELETE ON sessmw_sessions BEGIN SELECT raise(ABORT, 'fault'); END`,
    )
    expect(await sweeps()).toBe(1)
    database.exec('DROP TRIGGER fault')
    expect(await sweeps()).toBe(0)
    await store.create(KEY, newRecord({}, { expiresAt: clock() - HOUR_MS - 1 }))
    expect(await sweeps()).toBe(0)
    await store.close()
    expect(vi.getTimerCount()).toBe(0)
    store = new SqliteStore({ database, clock })
  })

  it('rejects after the end, which may come twice', async () => {
    await store.ready()
    await store.close()
    await store.close()
    await expect(store.sweep()).rejects.toMatchObject({ code: 'store-closed' })
    await expect(store.ready()).rejects.toMatchObject({ code: 'store-closed' })
  })
})

describe('clear and deleteByOwner', () => {
  it('remove more rows than one slice has', async () => {
    for (let n = 0; n < 450; n++)
      await store.create(`key${n}`, newRecord({}, { owner: n < 250 ? 'ada' : 'bob' }))
    expect(await store.deleteByOwner('ada', { except: 'key7' })).toHaveLength(249)
    expect(await store.findByOwner('ada')).toEqual(['key7'])
    expect(await store.count()).toBe(201)
    await store.clear()
    expect(await store.count()).toBe(0)
  })
})

describe('a large table', () => {
  it('is counted while the event loop turns', async () => {
    await store.create(KEY, newRecord())
    database.exec(`
      WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 9999)
      INSERT INTO sessmw_sessions
      SELECT 'n' || n, format, version, created_at, last_seen_at, expires_at, owner, max_age, lengths, fields
      FROM sessmw_sessions, numbers`)
    let turns = 0
    const turn = () => {
      turns += 1
      next = setImmediate(turn)
    }
    let next = setImmediate(turn)
    expect(await store.count()).toBe(10_000)
    clearImmediate(next)
    expect(turns).toBeGreaterThanOrEqual(4)
  })
})
