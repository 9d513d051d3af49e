import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { SessionRecord } from '../../src/core/record.js'
import { MemoryStore } from '../../src/stores/memory.js'
import { fakeClock, storeContract } from '../../src/testing.js'

const HOUR = 3_600_000
const run = promisify(execFile)

const contractClock = fakeClock()
describe('MemoryStore keeps the store contract', () => {
  const create = () => new MemoryStore({ clock: contractClock })
  for (const { name, run } of storeContract({ create, clock: contractClock })) test(name, run)
})

const keyOf = (n: number): string => `key${n}`.padEnd(43, '_')

function recordAt(now: number, header: Partial<SessionRecord> = {}): SessionRecord {
  return {
    version: 1,
    createdAt: now,
    lastSeenAt: now,
    expiresAt: now + HOUR,
    fields: { n: '1' },
    ...header,
  }
}

function setUp(options: { maxSessions?: number; maxBytes?: number } = {}) {
  const clock = fakeClock()
  const store = new MemoryStore({ ...options, clock })
  const add = (n: number, header: Partial<SessionRecord> = {}) =>
    store.create(keyOf(n), recordAt(clock(), header))
  const kept = async () => {
    const numbers: number[] = []
    for await (const [key] of store.entries()) numbers.push(Number(/\d+/.exec(key)?.[0]))
    return numbers.sort((a, b) => a - b)
  }
  return { clock, store, add, kept }
}

describe('the bounds of MemoryStore', () => {
  it('S47: keeps 100 000 of 200 000 sessions, owned ones longest', async () => {
    const { add, store } = setUp()
    for (let n = 0; n < 200_000; n++) await add(n, n % 4 === 0 ? { owner: `user${n}` } : {})
    expect(await store.count()).toBe(100_000)
    let owned = 0
    for await (const [, record] of store.entries()) if (record.owner !== undefined) owned += 1
    expect(owned).toBe(50_000)
    expect(await store.read(keyOf(199_999))).not.toBeNull()
  })

  it('evicts the session seen longest ago, and counts updates and touches as being seen', async () => {
    const { add, store, clock, kept } = setUp({ maxSessions: 3 })
    for (const n of [1, 2, 3]) await add(n)
    await store.touch(keyOf(1), { lastSeenAt: clock.advance(1), expiresAt: clock() + HOUR })
    await store.update(keyOf(2), { set: { n: '2' }, lastSeenAt: clock.advance(1) })
    await add(4)
    expect(await kept()).toEqual([1, 2, 4])
    await add(5)
    expect(await kept()).toEqual([2, 4, 5])
  })

  it('evicts expired sessions before any other, even owned ones', async () => {
    const { add, clock, kept } = setUp({ maxSessions: 3 })
    await add(1)
    await add(2, { owner: 'ada', expiresAt: clock() + 1000 })
    await add(3)
    clock.advance(1000)
    await add(4)
    expect(await kept()).toEqual([1, 3, 4])
  })

  it('evicts owned sessions, oldest first, once nobody else is left', async () => {
    const { add, store, kept } = setUp({ maxSessions: 2 })
    await add(1, { owner: 'ada' })
    await add(2, { owner: 'ada' })
    await add(3)
    expect(await kept()).toEqual([2, 3])
    expect(await store.findByOwner('ada')).toEqual([keyOf(2)])
    await store.update(keyOf(3), { owner: 'bob' })
    await add(4, { owner: 'eve' })
    expect(await kept()).toEqual([3, 4])
  })

  it('keeps within its bytes, in updates too, and takes two bytes for wide characters', async () => {
    const { add, store, kept } = setUp({ maxBytes: 10_000 })
    for (const n of [1, 2, 3]) await add(n, { fields: { text: 'x'.repeat(2000) } })
    expect(await kept()).toEqual([1, 2, 3])
    await store.update(keyOf(3), { set: { text: '漢'.repeat(3000) } })
    expect(await kept()).toEqual([2, 3])
    await store.update(keyOf(3), { set: { text: '' } })
    for (const n of [4, 5]) await add(n, { fields: { text: 'x'.repeat(2000) } })
    expect(await kept()).toEqual([2, 3, 4, 5])
  })

  it('counts a field only while it is there, however often it is set and unset', async () => {
    const { add, store, kept } = setUp({ maxBytes: 10_000 })
    for (const n of [1, 2, 3]) await add(n, { fields: {} })
    for (let round = 0; round < 20; round++) {
      await store.update(keyOf(3), { set: { text: 'x'.repeat(2000), other: '1' } })
      await store.update(keyOf(3), { set: { other: '2' }, unset: ['text', 'text', 'other', 'never'] })
    }
    for (const n of [1, 2, 3]) await store.update(keyOf(n), { set: { text: 'x'.repeat(2000) } })
    expect(await kept()).toEqual([1, 2, 3])
    await add(4, { fields: { text: 'x'.repeat(3000) } })
    expect(await kept()).toEqual([2, 3, 4])
  })

  it('keeps the newest session even when it is larger than the bound', async () => {
    const { add, kept } = setUp({ maxBytes: 1 })
    await add(1, { owner: 'ada' })
    expect(await kept()).toEqual([1])
    await add(2)
    expect(await kept()).toEqual([2])
  })

  it('keeps count and bounds through any sequence of calls', async () => {
    const step = fc.tuple(
      fc.constantFrom('create', 'update', 'touch', 'delete', 'sweep', 'advance'),
      fc.nat(9),
      fc.option(fc.constantFrom('ada', 'bob'), { nil: undefined }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { add, store, clock, kept } = setUp({ maxSessions: 5, maxBytes: 2000 })
        for (const [call, n, owner] of steps) {
          if (call === 'create') await add(n, owner ? { owner } : {}).catch(() => undefined)
          if (call === 'update')
            await store.update(keyOf(n), { set: { n: 'x'.repeat(n * 50) }, owner: owner ?? null })
          if (call === 'touch')
            await store.touch(keyOf(n), { lastSeenAt: clock(), expiresAt: clock() + HOUR })
          if (call === 'delete') await store.delete(keyOf(n))
          if (call === 'sweep') await store.sweep()
          if (call === 'advance') clock.advance(HOUR / 2)
        }
        const numbers = await kept()
        expect(numbers.length).toBeLessThanOrEqual(5)
        expect(await store.count()).toBe(numbers.length)
        for (const owner of ['ada', 'bob'])
          for (const key of await store.findByOwner(owner))
            expect(await store.read(key)).toMatchObject({ owner })
        for (const n of numbers) expect(await store.delete(keyOf(n))).toBe(true)
        for (let n = 10; n < 15; n++) await add(n, { fields: {} })
        expect(await kept()).toEqual([10, 11, 12, 13, 14])
      }),
    )
  })
})

