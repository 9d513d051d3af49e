import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../support/http.js'
import { hasRedis, startRedis } from '../../support/redis-server.js'
import type { TestServer } from '../../support/server-process.js'
import { DAY, HOUR, openStore, recordAt, setUp, startApp } from './harness.js'

const newKey = () => randomBytes(32).toString('base64url')
let server: TestServer

/** Two processes: stores of one prefix, each with its own connection and application. */
async function twoApps() {
  const { prefix } = await setUp(server)
  const [one, two] = [openStore({ url: server.url, prefix }), openStore({ url: server.url, prefix })]
  return { one: await startApp(one), two: await startApp(two), store: one }
}

async function logIn(app: { browser: () => Client }, other: { browser: () => Client }, user: string) {
  const visitor = app.browser()
  expect((await visitor.get(`/login/${user}`)).status).toBe(200)
  const elsewhere = other.browser()
  const cookie = visitor.cookies.get('sid') ?? ''
  elsewhere.cookies.set('sid', cookie)
  return { visitor, elsewhere, cookie: `sid=${cookie}` }
}

const userOf = async (visitor: Client) => (await visitor.get('/read')).json().user

describe.skipIf(!hasRedis)('the sessions of an owner in Redis', () => {
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.remove())

  it('are listed by any process, page by page', async () => {
    const { one, two } = await twoApps()
    for (let n = 0; n < 5; n++) await logIn(one, two, 'ada')
    await logIn(one, two, 'bob')
    const handles = new Set<string>()
    let cursor: string | undefined
    do {
      const page = await two.sessions.list({
        owner: 'ada',
        limit: 2,
        ...(cursor !== undefined && { cursor }),
      })
      for (const { handle, owner } of page.sessions) {
        expect(owner).toBe('ada')
        handles.add(handle)
      }
      cursor = page.cursor
    } while (cursor !== undefined)
    expect(handles.size).toBe(5)
    expect((await two.sessions.list()).sessions.length).toBe(6)
  })

  it('are rejected by every process on the very next request once they are revoked', async () => {
    const { one, two } = await twoApps()
    const first = await logIn(one, two, 'ada')
    const { handle } = await one.sessions.open(first.cookie)
    expect(await userOf(first.elsewhere)).toBe('ada')
    expect(await one.sessions.revoke(handle)).toBe(true)
    expect(await userOf(first.elsewhere)).toBeUndefined()
    expect((await two.sessions.list({ owner: 'ada' })).sessions).toEqual([])
  })

  it('are revoked at once by owner, but for the one that asks', async () => {
    const { one, two } = await twoApps()
    const [mine, ...others] = [
      await logIn(one, two, 'ada'),
      await logIn(one, two, 'ada'),
      await logIn(two, one, 'ada'),
    ]
    const bob = await logIn(one, two, 'bob')
    const { handle } = await one.sessions.open(mine.cookie)
    await one.sessions.revokeOwner('ada', { except: handle })
    for (const { visitor, elsewhere } of others)
      expect([await userOf(visitor), await userOf(elsewhere)]).toEqual([undefined, undefined])
    expect([await userOf(mine.elsewhere), await userOf(bob.elsewhere)]).toEqual(['ada', 'bob'])
    expect((await two.sessions.list({ owner: 'ada' })).sessions.map(({ handle }) => handle)).toEqual([handle])
  })

  it('are never missing from the index, however long they are in use', async () => {
    const { store, redis, prefix, clock } = await setUp(server)
    const key = newKey()
    await store.create(key, recordAt(clock(), { owner: 'ada' }))
    for (const days of [0.5, 1, 3, 30, 0.1, 400]) {
      clock.advance(days * DAY)
      await store.touch(key, { lastSeenAt: clock(), expiresAt: clock() + days * DAY })
      expect(await store.findByOwner('ada')).toEqual([key])
      const [session, index] = await Promise.all([
        redis('PTTL', `${prefix}s:${key}`),
        redis('PTTL', `${prefix}o:ada`),
      ])
      expect(Number(index)).toBeGreaterThan(Number(session))
      const till = Number(await redis('ZSCORE', `${prefix}o:ada`, key))
      expect(till).toBeGreaterThanOrEqual(clock() + days * DAY)
    }
  })

  it('leave the index when they end, change hands, or have been over for long', async () => {
    const { store, redis, prefix, clock } = await setUp(server)
    const entries = () => redis('ZCARD', `${prefix}o:ada`)
    const keys = [newKey(), newKey(), newKey(), newKey()]
    for (const key of keys) await store.create(key, recordAt(clock(), { owner: 'ada' }))
    expect(await entries()).toBe(4)
    const [deleted = '', changed = '', left = ''] = keys
    await store.delete(deleted)
    expect(await entries()).toBe(3)
    await store.update(changed, { owner: 'bob' })
    await store.update(left, { owner: null })
    expect(await entries()).toBe(1)
    clock.advance(2 * DAY + HOUR + 1)
    const late = newKey()
    await store.create(late, recordAt(clock(), { owner: 'ada' }))
    expect(await redis('ZRANGE', `${prefix}o:ada`, '0', '-1')).toEqual([late])
    clock.advance(2 * DAY + HOUR)
    await store.sweep()
    expect(await entries()).toBe(1)
    clock.advance(1)
    expect(await store.sweep()).toBe(0)
    expect(await redis('EXISTS', `${prefix}o:ada`)).toBe(0)
  })

  it('are not found by an entry whose session is gone or of somebody else', async () => {
    const { store, redis, prefix, clock } = await setUp(server)
    const [gone, bobs, text] = [newKey(), newKey(), newKey()]
    await store.create(bobs, recordAt(clock(), { owner: 'bob' }))
    await redis('SET', `${prefix}s:${text}`, 'text')
    for (const key of [gone, bobs, text]) await redis('ZADD', `${prefix}o:ada`, `${clock() + DAY}`, key)
    expect(await store.findByOwner('ada')).toEqual([])
    expect(await store.deleteByOwner('ada')).toEqual([])
    expect(await store.read(bobs)).toMatchObject({ owner: 'bob' })
  })

  it('keep the entry that a session needs that is made again while its deletion ends', async () => {
    const { store, clock } = await setUp(server)
    for (let round = 0; round < 200; round++) {
      const key = newKey()
      const record = recordAt(clock(), { owner: 'ada' })
      await store.create(key, record)
      await Promise.all([store.delete(key), again(store, key, record)])
      expect(await store.findByOwner('ada')).toEqual([key])
      await store.deleteByOwner('ada')
    }
  })

  it('are all found after any mix of changes at once through two connections', async () => {
    const { prefix, clock } = await setUp(server)
    const stores = [
      openStore({ url: server.url, prefix, clock }),
      openStore({ url: server.url, prefix, clock }),
    ]
    const owner = fc.constantFrom('ada', 'bob', null)
    const step = fc.record({
      by: fc.nat(1),
      on: fc.nat(3),
      what: fc.constantFrom('create', 'own', 'delete', 'touch'),
      owner,
      days: fc.nat(9),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
        const keys = [newKey(), newKey(), newKey(), newKey()]
        await Promise.allSettled(
          steps.map(({ by, on, what, owner, days }) => {
            const [store, key] = [stores[by] ?? stores[0], keys[on] ?? '']
            const expiresAt = clock() + days * DAY
            if (what === 'create')
              return store?.create(key, recordAt(clock(), { expiresAt, ...(owner && { owner }) }))
            if (what === 'own') return store?.update(key, { owner })
            if (what === 'touch') return store?.touch(key, { lastSeenAt: clock(), expiresAt })
            return store?.delete(key)
          }),
        )
        const [store] = stores
        for (const name of ['ada', 'bob']) {
          const records = await Promise.all(keys.map(async (key) => [key, await store?.read(key)] as const))
          const owned = records.filter(([, record]) => (record as { owner?: string } | null)?.owner === name)
          const found = await store?.findByOwner(name)
          expect(found?.filter((key) => keys.includes(key)).sort()).toEqual(owned.map(([key]) => key).sort())
        }
      }),
      { numRuns: Number(process.env['SESSMW_ROUNDS'] ?? 60) },
    )
  })
})

/** Creates it as soon as it is gone. */
async function again(
  store: { create: (key: string, record: ReturnType<typeof recordAt>) => Promise<void> },
  key: string,
  record: ReturnType<typeof recordAt>,
): Promise<void> {
  for (;;) {
    try {
      return await store.create(key, record)
    } catch (error) {
      expect(error).toMatchObject({ code: 'store-exists' })
    }
  }
}
