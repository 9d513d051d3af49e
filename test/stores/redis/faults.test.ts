import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { RedisStore } from '../../../src/redis.js'
import { rejection } from '../../core/harness.js'
import { gate } from '../../support/http.js'
import { hasRedis } from '../../support/redis-server.js'
import { look, openStore, ownServer, recordAt, setUp, startApp } from './harness.js'
import { startProxy } from './proxy.js'

const KEY = 'k'.repeat(43)

/** Asks until the answer is as wanted: a client needs a moment to connect again. */
async function until<Answer>(
  ask: () => Promise<Answer>,
  wanted: (answer: Answer) => boolean,
): Promise<Answer> {
  const asked = async () => {
    const answer = await ask()
    if (!wanted(answer)) throw new Error('The answer is not yet as wanted.')
    return answer
  }
  return vi.waitFor(asked, { timeout: 50_000, interval: 20 })
}

describe.skipIf(!hasRedis)('a Redis that goes away', () => {
  it.each(['a url', 'node-redis', 'ioredis'])(
    'between load and save gives a 503 without a cookie, and with %s all is well when it is back',
    async (kind) => {
      const server = await ownServer()
      const store = storeFor(kind, server.url)
      const { sessions, browser } = await startApp(store)
      const visitor = browser()
      expect((await visitor.get('/count')).json()).toEqual({ n: 1 })
      const cookie = visitor.cookies.get('sid')
      const loaded = gate()
      const stopped = gate()
      const { read } = store
      store.read = async (...args) => {
        const record = await read.apply(store, args)
        loaded.open()
        await stopped.opened
        return record
      }
      const asked = visitor.get('/count')
      await loaded.opened
      store.read = read
      await server.stop()
      stopped.open()
      const { status, setCookies } = await asked
      expect([status, setCookies]).toEqual([503, []])
      expect((await visitor.get('/read')).status).toBe(503)
      await server.start()
      const answer = await until(
        () => visitor.get('/count'),
        ({ status }) => status === 200,
      )
      expect(answer.json()).toEqual({ n: 2 })
      expect(visitor.cookies.get('sid')).toBe(cookie)
      await sessions.close()
    },
  )

  it('loses nothing that was acknowledged when it is killed, and gets its scripts again', async () => {
    const server = await ownServer()
    const { store, clock } = await setUp(server)
    await store.create(KEY, recordAt(clock()))
    await store.update(KEY, { set: { n: '2' } })
    await server.kill()
    await server.start()
    const update = () => store.update(KEY, { set: { m: '3' } }).catch(() => 'failed')
    await until(update, (answer) => answer === 'saved')
    expect(await store.read(KEY)).toMatchObject({ version: 3, fields: { n: '2', m: '3' } })
  })

  it.each(['a url', 'node-redis', 'ioredis', 'ioredis that repeats nothing'])(
    'amid a call is used again when it is back, with %s',
    async (kind) => {
      const server = await ownServer()
      const store = storeFor(kind, server.url)
      await store.create(KEY, recordAt(Date.now()))
      server.pause()
      const late = new AbortController()
      const amid = [rejection(store.read(KEY, { signal: late.signal })), rejection(store.count())]
      await new Promise((resolve) => setImmediate(resolve))
      late.abort(new Error('too late'))
      await server.kill()
      await server.start()
      await until(
        () => rejection(store.read(KEY)),
        (error) => error === undefined,
      )
      await Promise.all(amid)
      expect(await store.update(KEY, { set: { n: '2' } })).toBe('saved')
    },
  )

  it('fails calls at once while it is away, before and after the first connection', async () => {
    const server = await ownServer()
    const { store } = await setUp(server)
    await store.ready()
    await server.stop()
    const late = openStore({ url: server.url })
    for (const one of [store, late])
      for (let n = 0; n < 50; n++)
        expect(await rejection(one.read(KEY))).toMatchObject({ code: 'store-failed' })
    await server.start()
    for (const one of [store, late])
      await until(
        () => rejection(one.read(KEY)),
        (error) => error === undefined,
      )
  })
})

