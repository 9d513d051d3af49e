import compression from 'compression'
import { afterEach, describe, expect, it } from 'vitest'
import { handleOf } from '../../src/core/session-id.js'
import { eventStream } from '../../src/inspector/event-stream.js'
import { Feed } from '../../src/inspector/feed.js'
import { BEARER, closeAll, rig, TOKEN } from './inspector-helpers.js'
import { EventClient } from './sse.js'

afterEach(closeAll)

const AUTH = { auth: TOKEN }

describe('events', () => {
  it('tell of each request and each change, masked', async () => {
    const { base, visit, api } = await rig()
    await using client = await EventClient.connect(base)
    expect(client.response?.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect((await client.next()).type).toBe('ready')
    const { id, cookie } = await visit({ token: 'canary-6' })
    const handle = handleOf(id)
    const message = await client.next()
    expect(message.data.events?.map(({ type }) => type)).toEqual(expect.arrayContaining(['created']))
    await api('PATCH', `/api/v1/sessions/${handle}`, {
      body: { set: { a: 1 } },
      headers: { 'If-Match': '"1"' },
    })
    expect(await client.event('changed')).toMatchObject({ handle, version: '2', names: ['a'] })
    await api('DELETE', `/api/v1/sessions/${handle}`)
    expect(await client.event('destroyed')).toMatchObject({ handle })
    for (const secret of ['canary-6', id, cookie]) expect(JSON.stringify(message)).not.toContain(secret)
  })

  it('tell in order what was done to a session here, so that the last word is the state', async () => {
    const { base, visit, api } = await rig()
    const path = `/api/v1/sessions/${handleOf((await visit({ a: 1 })).id)}`
    await using client = await EventClient.connect(base)
    await client.next()
    for (const [method, what] of [
      ['DELETE', ''],
      ['POST', '/undo'],
      ['POST', '/expire'],
    ] as const)
      expect((await api(method, path + what)).status).toBe(200)
    const types: string[] = []
    while (!types.includes('expired')) {
      const { data } = await client.next()
      types.push(...(data.events ?? []).map(({ type }) => type))
    }
    const ends = types.filter((type) => ['destroyed', 'restored', 'expired'].includes(type))
    expect(ends).toEqual(['destroyed', 'restored', 'expired'])
  })

  it('of a rejected request come within a second, with the reason', async () => {
    const { base, origin } = await rig()
    await using client = await EventClient.connect(base)
    await client.next()
    const start = performance.now()
    await fetch(`${origin}/read`, { headers: { Cookie: 'sid=plain' } })
    expect(await client.event('request')).toMatchObject({
      request: { load: 'unsigned', problem: { code: 'unsigned' } },
    })
    expect(performance.now() - start).toBeLessThan(1_000)
  })

  it.each([
    ['gzip', 'gzip'],
    ['brotli', 'br'],
  ])('come at once through compression() with %s', async (_name, encoding) => {
    const { base, visit } = await rig(AUTH, Date.now, { before: [compression({ threshold: 0 })] })
    await using client = await EventClient.connect(base, { 'Accept-Encoding': encoding })
    expect(client.response?.headers.get('content-encoding')).toBeNull()
    expect(client.response?.headers.get('cache-control')).toBe('no-store, no-transform')
    await client.next()
    await visit({ a: 1 })
    expect(await client.event('created')).toBeDefined()
    const info = await fetch(`${base}/api/v1/info`, { headers: { ...BEARER, 'Accept-Encoding': encoding } })
    expect(info.headers.get('content-encoding')).toBe(encoding)
  })

  it('go on where a connection ended', async () => {
    const { base, visit } = await rig()
    const first = await EventClient.connect(base)
    await first.next()
    await visit({ a: 1 })
    const { id } = await first.next()
    await first[Symbol.asyncDispose]()
    const { id: sessionId } = await visit({ b: 1 })
    await using second = await EventClient.connect(base, { 'Last-Event-ID': id })
    expect((await second.next()).data).toMatchObject({ resumed: true })
    expect(await second.event('created')).toMatchObject({ handle: handleOf(sessionId) })
  })

  it.each(['', 'x-1', '1', 'other_run-999'])('cannot go on after %j', async (id) => {
    const { base } = await rig()
    await using client = await EventClient.connect(base, { 'Last-Event-ID': id })
    expect((await client.next()).data).toMatchObject({ resumed: false })
  })

  it('are for twenty clients at most, and the place of one that left is free', async () => {
    const { base } = await rig()
    const clients: EventClient[] = []
    for (let n = 0; n < 20; n += 1) {
      const client = await EventClient.connect(base)
      await client.next()
      clients.push(client)
    }
    const refused = await fetch(`${base}/api/v1/events`, { headers: BEARER })
    expect([refused.status, await refused.json()]).toMatchObject([
      429,
      { error: { code: 'too-many-clients' } },
    ])
    await clients.pop()?.[Symbol.asyncDispose]()
    await expect
      .poll(async () => {
        const response = await fetch(`${base}/api/v1/events`, { headers: BEARER })
        await response.body?.cancel()
        return response.status
      })
      .toBe(200)
    for (const client of clients) await client[Symbol.asyncDispose]()
  })

  it('of sessions that a caller may not see are not told', async () => {
    const { base, visit, sessions } = await rig({ ...AUTH, visible: ({ owner }) => owner === 'ada' })
    await using client = await EventClient.connect(base)
    await client.next()
    await visit({ a: 1 })
    const session = await sessions.open()
    await session.login('ada')
    await sessions.commit(session)
    const { data } = await client.next()
    expect(data.events?.map(({ owner }) => owner)).toEqual(['ada'])
  })
})

describe('a stream of events', () => {
  const start = (feed: Feed, more: { lastId?: string; heartbeatMs?: number } = {}) => {
    const leaving = new AbortController()
    const { heartbeatMs = 60_000, lastId } = more
    const isVisible = () => true
    const options = { lastId, heartbeatMs, gatherMs: 1, isVisible, signal: leaving.signal }
    return { stream: eventStream(feed, options), leave: () => leaving.abort() }
  }
  const event = (handle: string, type = 'touched') => ({ type, at: 0, handle, owner: null })
  const dataOf = (text: unknown) => JSON.parse(/data: (.*)/.exec(String(text))?.[1] ?? '{}')

  it('shows that it lives while nothing happens', async () => {
    const { stream } = start(new Feed(1), { heartbeatMs: 5 })
    await stream.next()
    expect((await stream.next()).value).toBe(': ping\n\n')
  })

  it('makes one of those that say the same of one session, and counts what it leaves out', async () => {
    const feed = new Feed(1)
    const { stream } = start(feed)
    await stream.next()
    for (let n = 0; n < 400; n += 1) feed.publish(event(`s${n % 4}`))
    for (let n = 0; n < 120; n += 1) feed.publish(event(`s${n}`, 'created'))
    const { events, dropped } = dataOf((await stream.next()).value)
    expect([events.length, dropped]).toEqual([100, 24])
    expect(events.at(-1).seq).toBe(520)
  })

  it('tells a client that was away too long how much it missed', async () => {
    const feed = new Feed(1)
    for (let n = 0; n < 2_500; n += 1) feed.publish(event(`s${n % 10}`))
    const { stream } = start(feed, { lastId: `${feed.run}-500` })
    expect(dataOf((await stream.next()).value)).toMatchObject({ resumed: true, seq: 500 })
    const { events, dropped } = dataOf((await stream.next()).value)
    expect([events.length, dropped]).toEqual([10, 1_000])
  })

  it('ends when its client leaves', async () => {
    const { stream, leave } = start(new Feed(1))
    await stream.next()
    const next = stream.next()
    leave()
    expect(await next).toEqual({ done: true, value: undefined })
  })
})
