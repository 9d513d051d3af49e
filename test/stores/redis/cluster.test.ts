import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { RedisStore } from '../../../src/redis.js'
import { fakeClock, storeContract } from '../../../src/testing.js'
import { startRedisCluster, type TestCluster } from '../../support/redis-cluster.js'
import { hasRedis } from '../../support/redis-server.js'
import { CLUSTER_CLIENTS, type TestClient } from './clients.js'

const clock = fakeClock()
let cluster: TestCluster
let made: TestClient

describe.skipIf(!hasRedis)('RedisStore keeps the store contract', () => {
  beforeAll(async () => {
    cluster = await startRedisCluster()
  }, 30_000)
  afterAll(() => cluster.remove())

  describe.each(Object.entries(CLUSTER_CLIENTS))('with %s', (_name, connect) => {
    beforeAll(async () => {
      made = await connect(cluster)
    })
    afterAll(() => made.end())
    const create = () => new RedisStore({ client: made.client, prefix: randomUUID(), clock })
    for (const { name, run } of storeContract({ create, clock })) test(name, run)
  })
})
