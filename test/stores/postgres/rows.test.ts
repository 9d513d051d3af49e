import fc from 'fast-check'
import pg from 'pg'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { SessionRecord } from '../../../src/index.js'
import type { PostgresStore } from '../../../src/postgres.js'
import { hasPostgres } from '../../support/postgres-server.js'
import { useDatabase } from './database.js'

const HOUR = 3_600_000
const keyOf = (n: number): string => `key${n}`.padEnd(43, '_')

describe.skipIf(!hasPostgres)('the rows of PostgresStore', () => {
  const db = useDatabase()
  const newRecord = (header: Partial<SessionRecord> = {}): SessionRecord => {
    const now = db.clock()
    return {
      version: 1,
      createdAt: now,
      lastSeenAt: now,
      expiresAt: now + HOUR,
      fields: { n: '1' },
      ...header,
    }
  }
  const fill = (store: PostgresStore, count: number, header: Partial<SessionRecord> = {}) =>
    Promise.all(Array.from({ length: count }, (_, n) => store.create(keyOf(n), newRecord(header))))

  it.each([
    ['a field that is no text', `fields = '{"n": 1}'`],
    ['a name with a broken escape', String.raw`fields = '{"\\q": "1"}'`],
    ['a time that is no number', "expires_at = 'NaN'"],
    ['an empty owner', "owner = ''"],
    ['a format of a newer version', 'format = 2'],
  ])('that have %s are corrupt, and hide no others', async (_name, damage) => {
    const store = db.newStore()
    await fill(store, 3)
    await db.pool.query(`UPDATE sessmw_sessions SET ${damage} WHERE key = $1`, [keyOf(1)])
    expect(await store.read(keyOf(1))).toBe('corrupt')
    const keys: string[] = []
    for await (const [key] of store.entries()) keys.push(key)
    expect(keys).toEqual([keyOf(0), keyOf(2)])
    const { records, cursor } = await store.page({ limit: 2 })
    expect([records.map(([key]) => key), typeof cursor]).toEqual([[keyOf(0)], 'string'])
    expect(await store.delete(keyOf(1))).toBe(true)
    expect(await store.count()).toBe(2)
  })

  it('of a newer format are not written to', async () => {
    const store = db.newStore()
    await store.create(keyOf(1), newRecord())
    await db.pool.query('UPDATE sessmw_sessions SET format = 2')
    const before = await db.ask('SELECT * FROM sessmw_sessions')
    expect(await store.update(keyOf(1), { set: { n: '2' } })).toBe('missing')
    expect(await store.update(keyOf(1), { set: { n: '2' }, ifVersion: 1 })).toBe('missing')
    expect(await store.touch(keyOf(1), { lastSeenAt: 1e15, expiresAt: 1e15 })).toBe(false)
    expect(await db.ask('SELECT * FROM sessmw_sessions')).toEqual(before)
  })

  it('keep any name and any owner, and tell them apart', async () => {
    const store = db.newStore()
    const anyText = fc.string({
      unit: fc.integer({ min: 0, max: 0xffff }).map((n) => String.fromCharCode(n)),
    })
    const text = fc.oneof(
      anyText,
      fc.constantFrom('\u0000', '\\u0000', '\ud800', '\ud801', '\ufffd', '"', '\\'),
    )
    const texts = fc.dictionary(
      text,
      fc.jsonValue().map((value) => JSON.stringify(value)),
    )
    const owner = text.filter((one) => one !== '')
    let n = 0
    await fc.assert(
      fc.asyncProperty(texts, texts, owner, owner, async (fields, set, one, two) => {
        const key = keyOf(n++)
        const unset = Object.keys(fields).slice(0, 2)
        await store.create(key, newRecord({ fields, owner: one }))
        expect(await store.read(key)).toEqual(newRecord({ fields: { ...fields }, owner: one }))
        expect(await store.update(key, { set, unset, owner: two })).toBe('saved')
        const merged = Object.entries({ ...fields, ...set }).filter(([name]) => !unset.includes(name))
        expect(await store.read(key)).toEqual(
          newRecord({ version: 2, fields: Object.fromEntries(merged), owner: two }),
        )
        if (one !== two) expect(await store.findByOwner(one)).not.toContain(key)
        expect(await store.deleteByOwner(two, { except: '\u0000' })).toEqual([key])
      }),
      { numRuns: 100 },
    )
  })

  it('take an owner longer than an index of PostgreSQL', async () => {
    const store = db.newStore()
    const owner = Array.from({ length: 2000 }, (_, n) => `user${n}`).join()
    await store.create(keyOf(1), newRecord({ owner }))
    expect(await store.findByOwner(owner)).toEqual([keyOf(1)])
  })

  it('refuse a key that UTF-8 would make equal to another', async () => {
    const store = db.newStore()
    for (const key of ['\ud800', 'a\udfff', 'a\u0000', '', 'a'.repeat(257)])
      await expect(store.create(key, newRecord())).rejects.toMatchObject({ code: 'store-bad-key' })
    await store.create('👩‍👧', newRecord())
    expect(await store.read('👩‍👧')).toEqual(newRecord())
  })

  it('are read alike whatever parsers the application has set for types', async () => {
    for (const type of [pg.types.builtins.INT8, pg.types.builtins.FLOAT8, pg.types.builtins.JSONB]) {
      const parser = pg.types.getTypeParser(type)
      pg.types.setTypeParser(type, () => 'parsed')
      onTestFinished(() => pg.types.setTypeParser(type, parser))
    }
    const store = db.newStore()
    const record = newRecord({ owner: 'ada', cookie: { maxAge: 0.5 }, createdAt: 1.25 })
    await store.create(keyOf(1), record)
    expect([await store.read(keyOf(1)), await store.count()]).toEqual([record, 1])
  })

  it('are swept by two stores at once, each once, while others change', async () => {
    const [one, two] = [db.newStore(), db.newStore()]
    await fill(one, 1300)
    await db.pool.query('UPDATE sessmw_sessions SET expires_at = $1 WHERE key < $2', [
      db.clock() - HOUR - 1,
      'key9',
    ])
    const { dead } = await db.ask('SELECT count(*)::int AS dead FROM sessmw_sessions WHERE expires_at < $1', [
      db.clock() - HOUR,
    ])
    const [first, second, ...updates] = await Promise.all([
      one.sweep(),
      two.sweep(),
      ...[9, 91, 99, 900, 999].map((n) => one.update(keyOf(n), { set: { n: '2' } })),
    ])
    expect(dead).toBeGreaterThan(1000)
    expect(Number(first) + Number(second)).toBe(dead)
    expect(new Set(updates)).toEqual(new Set(['saved']))
    expect(await one.count()).toBe(1300 - Number(dead))
  })

  it('that are locked are left to the next sweep, which waits for nobody', async () => {
    const store = db.newStore()
    await fill(store, 3, { expiresAt: db.clock() - HOUR - 1 })
    const other = await db.newPool().connect()
    await other.query(`BEGIN; SELECT FROM sessmw_sessions WHERE key = '${keyOf(1)}' FOR UPDATE`)
    expect(await store.sweep()).toBe(2)
    await other.query('ROLLBACK')
    other.release()
    expect([await store.sweep(), await store.sweep()]).toEqual([1, 0])
  })

  it('stay exactly one hour after they expire', async () => {
    const store = db.newStore()
    await store.create(keyOf(1), newRecord())
    db.clock.advance(2 * HOUR)
    expect([await store.sweep(), await store.count()]).toEqual([0, 1])
    db.clock.advance(1)
    expect([await store.sweep(), await store.count()]).toEqual([1, 0])
  })

  it('are swept by a timer at a random time about once a minute, which keeps no process alive', async () => {
    const timers = vi.spyOn(globalThis, 'setTimeout')
    onTestFinished(() => timers.mockRestore())
    const sweeps = () =>
      timers.mock.calls.flatMap(([run, ms], n) => (Number(ms) > 15_000 ? [{ run, ms, n }] : []))
    const stores = Array.from({ length: 5 }, () => db.newStore())
    await Promise.all(stores.map((store) => store.ready()))
    const [first] = sweeps()
    expect(sweeps()).toHaveLength(5)
    expect(new Set(sweeps().map(({ ms }) => ms)).size).toBe(5)
    for (const { ms, n } of sweeps()) {
      expect(ms).toBeGreaterThanOrEqual(30_000)
      expect(ms).toBeLessThanOrEqual(90_000)
      expect(timers.mock.results[n]?.value.hasRef()).toBe(false)
    }
    await fill(stores[0] as PostgresStore, 3, { expiresAt: db.clock() - HOUR - 1 })
    await first?.run()
    expect(await stores[0]?.count()).toBe(0)
    expect(sweeps()).toHaveLength(6)
    await db.server.stop()
    await sweeps()[5]?.run()
    expect(sweeps()).toHaveLength(7)
    await db.server.start()
  })

  it('of one owner are deleted by two stores at once without waiting for each other', async () => {
    const [one, two] = [db.newStore(), db.newStore()]
    for (let round = 0; round < 5; round++) {
      await fill(one, 200, { owner: 'ada' })
      const gone = await Promise.all([one.deleteByOwner('ada'), two.deleteByOwner('ada')])
      expect(gone.flat()).toHaveLength(200)
    }
  })
})
