import express from 'express'
import original from 'express-session'
import { describe, expect, it } from 'vitest'
import { session } from '../../src/express/session.js'
import dropIn, { fromExpressStore } from '../../src/express-session.js'
import { sessionOf } from '../../src/index.js'
import { fakeClock, storeContract } from '../../src/testing.js'
import { Client, serve } from '../support/http.js'
import { SECRET, START } from './harness.js'

const NO_INSERT = 'there is only `set`, and ids are random, so that none comes twice'

/** What a store of whole rows without expiry of its own cannot promise, and why. */
const EXCEPTIONS: Record<string, string> = {
  'C3: a second create rejects and keeps the first record': NO_INSERT,
  'C17: of 50 creates of one key at once, one wins': NO_INSERT,
  'C8: a touch sets the times and nothing else': 'rows are JSON, so blanks in a text do not survive',
  'C15: texts come back exactly': 'as above',
}

/** A store for express-session as small as it gets. */
function rowStore() {
  const rows = new Map<string, string>()
  const store = {
    rows,
    calls: [] as string[],
    get(sid: string, callback: (error?: unknown, row?: unknown) => void) {
      store.calls.push(`get ${sid}`)
      const text = rows.get(sid)
      setImmediate(() => callback(null, text === undefined ? undefined : JSON.parse(text)))
    },
    set(sid: string, row: unknown, callback?: (error?: unknown) => void) {
      store.calls.push(`set ${sid}`)
      const text = JSON.stringify(row)
      setImmediate(() => {
        rows.set(sid, text)
        callback?.()
      })
    },
    destroy(sid: string, callback?: (error?: unknown) => void) {
      store.calls.push(`destroy ${sid}`)
      rows.delete(sid)
      if (callback) setImmediate(callback)
    },
  }
  return store
}

describe('the contract of stores, of fromExpressStore', () => {
  const clock = fakeClock()
  const cases = storeContract({ create: () => fromExpressStore(rowStore(), { clock }), clock })
  it.each(cases.filter(({ name }) => !(name in EXCEPTIONS)))('$name', ({ run }) => run())

  it('is broken only where that is said', async () => {
    const excepted = cases.filter(({ name }) => name in EXCEPTIONS)
    expect(excepted).toHaveLength(Object.keys(EXCEPTIONS).length)
    for (const { run } of excepted) await expect(run()).rejects.toThrow()
  })

  it('says what it cannot guarantee', () => {
    const nothing = { atomicUpdate: false, insertOnlyCreate: false, keepsExpired: false, hashedIds: false }
    expect(fromExpressStore(rowStore()).capabilities).toEqual(nothing)
  })

  it('asks the store once for a new session, and looks first where it must not create or must tell', async () => {
    const inner = rowStore()
    const store = fromExpressStore(inner)
    const callsOf = async (work: () => Promise<unknown>) => {
      inner.calls.length = 0
      await work()
      return inner.calls.map((call) => call.split(' ', 1)[0]).join(' ')
    }
    const times = { lastSeenAt: 1, expiresAt: Date.now() + 1000 }
    const record = { version: 1, createdAt: 1, ...times, fields: {} }
    expect(await callsOf(() => store.create('a', record))).toBe('set')
    expect(await callsOf(() => store.read('a'))).toBe('get')
    expect(await callsOf(() => store.update('a', { set: { n: '1' } }))).toBe('get set')
    expect(await callsOf(() => store.touch('a', times))).toBe('get set')
    expect(await callsOf(() => store.delete('a'))).toBe('get destroy')
    expect(await callsOf(() => store.delete('a'))).toBe('get')
    expect(await callsOf(() => store.update('a', {}))).toBe('get')
    expect(await callsOf(() => store.touch('a', times))).toBe('get')
  })

  it.each([[undefined], [{}], [{ get() {}, set() {} }]])('refuses what is no store: %o', (store) => {
    expect(() => fromExpressStore(store as never)).toThrow(expect.objectContaining({ code: 'bad-option' }))
  })
})

