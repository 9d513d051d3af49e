import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { RedisStore } from '../../../src/redis.js'
import { fakeClock, storeContract } from '../../../src/testing.js'
import { hasRedis, startRedis } from '../../support/redis-server.js'
import type { TestServer } from '../../support/server-process.js'
import { CLIENTS, type TestClient } from './clients.js'

const clock = fakeClock()
let server: TestServer
let made: TestClient

describe.skipIf(!hasRedis)('RedisStore keeps the store contract', () => {
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.remove())

  describe.each(Object.entries(CLIENTS))('with a client of %s', (_name, connect) => {
    beforeAll(async () => {
      made = await connect(server.url)
    })
    afterAll(() => made.end())
    const create = () => new RedisStore({ client: made.client, prefix: randomUUID(), clock })
    for (const { name, run } of storeContract({ create, clock })) test(name, run)
  })

  describe('with a URL', () => {
    const create = () => new RedisStore({ url: server.url, prefix: randomUUID(), clock })
    for (const { name, run } of storeContract({ create, clock })) test(name, run)
  })
})
