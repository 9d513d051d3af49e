import { Cluster, Redis } from 'ioredis'
import * as ioredis6 from 'ioredis6'
import { createClient, createCluster } from 'redis'
import * as redis6 from 'redis6'
import type { RedisClient } from '../../../src/redis.js'
import type { TestCluster } from '../../support/redis-cluster.js'

/** A client of a test, connected, and how to end it. */
export interface TestClient {
  readonly client: RedisClient
  end(): void
}

/** Every client of one server that fits, by what it is called. */
export const CLIENTS: Record<string, (url: string) => Promise<TestClient>> = {
  'node-redis 5': async (url) => nodeRedis(await createClient({ url }).connect()),
  'node-redis 6': async (url) => nodeRedis(await redis6.createClient({ url }).connect()),
  'ioredis 5': async (url) => ioredis(new Redis(url)),
  'ioredis 6': async (url) => ioredis(new ioredis6.Redis(url)),
}

/** Every client of a Cluster that fits, by what it is called. */
export const CLUSTER_CLIENTS: Record<string, (cluster: TestCluster) => Promise<TestClient>> = {
  'a Cluster of node-redis 5': async ({ nodes }) => {
    const cluster = createCluster({ rootNodes: nodes.map(({ url }) => ({ url })) })
    await cluster.connect()
    return nodeRedis(cluster)
  },
  'a Cluster of node-redis 6': async ({ nodes }) => {
    const cluster = redis6.createCluster({ rootNodes: nodes.map(({ url }) => ({ url })) })
    await cluster.connect()
    return nodeRedis(cluster)
  },
  'a Cluster of ioredis 5': async ({ nodes }) => ioredis(new Cluster(addresses(nodes))),
  'a Cluster of ioredis 6': async ({ nodes }) => ioredis(new ioredis6.Cluster(addresses(nodes))),
}

const addresses = (nodes: TestCluster['nodes']) => nodes.map(({ port }) => ({ host: '127.0.0.1', port }))

function nodeRedis(client: RedisClient & { destroy(): void }): TestClient {
  return { client, end: () => client.destroy() }
}

function ioredis(client: RedisClient & { disconnect(): void }): TestClient {
  return { client, end: () => client.disconnect() }
}
