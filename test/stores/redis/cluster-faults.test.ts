import { createCluster } from 'redis'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { RedisStore } from '../../../src/redis.js'
import { rejection } from '../../core/harness.js'
import { startRedisCluster } from '../../support/redis-cluster.js'
import { hasRedis } from '../../support/redis-server.js'
import { CLUSTER_CLIENTS } from './clients.js'
import { look, recordAt } from './harness.js'

const keys = Array.from({ length: 60 }, (_, n) => `${n}`.padEnd(43, 'k'))

describe.skipIf(!hasRedis)('a node of a Cluster', () => {
  it.each(Object.entries(CLUSTER_CLIENTS).filter(([name]) => name.endsWith('5')))(
    'that is away takes only its own sessions with it, and with %s they are back when it is',
    async (name, connect) => {
      const cluster = await startRedisCluster()
      onTestFinished(() => cluster.remove())
      for (const node of cluster.nodes)
        await (await look(node))('CONFIG', 'SET', 'cluster-require-full-coverage', 'no')
      const { client, end } = await connect(cluster)
      onTestFinished(end)
      const store = new RedisStore({ client })
      for (const key of keys) await store.create(key, recordAt(Date.now()))
      await cluster.nodes[1]?.kill()
      const during = await readAll(store)
      const failed = during.filter((error) => error !== undefined)
      expect(failed.length).toBeGreaterThan(5)
      expect(failed.length).toBeLessThan(keys.length / 2)
      // node-redis would queue them, to be carried out when the node is back; that of ioredis is not to be seen from here.
      const queued = failed.filter((error) => (error as Error).name === 'TimeoutError')
      if (name.includes('node-redis')) expect(queued).toEqual([])
      await cluster.nodes[1]?.start()
      while ((await readAll(store)).some((error) => error !== undefined));
      expect(await store.update(keys[0] ?? '', { set: { n: '2' } })).toBe('saved')
    },
    60_000,
  )

  it('is found by a cluster that could not connect at first', async () => {
    const cluster = await startRedisCluster()
    onTestFinished(() => cluster.remove())
    for (const node of cluster.nodes) await node.kill()
    const client = createCluster({ rootNodes: cluster.nodes.map(({ url }) => ({ url })) })
    onTestFinished(() => client.destroy())
    const store = new RedisStore({ client })
    expect(await rejection(store.ready())).toMatchObject({ code: 'store-failed' })
    expect(await rejection(store.read('k'.repeat(43)))).toMatchObject({ code: 'store-failed' })
    for (const node of cluster.nodes) await node.start()
    await vi.waitFor(() => store.read('k'.repeat(43)), { timeout: 50_000, interval: 20 })
  })
})

/** What each read failed with; those that have no answer in a second have failed too. */
function readAll(store: RedisStore): Promise<unknown[]> {
  return Promise.all(
    keys.map((key) => {
      const signal = AbortSignal.timeout(1_000)
      const late = new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason)))
      return Promise.race([rejection(store.read(key, { signal })), late])
    }),
  )
}
