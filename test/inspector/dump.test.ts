import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { decodeField, encodeField } from '../../src/core/field-codec.js'
import { createSessions, MemoryStore, type Store } from '../../src/index.js'
import { createInspector } from '../../src/inspector/inspector.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { BEARER, closeAll, contentsOf, type Data, listen, rig, SECRET, TOKEN } from './inspector-helpers.js'

afterEach(closeAll)

describe('the dump', () => {
  it('shows each living session, but neither its id nor its cookie', async () => {
    const { visit, dump, get, sessions } = await rig()
    const { id, cookie } = await visit({ test_counter: 3, theme: 'dark' })
    const session = await sessions.open(`sid=${cookie}`)
    const { now, store, count, sessions: shown } = await dump()
    expect([typeof now, store, count]).toEqual(['number', 'MemoryStore', 1])
    expect(shown).toEqual([
      {
        handle: session.handle,
        owner: null,
        data: { test_counter: 3, theme: 'dark' },
        createdAt: session.createdAt,
        lastSeenAt: session.expiresAt - 86_400_000,
        expiresAt: session.expiresAt,
      },
    ])
    const text = await (await get('/sessions.json', BEARER)).text()
    expect(text).not.toContain(id)
    expect(text).not.toContain(decodeURIComponent(cookie).split('.')[1])
  })

  it('is valid and empty when there are no sessions', async () => {
    const { dump } = await rig()
    expect(await dump()).toMatchObject({ count: 0, sessions: [] })
  })

  it('names the owner', async () => {
    const { dump, sessions } = await rig()
    const session = await sessions.open()
    await session.login(42)
    await sessions.commit(session)
    expect((await dump()).sessions[0]?.owner).toBe('42')
  })

  it('creates, touches and extends nothing, whatever is asked and whoever asks', async () => {
    const clock = fakeClock()
    const { visit, store, get, dump } = await rig({ auth: TOKEN }, clock)
    const { cookie } = await visit({ a: 1 })
    await visit({ b: 2 })
    const before = await contentsOf(store)
    clock.advance(3_600_000)
    await dump()
    for (const path of ['/', '/icon.svg', '/sessions.json', '/nothing'])
      for (const headers of [{}, BEARER, { ...BEARER, Cookie: `sid=${cookie}` }]) {
        const response = await get(path, headers)
        await response.text()
        expect(response.headers.get('set-cookie')).toBeNull()
      }
    expect(await contentsOf(store)).toBe(before)
  })

  it('leaves out what has expired', async () => {
    const clock = fakeClock()
    const { visit, dump } = await rig({ auth: TOKEN }, clock)
    await visit({ a: 1 })
    clock.advance(86_400_000)
    expect((await dump()).count).toBe(0)
  })

  it('shows those seen last, newest first, and counts all', async () => {
    const clock = fakeClock()
    const { visit, dump } = await rig({ auth: TOKEN }, clock)
    for (const n of [1, 2, 3, 4, 5]) {
      await visit({ n })
      clock.advance(1000)
    }
    const { count, sessions } = await dump('?limit=3')
    expect(count).toBe(5)
    expect(sessions.map(({ data }) => data.n)).toEqual([5, 4, 3])
  })

  it.each(['0', '-1', '1.5', '1001', 'all', ''])('refuses the limit %j', async (limit) => {
    const { get } = await rig()
    expect((await get(`/sessions.json?limit=${limit}`, BEARER)).status).toBe(400)
  })

  it('keeps flash messages and other fields that are no data to itself', async () => {
    const { sessions, dump } = await rig()
    const session = await sessions.open()
    session.data.seen = true
    await session.flash('notice', 'only for the reader')
    await sessions.commit(session)
    expect((await dump()).sessions[0]?.data).toEqual({ seen: true })
  })

  it('keeps the JSON form of values that JSON lacks', async () => {
    const { sessions, dump } = await rig()
    const session = await sessions.open()
    session.data.at = new Date(0)
    session.data.sizes = new Map([['s', 1n]])
    await sessions.commit(session)
    expect((await dump()).sessions[0]?.data).toEqual({
      at: { $type: 'Date', value: '1970-01-01T00:00:00.000Z' },
      sizes: { $type: 'Map', value: [['s', { $type: 'BigInt', value: '1' }]] },
    })
  })

  it('shows the readable fields of a record that another program spoiled', async () => {
    const { store, dump } = await rig()
    const now = Date.now()
    const times = { createdAt: now, lastSeenAt: now, expiresAt: now + 60_000 }
    const deep = '['.repeat(50_000) + ']'.repeat(50_000)
    await store.create('k'.repeat(43), { version: 1, ...times, fields: { bad: '{', good: '1', deep } })
    expect((await dump()).sessions[0]?.data).toMatchObject({ bad: '[unreadable]', good: 1 })
  })

  it('is JSON whatever names and values are in the store', async () => {
    const { store, dump } = await rig({ auth: TOKEN, reveal: true })
    const now = Date.now()
    const times = { createdAt: now, lastSeenAt: now, expiresAt: now + 60_000 }
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary' }),
        fc.json({ stringUnit: 'binary' }),
        async (name, text) => {
          await store.clear()
          await store.create('k'.repeat(43), { version: 1, ...times, fields: { [`x${name}`]: text } })
          const stored = encodeField(decodeField(text), 'x', { maxDepth: 100 })
          expect((await dump()).sessions[0]?.data).toEqual({ [`x${name}`]: JSON.parse(stored) })
        },
      ),
      { numRuns: 50 },
    )
  })
})

describe('stores', () => {
  const start = async (store: Store) => {
    const sessions = createSessions<Data>({ secretKey: SECRET, store })
    const handler = createInspector(sessions, { auth: TOKEN }, () => undefined)
    const port = await listen((request, response) => handler(request, response))
    return () => fetch(`http://localhost:${port}/sessions.json`, { headers: BEARER })
  }

  it('that cannot list give 501 and say so', async () => {
    const { create, read, update, touch, delete: remove } = new MemoryStore()
    const response = await (await start({ create, read, update, touch, delete: remove }))()
    expect(response.status).toBe(501)
    expect(await response.json()).toMatchObject({ error: { code: 'store-incapable' } })
  })

  it('that fail give 503 and the reason', async () => {
    const store = new MemoryStore()
    const get = await start(store)
    await store.close()
    const response = await get()
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ error: { code: 'store-closed' } })
  })

  it('with many sessions: a client that goes away early leaves the server well', async () => {
    const { sessions, get, dump } = await rig()
    for (let n = 0; n < 300; n += 1) {
      const session = await sessions.open()
      session.data.n = 'x'.repeat(190)
      await sessions.commit(session)
    }
    const leaving = new AbortController()
    const response = await fetch(`${(await get('/')).url}sessions.json`, {
      headers: BEARER,
      signal: leaving.signal,
    })
    leaving.abort()
    await expect(response.text()).rejects.toThrow()
    expect((await dump()).sessions).toHaveLength(300)
  })
})