describe.skipIf(!hasRedis)('a Redis that does not answer', () => {
  it.each(['a url', 'node-redis', 'ioredis'])(
    'gives 503 in time, with %s sends it no more meanwhile, and recovers by itself',
    async (kind) => {
      const server = await ownServer()
      const proxy = await startProxy(server.port)
      const store = storeFor(kind, proxy.url)
      await store.ready()
      const { browser } = await startApp(store, { storeTimeout: 0.4 })
      const visitor = browser()
      expect((await visitor.get('/count')).json()).toEqual({ n: 1 })
      const redis = await look(server)
      await redis('CLIENT', 'PAUSE', '3000', 'ALL')
      const begun = performance.now()
      const answers = await Promise.all([1, 2, 3].map(() => visitor.get('/read')))
      expect(answers.map(({ status }) => status)).toEqual([503, 503, 503])
      expect(performance.now() - begun).toBeLessThan(2_000)
      proxy.reset()
      for (let n = 0; n < 20; n++) expect((await visitor.get('/count')).status).toBe(503)
      expect(proxy.commands).toEqual([])
      const answer = await until(
        () => visitor.get('/count'),
        ({ status }) => status === 200,
      )
      expect(answer.json()).toEqual({ n: 2 })
    },
  )

  it('holds no session afterwards whose creation was reported as failed', async () => {
    const server = await ownServer()
    const store = openStore({ url: server.url })
    await store.ready()
    const { browser } = await startApp(store, { storeTimeout: 0.4 })
    expect((await browser().get('/count')).status).toBe(200)
    server.pause()
    const failed = await Promise.all([1, 2, 3].map(() => browser().get('/count')))
    expect(failed.map(({ status, setCookies }) => [status, setCookies])).toEqual(Array(3).fill([503, []]))
    server.resume()
    const seen: number[] = []
    await until(
      async () => seen.push(await store.count().catch(() => -1)),
      () => seen.at(-1) === 1 && seen.length > 3,
    )
  })

  it('whose answer is lost and asked for again by ioredis says neither conflict nor saved', async () => {
    const server = await ownServer()
    const proxy = await startProxy(server.port)
    const store = storeFor('ioredis', proxy.url)
    const { redis } = await setUp(server)
    await store.create(KEY, recordAt(Date.now()))
    await store.update(KEY, { set: { m: '1' } })
    proxy.silence('answers')
    const update = rejection(store.update(KEY, { set: { n: '2' }, ifVersion: 2 }))
    await until(
      async () => String(await redis('HGET', `sessmw:s:${KEY}`, '.n')),
      (text) => text === '2',
    )
    proxy.restore()
    proxy.cut()
    expect(await update).toMatchObject({ code: 'store-failed' })
    expect(proxy.commands.filter((name) => name === 'EVALSHA').length).toBeGreaterThan(2)
    expect(await store.read(KEY)).toMatchObject({ version: 3, fields: { n: '2' } })
  })

  it.each(['a url', 'node-redis', 'ioredis that repeats nothing'])(
    'to the first connection either holds up neither the end of the store nor later calls, with %s',
    async (kind) => {
      const server = await ownServer()
      const proxy = await startProxy(server.port)
      proxy.silence()
      const timers = vi.spyOn(globalThis, 'setTimeout')
      onTestFinished(() => timers.mockRestore())
      const store = storeFor(kind, proxy.url)
      const reads = [rejection(store.read(KEY)), rejection(store.ready())]
      const giveUp = () => timers.mock.calls.find(([, ms]) => ms === 10_000)?.[0]
      await until(async () => giveUp(), Boolean)
      giveUp()?.()
      for (const error of [...(await Promise.all(reads)), await rejection(store.read(KEY))])
        expect(error).toMatchObject({ code: 'store-failed', message: 'There is no connection to Redis.' })
      await store.close()
    },
  )

  it('to the first connection either lets the store be closed, which ends the calls that wait', async () => {
    const server = await ownServer()
    const proxy = await startProxy(server.port)
    proxy.silence()
    const store = openStore({ url: proxy.url })
    const read = rejection(store.read(KEY))
    await new Promise((resolve) => setImmediate(resolve))
    await store.close()
    expect(await read).toMatchObject({ code: 'store-failed' })
  })

  it('is reached by a new connection of our own when the old one stays silent', async () => {
    const server = await ownServer()
    const proxy = await startProxy(server.port)
    const store = openStore({ url: proxy.url })
    await store.create(KEY, recordAt(Date.now()))
    proxy.silence()
    const late = new AbortController()
    const unanswered = rejection(store.read(KEY, { signal: late.signal }))
    await until(
      async () => proxy.commands.at(-1),
      (command) => command === 'HGETALL',
    )
    late.abort(new Error('too late'))
    const now = performance.now()
    const clock = vi.spyOn(performance, 'now').mockReturnValue(now + 10_000)
    onTestFinished(() => clock.mockRestore())
    expect(await rejection(store.read(KEY))).toMatchObject({ code: 'store-timeout' })
    clock.mockReturnValue(now + 20_000)
    proxy.restore()
    expect(await rejection(store.read(KEY))).toMatchObject({ code: 'store-timeout' })
    clock.mockRestore()
    expect(await unanswered).toBeInstanceOf(Error)
    await until(
      () => rejection(store.read(KEY)),
      (error) => error === undefined,
    )
  })
})