describe('a row that express-session has written', () => {
  const put = (cookie: object) => {
    const store = rowStore()
    store.rows.set('sid', JSON.stringify({ cookie, user: 'ada', cart: [1] }))
    const clock = fakeClock(START)
    return { rows: store.rows, clock, store: fromExpressStore(store, { clock }) }
  }

  it('has its data, the expiry of its cookie, and a first visit that is due to be written', async () => {
    const { store } = put({ originalMaxAge: 1000, expires: new Date(START + 1000) })
    expect(await store.read('sid')).toEqual({
      version: 1,
      createdAt: START,
      lastSeenAt: 0,
      expiresAt: START + 1000,
      fields: { user: '"ada"', cart: '[1]' },
    })
  })

  it('lives for a day when its cookie ends with the browser', async () => {
    const { store } = put({ originalMaxAge: null, expires: null })
    expect(await store.read('sid')).toMatchObject({ expiresAt: START + 86_400_000 })
  })

  it('has an absolute clock from the first touch on, which later ones do not move', async () => {
    const { store, clock } = put({ originalMaxAge: null, expires: null })
    await store.touch('sid', { lastSeenAt: clock(), expiresAt: clock() + 5000 })
    clock.advance(1000)
    await store.touch('sid', { lastSeenAt: clock(), expiresAt: clock() + 5000 })
    expect(await store.read('sid')).toMatchObject({
      createdAt: START,
      lastSeenAt: START + 1000,
      expiresAt: START + 6000,
    })
  })

  it('stays one that express-session understands', async () => {
    const { store, rows } = put({ originalMaxAge: null, expires: null })
    await store.update('sid', { set: { n: '1' }, expiresAt: START + 7000 })
    expect(JSON.parse(rows.get('sid') ?? '')).toMatchObject({
      user: 'ada',
      n: 1,
      cookie: {
        path: '/',
        httpOnly: true,
        expires: new Date(START + 7000).toISOString(),
        originalMaxAge: 7000,
      },
    })
  })

  it.each(['"text"', '[]', '{"__sessmw":{"version":"x"},"cookie":{}}', '{"cookie":{"expires":"never"}}'])(
    'is corrupt when it is %s',
    async (text) => {
      const inner = rowStore()
      inner.rows.set('sid', text)
      expect(await fromExpressStore(inner).read('sid')).toBe('corrupt')
    },
  )

  it('is none when the store says ENOENT', async () => {
    const inner = rowStore()
    inner.get = (_sid, callback) => callback(Object.assign(new Error('no file'), { code: 'ENOENT' }))
    expect(await fromExpressStore(inner).read('sid')).toBeNull()
  })
})

describe.each([
  ['express-session', original],
  ['the drop-in', dropIn],
])('a user logged in with %s', (_name, module) => {
  const begin = async () => {
    const store = new module.MemoryStore()
    const before = express()
    const options = { secret: SECRET, name: 'sid', resave: false, saveUninitialized: false, store }
    before.use(module(options))
    before.get('/login', (req, res) => {
      Object.assign(req.session, { user: 'ada' })
      res.end()
    })
    before.get('/user', (req, res) => void res.json({ ...req.session, cookie: undefined }))
    const old = new Client(await serve(before))
    await old.get('/login')
    const after = express()
    after.use(session({ secretKey: SECRET, store: fromExpressStore(store), secure: false }))
    after.get('/user', (req, res) => void res.json({ ...sessionOf(req).data }))
    after.get('/write', (req, res) => {
      Object.assign(sessionOf(req).data, { visits: 1 })
      res.end()
    })
    const moved = new Client(await serve(after))
    for (const [name, value] of old.cookies) moved.cookies.set(name, value)
    return { old, moved }
  }

  it('stays logged in with session() and the same store', async () => {
    const { moved } = await begin()
    expect((await moved.get('/user')).json()).toEqual({ user: 'ada' })
    expect((await moved.get('/write')).setCookies).toEqual([])
    expect((await moved.get('/user')).json()).toEqual({ user: 'ada', visits: 1 })
  })

  it('can go back', async () => {
    const { moved, old } = await begin()
    await moved.get('/write')
    expect((await old.get('/user')).json()).toMatchObject({ user: 'ada', visits: 1 })
  })
})