describe('the sweep of MemoryStore', () => {
  it('removes what is more than an hour past its expiry and nothing else', async () => {
    const { add, store, clock, kept } = setUp()
    await add(1, { expiresAt: clock() + 1 })
    await add(2, { expiresAt: clock() + 2, owner: 'ada' })
    await add(3, { expiresAt: clock() + HOUR })
    clock.advance(HOUR + 2)
    expect(await store.sweep()).toBe(1)
    expect(await kept()).toEqual([2, 3])
    clock.advance(1)
    expect(await store.sweep()).toBe(1)
    expect(await store.findByOwner('ada')).toEqual([])
    expect(await store.sweep()).toBe(0)
  })

  it('gives others a turn at least every 8192 records', async () => {
    const { add, store, clock } = setUp()
    for (let n = 0; n < 100_000; n++) await add(n)
    clock.advance(3 * HOUR)
    let turns = 0
    let loop = setImmediate(function turn() {
      turns += 1
      loop = setImmediate(turn)
    })
    expect(await store.sweep()).toBe(100_000)
    clearImmediate(loop)
    expect(turns).toBeGreaterThanOrEqual(Math.floor(100_000 / 8192))
    expect(await store.count()).toBe(0)
  })

  it('goes on by itself, and lets the process exit', async () => {
    const script = `
      import { MemoryStore } from './src/stores/memory.ts'
      let now = 1
      const store = new MemoryStore({ sweepEvery: '20ms', clock: () => now })
      await store.create('a', { version: 1, createdAt: 1, lastSeenAt: 1, expiresAt: 1, fields: {} })
      now += 2 * 3600000
      while ((await store.count()) > 0) await new Promise(setImmediate)
      await store.create('b', { version: 1, createdAt: 1, lastSeenAt: 1, expiresAt: 1, fields: {} })
      while ((await store.count()) > 0) await new Promise(setImmediate)
      await store.create('c', { version: 1, createdAt: 1, lastSeenAt: 1, expiresAt: now * 9, fields: {} })
      console.log('swept')`
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script]
    const { stdout } = await run(process.execPath, args, { timeout: 15_000 })
    expect(stdout).toBe('swept\n')
  })
})

