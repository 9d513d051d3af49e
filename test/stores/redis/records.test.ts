import { randomBytes, randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rejection } from '../../core/harness.js'
import { hasRedis, startRedis } from '../../support/redis-server.js'
import type { TestServer } from '../../support/server-process.js'
import { DAY, HOUR, look, openStore, recordAt, setUp, startApp } from './harness.js'

const KEY = 'k'.repeat(43)
let server: TestServer

describe.skipIf(!hasRedis)('what RedisStore keeps in Redis', () => {
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.remove())

  it('is a hash with one field for each top-level key, readable as it is', async () => {
    const { store, redis, nameOf, clock } = await setUp(server)
    const fields = { user: '{"name":"ada"}', '': '1', '@': '2', ключ: '3' }
    await store.create(KEY, recordAt(clock(), { fields, owner: 'ada', cookie: { maxAge: 60_000 } }))
    const [now, till] = [clock(), clock() + 2 * DAY]
    expect(pairsOf(await redis('HGETALL', nameOf(KEY)))).toEqual({
      '@': `1 1 ${now} ${now} ${now + DAY} 60000 ${till}`,
      '@owner': 'ada',
      '.user': '{"name":"ada"}',
      '.': '1',
      '.@': '2',
      '.ключ': '3',
    })
  })

  it('comes back as it was, whatever the names, the owner and the texts are', async () => {
    const { store, clock } = await setUp(server)
    const name = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '',
        '@',
        '@owner',
        '.',
        '__proto__',
        'constructor',
        '\ud800',
        '\\ud800',
        '\ufffd',
        '\\',
        'x'.repeat(5_000),
      ),
    )
    const fields = fc.dictionary(name, fc.json())
    const rounds = Number(process.env['SESSMW_ROUNDS'] ?? 40)
    await fc.assert(
      fc.asyncProperty(fields, fields, name, async (before, set, owner) => {
        const key = randomBytes(32).toString('base64url')
        const unset = Object.keys(before).filter((_name, n) => n % 2 === 0)
        await store.create(key, recordAt(clock(), { fields: before, ...(owner !== '' && { owner }) }))
        const created = await store.read(key)
        expect(created).toMatchObject(owner === '' ? { version: 1 } : { owner })
        expect(entriesOf(created)).toEqual(Object.entries(before).sort())
        await store.update(key, { set, unset: unset.filter((name) => !Object.hasOwn(set, name)) })
        const after = new Map([
          ...Object.entries(before).filter(([name]) => !unset.includes(name)),
          ...Object.entries(set),
        ])
        expect(entriesOf(await store.read(key))).toEqual([...after].sort())
        if (owner !== '') expect(await store.findByOwner(owner)).toContain(key)
      }),
      { numRuns: rounds },
    )
  })

  it.each<[string, (name: string) => string[]]>([
    ['a header of a newer format', (name) => ['HSET', name, '@', '2 1 1 1 9999999999999 - - more']],
    ['a header that was cut off', (name) => ['HSET', name, '@', '1 1 1795577170053']],
    ['a header with a time that is no number', (name) => ['HSET', name, '@', '1 1 1 x 9999999999999 - -']],
    ['a header with an empty time', (name) => ['HSET', name, '@', '1 1 1  9999999999999 - -']],
    ['no header', (name) => ['HDEL', name, '@']],
    ['a field that is not known', (name) => ['HSET', name, '@more', '1']],
    ['a name that cannot be understood', (name) => ['HSET', name, '.\\x', '1']],
    ['an empty owner', (name) => ['HSET', name, '@owner', '']],
    ['text in place of a hash', (name) => ['SET', name, 'text']],
    [
      'a list in place of a hash',
      (name) => ['EVAL', "redis.call('DEL', KEYS[1]) return redis.call('RPUSH', KEYS[1], 'x')", '1', name],
    ],
  ])(
    'with %s reads as corrupt, is not listed, and can be deleted but not overwritten',
    async (_name, spoil) => {
      const { store, redis, nameOf, clock } = await setUp(server)
      await store.create(KEY, recordAt(clock(), { owner: 'ada' }))
      await redis(...spoil(nameOf(KEY)))
      const dump = await redis('DUMP', nameOf(KEY))
      expect(await store.read(KEY)).toBe('corrupt')
      expect((await store.page({ limit: 10 })).records).toEqual([])
      for await (const entry of store.entries()) expect(entry).toBe('nothing')
      expect(await rejection(store.create(KEY, recordAt(clock())))).toMatchObject({ code: 'store-exists' })
      await store.sweep()
      expect(await redis('DUMP', nameOf(KEY))).toEqual(dump)
      await store.findByOwner('ada')
      expect(await store.delete(KEY)).toBe(true)
      expect(await store.read(KEY)).toBeNull()
    },
  )

  it.each(['2 1 1 1 9999999999999 - -', '1 1 1 x 9999999999999 - -', 'nothing'])(
    'under the header %s is changed by no update and no touch',
    async (header) => {
      const { store, redis, nameOf, clock } = await setUp(server)
      await redis('HSET', nameOf(KEY), '@', header, '.n', '1')
      expect(await store.update(KEY, { set: { n: '2' } })).toBe('missing')
      expect(await store.touch(KEY, { lastSeenAt: clock(), expiresAt: clock() })).toBe(false)
      expect(await redis('HGETALL', nameOf(KEY))).toEqual(['@', header, '.n', '1'])
    },
  )

  it('stays for an hour after the expiry by the clock of the store, whatever time Redis has', async () => {
    const { store, redis, nameOf, clock } = await setUp(server)
    const left = async () => Number(await redis('PTTL', nameOf(KEY)))
    const near = (milliseconds: number) => [milliseconds - 5_000, milliseconds] as const
    await store.create(KEY, recordAt(clock()))
    const [least, most] = near(DAY + HOUR)
    expect(await left()).toBeGreaterThan(least)
    expect(await left()).toBeLessThanOrEqual(most)
    clock.advance(10 * DAY)
    await store.touch(KEY, { lastSeenAt: clock(), expiresAt: clock() + HOUR })
    expect(await left()).toBeGreaterThan(near(2 * HOUR)[0])
    expect(await left()).toBeLessThanOrEqual(near(2 * HOUR)[1])
    await store.update(KEY, { set: { n: '2' } })
    expect(await left()).toBeGreaterThan(near(2 * HOUR)[0])
    await store.update(KEY, { expiresAt: clock() - 2 * HOUR })
    while ((await store.read(KEY)) !== null);
  })

  it('is told from what others have, by the prefix to the letter', async () => {
    const base = randomUUID()
    const open = (prefix: string) => openStore({ url: server.url, prefix })
    const [stars, other] = [open(`${base}:[a-z]*?\\:`), open(`${base}:abc:`)]
    const redis = await look(server)
    await redis('SET', `${base}:abc:settings`, 'kept')
    for (const store of [stars, other]) await store.create(KEY, recordAt(Date.now(), { owner: 'ada' }))
    expect([await stars.count(), await other.count()]).toEqual([1, 1])
    expect((await stars.page({ limit: 5 })).records.map(([key]) => key)).toEqual([KEY])
    await stars.clear()
    expect([await stars.count(), await other.count()]).toEqual([0, 1])
    expect(await other.findByOwner('ada')).toEqual([KEY])
    await other.clear()
    expect(await redis('GET', `${base}:abc:settings`)).toBe('kept')
  })

  it('S22: holds no session id and no cookie, searched key by key', async () => {
    const { store, redis, prefix } = await setUp(server)
    const { sessions, browser } = await startApp(openStore({ url: server.url, prefix }))
    const ids: string[] = []
    for (let n = 0; n < 20; n++) {
      const visitor = browser()
      await visitor.get('/count')
      await visitor.get('/login/ada')
      await visitor.get('/count')
      const value = decodeURIComponent(visitor.cookies.get('sid') ?? '')
      const session = await sessions.open(`sid=${visitor.cookies.get('sid')}`)
      expect(session.owner).toBe('ada')
      ids.push(value, value.slice(2, 45), session.id)
    }
    const dump = JSON.stringify(await everything(redis, prefix))
    expect(dump).toContain('ada')
    expect(await store.count()).toBe(20)
    expect(ids.filter((id) => id.length < 43 || dump.includes(id))).toEqual([])
  })
})

function pairsOf(reply: unknown): Record<string, string> {
  const flat = reply as string[]
  return Object.fromEntries(flat.flatMap((name, n) => (n % 2 === 0 ? [[name, flat[n + 1] ?? '']] : [])))
}

const entriesOf = (record: unknown) =>
  Object.entries((record as { fields: Record<string, string> }).fields).sort()

async function everything(
  redis: (...args: string[]) => Promise<unknown>,
  prefix: string,
): Promise<unknown[]> {
  const names = (await redis('KEYS', `${prefix}*`)) as string[]
  return Promise.all(
    names.map(async (name) => {
      const type = await redis('TYPE', name)
      return [name, type === 'hash' ? await redis('HGETALL', name) : await redis('ZRANGE', name, '0', '-1')]
    }),
  )
}