describe.skipIf(!hasRedis)('a Redis that forgets', () => {
  it('its scripts is told them again, in the middle of many calls', async () => {
    const server = await ownServer()
    const { store, redis, clock } = await setUp(server)
    await store.create(KEY, recordAt(clock()))
    const calls = Array.from({ length: 200 }, async (_, n) => {
      if (n % 20 === 0) await redis('SCRIPT', 'FLUSH')
      return store.update(KEY, { set: { [`f${n}`]: '1' } })
    })
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['saved']))
    expect(await store.read(KEY)).toMatchObject({ version: 201 })
  })

  it('sessions, because its memory is full, forgets whole ones', async () => {
    const server = await ownServer({ maxmemory: '4mb', 'maxmemory-policy': 'allkeys-lru' })
    const { store, redis, clock } = await setUp(server)
    const fields = Object.fromEntries(
      Array.from({ length: 8 }, (_, n) => [`f${n}`, JSON.stringify('x'.repeat(500))]),
    )
    const keys = Array.from({ length: 2_000 }, (_, n) => `${n}`.padEnd(43, 'k'))
    for (const key of keys) {
      await store.create(key, recordAt(clock(), { fields }))
      await store.update(key, { set: { f0: '"new"' } })
    }
    expect(String(await redis('INFO', 'stats'))).toMatch(/evicted_keys:[1-9]/)
    const found = await Promise.all(keys.map((key) => store.read(key)))
    const kept = found.filter((record) => record !== null)
    expect(kept.length).toBeGreaterThan(0)
    expect(kept.length).toBeLessThan(keys.length)
    for (const record of kept)
      expect(record).toMatchObject({ version: 2, fields: { ...fields, f0: '"new"' } })
    const gone = keys[found.indexOf(null)] ?? ''
    expect(await store.update(gone, { set: { f0: '1' } })).toBe('missing')
    expect(await store.touch(gone, { lastSeenAt: clock(), expiresAt: clock() })).toBe(false)
  })
})

function storeFor(kind: string, url: string): RedisStore {
  if (kind === 'a url') return openStore({ url })
  if (kind.startsWith('ioredis')) {
    const repeats = kind === 'ioredis'
    const client = new Redis(url, {
      enableOfflineQueue: repeats,
      autoResendUnfulfilledCommands: repeats,
      lazyConnect: true,
    })
    onTestFinished(() => client.disconnect())
    return openStore({ client })
  }
  // No error listener: the store has to keep the process alive.
  const client = createClient({ url })
  onTestFinished(() => client.destroy())
  return openStore({ client })
}