describe('the options and keys of MemoryStore', () => {
  it.each([
    [{ maxSession: 5 }, /no option maxSession.*maxSessions, maxBytes, sweepEvery, clock/],
    [{ maxSessions: 0 }, /maxSessions/],
    [{ maxSessions: 1.5 }, /maxSessions/],
    [{ maxBytes: '64mb' }, /maxBytes/],
    [{ maxBytes: Number.POSITIVE_INFINITY }, /maxBytes/],
    [{ sweepEvery: 0 }, /sweepEvery/],
    [{ sweepEvery: '1 fortnight' }, /sweepEvery/],
    [{ clock: 5 }, /clock/],
    [null, /object/],
    [5, /object/],
  ])('refuses %j', (options, message) => {
    const make = () => Reflect.construct(MemoryStore, [options])
    expect(make).toThrow(
      expect.objectContaining({ code: 'bad-option', message: expect.stringMatching(message) }),
    )
  })

  it('takes options that are undefined for their defaults', () => {
    expect(() => Reflect.construct(MemoryStore, [{ maxSessions: undefined, clock: undefined }])).not.toThrow()
  })

  it.each([
    ['empty text', ''],
    ['NUL', 'a\u0000'],
    ['a line break', 'a\nb'],
    ['DEL', '\u007f'],
    ['257 characters', 'x'.repeat(257)],
    ['a number', 5 as unknown as string],
  ])('refuses %s as a key in every call', async (_, key) => {
    const { store, clock } = setUp()
    const bad = { code: 'store-bad-key' }
    await expect(store.create(key, recordAt(clock()))).rejects.toMatchObject(bad)
    await expect(store.read(key)).rejects.toMatchObject(bad)
    await expect(store.update(key, {})).rejects.toMatchObject(bad)
    await expect(store.touch(key, recordAt(clock()))).rejects.toMatchObject(bad)
    await expect(store.delete(key)).rejects.toMatchObject(bad)
  })

  it('rejects with the reason of an aborted signal', async () => {
    const { store } = setUp()
    const reason = new Error('enough')
    await expect(store.read(keyOf(1), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    await expect(store.count({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  it('hands out one frozen record to every reader', async () => {
    const { add, store } = setUp()
    await add(1, { owner: 'ada', cookie: { maxAge: 5 } })
    const record = await store.read(keyOf(1))
    expect(await store.read(keyOf(1))).toBe(record)
    expect(record && [record, record.fields, record.cookie].every(Object.isFrozen)).toBe(true)
  })

  it('changes a thousand fields as it changes a few', async () => {
    const { add, store } = setUp()
    const fields = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`field${index}`, '1']))
    await add(1, { fields })
    await store.update(keyOf(1), { set: { ['__proto__']: '2', field5: '2' } })
    await store.update(keyOf(1), { set: { later: '3' }, unset: ['field0', 'field999'] })
    const record = await store.read(keyOf(1))
    const { field0, field999, ...others } = fields
    const expected = Object.entries({ ...others, field5: '2', ['__proto__']: '2', later: '3' })
    expect(Object.entries(record?.fields ?? {})).toEqual(expected)
    expect(Object.isFrozen(record?.fields)).toBe(true)
  })

  it('can be closed twice, and a sweep after that rejects', async () => {
    const { store } = setUp()
    await store.close()
    await store.close()
    await expect(store.sweep()).rejects.toMatchObject({ code: 'store-closed' })
  })
})
