import { once } from 'node:events'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { RedisClient } from '../../../src/redis.js'
import { fakeClock } from '../../../src/testing.js'
import { Browser, setup } from '../../core/harness.js'
import { hasRedis, startRedis } from '../../support/redis-server.js'
import type { TestServer } from '../../support/server-process.js'
import { DAY, openStore, startApp } from './harness.js'
import { startProxy } from './proxy.js'

let server: TestServer

type Connect = (url: string) => { client: RedisClient; end: () => void }

const connects: Record<string, Connect> = {
  'node-redis': (url) => {
    const client = createClient({ url })
    return { client, end: () => client.destroy() }
  },
  ioredis: (url) => {
    const client = new Redis(url)
    return { client, end: () => client.disconnect() }
  },
}

async function app(connect: Connect) {
  const proxy = await startProxy(server.port)
  const { client, end } = connect(proxy.url)
  onTestFinished(end)
  const clock = fakeClock()
  const store = openStore({ client, clock })
  const { browser, sessions } = await startApp(store, { clock })
  const visitor = browser()
  await visitor.get('/fill/16384')
  await visitor.get('/count')
  const ask = async (path: string) => {
    proxy.reset()
    const finished = once(sessions.events, 'request')
    expect((await visitor.get(path)).status).toBe(200)
    await finished
    return proxy.commands
  }
  return { proxy, clock, ask, store, sessions }
}

describe.skipIf(!hasRedis).each(Object.entries(connects))('the commands that %s sends', (_name, connect) => {
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.remove())

  it('are one for a request that reads, and one more for one that writes', async () => {
    const { ask } = await app(connect)
    expect(await ask('/read')).toEqual(['HGETALL'])
    expect(await ask('/untouched')).toEqual(['HGETALL'])
    expect(await ask('/count')).toEqual(['HGETALL', 'EVALSHA'])
  })

  it('are one more once in touchEvery', async () => {
    const { ask, clock } = await app(connect)
    expect(await ask('/read')).toEqual(['HGETALL'])
    clock.advance(61_000)
    expect(await ask('/read')).toEqual(['HGETALL', 'EVALSHA'])
    expect(await ask('/read')).toEqual(['HGETALL'])
  })

  it('are no more for a session with an owner, but for an entry in its index once in a day or more', async () => {
    const { ask, clock } = await app(connect)
    await ask('/login/ada')
    expect(await ask('/count')).toEqual(['HGETALL', 'EVALSHA'])
    clock.advance(DAY - 1)
    expect(await ask('/count')).toEqual(['HGETALL', 'EVALSHA'])
    clock.advance(DAY - 1)
    expect(await ask('/count')).toEqual(['HGETALL', 'EVALSHA', 'EVALSHA', 'EVALSHA'])
    expect(await ask('/count')).toEqual(['HGETALL', 'EVALSHA'])
  })

  it('take less than 1 KB for a change of one key in a session of 16 KB', async () => {
    const { ask, proxy } = await app(connect)
    await ask('/count')
    expect(proxy.bytes).toBeGreaterThan(100)
    expect(proxy.bytes).toBeLessThan(1024)
  })

  it('are none for a lazy session that nobody touches', async () => {
    const { proxy, store, clock } = await app(connect)
    const { sessions } = setup({ lazy: true, store, clock })
    const browser = new Browser(sessions)
    await browser.visit(async (session) => {
      Object.assign((await session.load()).data, { user: 'u1' })
    })
    proxy.reset()
    await browser.visit()
    expect(proxy.commands).toEqual([])
    await browser.visit((session) => session.load())
    expect(proxy.commands).toEqual(['HGETALL'])
  })
})
