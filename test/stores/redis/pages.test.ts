import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RedisStore } from '../../../src/redis.js'
import { rejection } from '../../core/harness.js'
import { startRedisCluster, type TestCluster } from '../../support/redis-cluster.js'
import { hasRedis, startRedis } from '../../support/redis-server.js'
import type { TestServer } from '../../support/server-process.js'
import { CLUSTER_CLIENTS } from './clients.js'
import { look, openStore, recordAt, setUp } from './harness.js'

const keyOf = (n: number) => `${n}`.padEnd(43, 'k')

async function fill(store: RedisStore, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, n) => store.create(keyOf(n), recordAt(Date.now()))))
}

/** The keys of all pages, and how large each was. */
async function allPages(store: RedisStore, limit: number, between = async () => {}) {
  const keys: string[] = []
  const sizes: number[] = []
  let cursor: string | undefined
  do {
    const page = await store.page({ limit, ...(cursor !== undefined && { cursor }) })
    keys.push(...page.records.map(([key]) => key))
    sizes.push(page.records.length)
    cursor = page.cursor
    await between()
  } while (cursor !== undefined)
  return { keys, sizes }
}

const everyKey = (count: number) => Array.from({ length: count }, (_, n) => keyOf(n)).sort()

describe.skipIf(!hasRedis)('pages of a RedisStore', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.remove())

  it.each([1, 7, 100, 1000])('of %i at most have every record', async (limit) => {
    const store = openStore({ url: server.url, prefix: randomUUID() })
    await fill(store, 230)
    const { keys, sizes } = await allPages(store, limit)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(limit)
    expect([...new Set(keys)].sort()).toEqual(everyKey(230))
  })

  it('have every record that is there all the time, while others come and go', async () => {
    const { redis } = await setUp(server)
    const store = openStore({ url: server.url, prefix: randomUUID() })
    await fill(store, 300)
    let n = 1000
    const { keys } = await allPages(store, 10, async () => {
      for (let more = 0; more < 40; more++) await store.create(keyOf(n++), recordAt(Date.now()))
      for (let fewer = 20; fewer > 0; fewer--) await store.delete(keyOf(n - fewer))
      if (n > 3_000) await store.clear()
    })
    expect(new Set(keys).size).toBeGreaterThanOrEqual(300)
    await redis('PING')
  })

  it('find a few sessions among very many other keys, in steps that grow', async () => {
    const { redis, store, clock } = await setUp(server)
    await redis('EVAL', "for i = 1, 50000 do redis.call('SET', 'other:' .. i, i) end", '0')
    await store.create(keyOf(1), recordAt(clock()))
    await redis('CONFIG', 'RESETSTAT')
    const { keys } = await allPages(store, 5)
    expect(keys).toEqual([keyOf(1)])
    const [, scans] = /cmdstat_scan:calls=(\d+)/.exec(String(await redis('INFO', 'commandstats'))) ?? []
    expect(Number(scans)).toBeLessThan(40)
    await redis('EVAL', "for i = 1, 50000 do redis.call('DEL', 'other:' .. i) end", '0')
  })

  it('give nothing of another store for a cursor that somebody made up', async () => {
    const [one, other] = [await setUp(server), await setUp(server)]
    await other.store.create(keyOf(1), recordAt(other.clock()))
    const made = (name: string) => Buffer.from(JSON.stringify(['', '0', name])).toString('base64url')
    const stolen = one.store.page({ limit: 5, cursor: made(other.nameOf(keyOf(1))) })
    expect(await rejection(stolen)).toMatchObject({ code: 'bad-option' })
    const gone = await one.store.page({ limit: 5, cursor: made(one.nameOf(keyOf(1))) })
    expect(gone.records).toEqual([])
  })

  it.each([
    '',
    'x',
    '!',
    '0',
    'bnVsbA',
    'WyIiXQ',
    'WyIiLCItMSJd',
    'WyIiLCIwIiwxXQ',
    'WzEsIjAiXQ',
    'WyJub3doZXJlIiwiMCJd',
  ])('reject the cursor "%s", which is of no page', async (cursor) => {
    const { store } = await setUp(server)
    expect(await rejection(store.page({ limit: 5, cursor }))).toMatchObject({ code: 'bad-option' })
  })
})

describe.skipIf(!hasRedis)('pages of a RedisStore on a Cluster', () => {
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await startRedisCluster()
  }, 30_000)
  afterAll(() => cluster.remove())

  it.each(Object.entries(CLUSTER_CLIENTS))(
    'have the records of all nodes, with %s',
    async (_name, connect) => {
      const { client, end } = await connect(cluster)
      const prefix = randomUUID()
      const store = openStore({ client, prefix })
      await fill(store, 120)
      const { keys, sizes } = await allPages(store, 7)
      expect(Math.max(...sizes)).toBeLessThanOrEqual(7)
      expect([...new Set(keys)].sort()).toEqual(everyKey(120))
      expect(await store.count()).toBe(120)
      const shares = await Promise.all(
        cluster.nodes.map(async (node) => (await (await look(node))('KEYS', `${prefix}*`)) as string[]),
      )
      expect(shares.map(({ length }) => length > 20)).toEqual([true, true, true])
      await store.clear()
      expect(await store.count()).toBe(0)
      end()
    },
  )
})
