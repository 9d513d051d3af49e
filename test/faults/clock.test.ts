// Clocks that jump, and hosts whose clocks differ.
import { describe, expect, it } from 'vitest'
import { MemoryStore, session } from '../../src/index.js'
import { Client, SECRET } from '../support/http.js'
import { faultApp } from './support.js'

const HOUR = 3_600_000

describe('F9: a clock that jumps a day ahead', () => {
  it('ends the sessions, and the next login works', async () => {
    const { client, clock, verdicts } = await faultApp()
    await client.get('/login')
    clock.advance('1d')
    const answer = await client.get('/me')
    expect([answer.status, answer.text]).toEqual([200, '{}'])
    expect((await verdicts.of('/me')).load).toBe('expired-idle')
    await client.get('/login')
    expect((await client.get('/me')).json()).toEqual({ user: 'u1' })
  })

  it('lets 200 000 expired sessions be swept in slices, with turns of the event loop between them', async () => {
    let now = Date.UTC(2030, 0, 1)
    const store = new MemoryStore({ clock: () => now, maxSessions: 200_000, maxBytes: 2 ** 30 })
    for (let n = 0; n < 200_000; n++) {
      const times = { createdAt: now, lastSeenAt: now, expiresAt: now + HOUR }
      await store.create(`key-${n}`, { version: 1, ...times, fields: { n: String(n) } })
    }
    now += 24 * HOUR
    let turns = 0
    let sweeping = true
    const turn = () => {
      turns++
      if (sweeping) setImmediate(turn)
    }
    setImmediate(turn)
    expect(await store.sweep()).toBe(200_000)
    sweeping = false
    expect(turns).toBeGreaterThanOrEqual(200_000 / 8192 - 1)
  })
})

describe('F10: a clock that jumps back an hour', () => {
  it('keeps the sessions, and moves neither their activity back nor their end ahead', async () => {
    const { client, clock, memory } = await faultApp(undefined, { idleTimeout: '2h', absoluteLifetime: '8h' })
    const start = clock()
    await client.get('/login')
    clock.advance('1h')
    await client.get('/me')
    clock.advance('90m')
    await client.get('/me')
    clock.advance(-HOUR)
    expect((await client.get('/me')).json()).toEqual({ user: 'u1' })
    for await (const [, record] of memory.entries()) {
      expect(record.lastSeenAt).toBe(start + 2.5 * HOUR)
      expect(record.expiresAt).toBe(start + 4.5 * HOUR)
      expect(record.createdAt).toBe(start)
    }
  })

  it('never lets a session live longer than its absolute lifetime after its creation', async () => {
    const { client, clock, memory } = await faultApp(undefined, { idleTimeout: '2h', absoluteLifetime: '8h' })
    const end = clock() + 8 * HOUR
    await client.get('/login')
    for (const step of [1, 1, 1, -1, 1, 1, 1, 1, -1, 1, 1, 1, 1]) {
      clock.advance(step * HOUR)
      await client.get('/me')
      for await (const [, record] of memory.entries()) expect(record.expiresAt).toBeLessThanOrEqual(end)
    }
    expect(clock()).toBeGreaterThan(end)
    expect((await client.get('/me')).text).toBe('{}')
  })

  it('makes a session that is not yet created count as absent, without touching its record', async () => {
    const { client, clock, memory, verdicts, events } = await faultApp()
    await client.get('/login')
    clock.advance(-HOUR)
    expect((await client.get('/me')).text).toBe('{}')
    expect(await verdicts.of('/me')).toMatchObject({ load: 'corrupt', save: 'empty', cookie: 'unchanged' })
    expect(events.at(-1)?.name).toBe('corrupt')
    expect(await memory.count()).toBe(1)
    clock.advance(HOUR)
    expect((await client.get('/me')).json()).toEqual({ user: 'u1' })
  })

  it('two hosts whose clocks differ by 60 s serve the same session', async () => {
    const one = await faultApp()
    const two = await faultApp(undefined, { store: one.store, clock: () => one.clock() - 60_000 })
    await one.client.get('/login')
    const moved = new Client(two.url)
    moved.cookies.set('sid', one.client.cookies.get('sid') as string)
    expect((await moved.get('/me')).json()).toEqual({ user: 'u1' })
    expect((await moved.get('/login')).status).toBe(200)
    expect((await one.client.get('/me')).json()).toEqual({ user: 'u1' })
  })

  it('a cookie sent while the clock is behind ends when its session does', async () => {
    let now = Date.UTC(2030, 0, 1)
    const { sessions } = session({ secretKey: SECRET, maxAge: '1h', clock: () => now })
    const first = await sessions.open()
    first.data.user = 'u1'
    const cookie = (await sessions.commit(first))?.split(';', 1)[0] as string
    now -= 120_000
    const again = await sessions.open(cookie)
    again.data.user = 'u2'
    const sent = await sessions.commit(again)
    const expires = /Expires=([^;]+)/.exec(sent ?? '')?.[1]
    if (expires !== undefined) expect(Date.parse(expires)).toBeCloseTo(again.expiresAt, -3)
    expect(again.expiresAt).toBe(Date.UTC(2030, 0, 1) + HOUR)
  })
})
