// A store in memory has its answer when it is asked: no turn of the event loop passes, and no response is held.
import { mock } from 'node:test'
import express, { type Express } from 'express'
import { describe, expect, it, vi } from 'vitest'
import {
  createSessions,
  MemoryStore,
  type SessionRecord,
  type SessmwError,
  type Store,
  session,
} from '../../src/index.js'
import { Client, SECRET, serve } from '../support/http.js'

async function app(store: Store, routes: (app: Express) => void = () => {}, given: object = {}) {
  const middleware = session({
    secretKey: SECRET,
    store,
    logger: { debug() {}, info() {}, warn() {} },
    ...given,
  })
  const server = express()
  const isSync: boolean[] = []
  server.use((req, res, next) => {
    let within = true
    middleware(req, res, (error) => {
      isSync.push(within)
      next(error)
    })
    within = false
  })
  /** Whether the cookie was there when `end()` had returned. */
  const cookieAtEnd: boolean[] = []
  server.get('/count', (req, res) => {
    req.session.n = ((req.session.n as number | undefined) ?? 0) + 1
    res.json(req.session.n)
    cookieAtEnd.push(res.hasHeader('set-cookie'))
  })
  routes(server)
  server.use(
    (error: SessmwError, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
      res.status(error.status).json({ code: error.code })
    },
  )
  const url = await serve(server)
  return { url, client: new Client(url), isSync, cookieAtEnd, sessions: middleware.sessions }
}

/** A store whose calls of these methods are noted, and answered by the methods that it had. */
function noting(store: MemoryStore, calls: string[]): MemoryStore {
  const { create, read, update } = store
  store.create = (...args) => {
    calls.push('create')
    return create.apply(store, args)
  }
  store.read = (...args) => {
    calls.push('read')
    return read.apply(store, args)
  }
  store.update = (...args) => {
    calls.push('update')
    return update.apply(store, args)
  }
  return store
}

describe('a session in memory', () => {
  it('is loaded and saved within the calls of the middleware and of end()', async () => {
    const { client, isSync, cookieAtEnd } = await app(new MemoryStore())
    for (const n of [1, 2, 3]) expect((await client.get('/count')).json()).toBe(n)
    expect(isSync).toEqual([true, true, true])
    expect(cookieAtEnd).toEqual([true, false, false])
  })

  it('asks the methods that a test or a tool has put in place', async () => {
    const calls: string[] = []
    const { client, isSync, cookieAtEnd } = await app(noting(new MemoryStore(), calls))
    for (const n of [1, 2]) expect((await client.get('/count')).json()).toBe(n)
    expect(calls).toEqual(['create', 'read', 'update'])
    expect(isSync).toEqual([true, false])
    expect(cookieAtEnd).toEqual([false, false])
  })

  it.each([
    ['vi.spyOn', (store: Store, name: 'create' | 'update' | 'read') => vi.spyOn(store, name)],
    ['mock.method', (store: Store, name: 'create' | 'update' | 'read') => mock.method(store, name).mock],
  ])('asks the mock that %s puts in place, which has all properties of the method', async (_what, put) => {
    for (const onSessions of [false, true]) {
      const store = new MemoryStore()
      const { client, sessions } = await app(store)
      await client.get('/count')
      const failing = put(onSessions ? sessions.store : store, 'update')
      failing.mockImplementation(async () => {
        throw new Error('down')
      })
      const answer = await client.get('/count')
      expect([answer.status, answer.json()]).toEqual([503, { code: 'store-failed' }])
    }
  })

  it('asks methods that are put in place between two requests', async () => {
    const calls: string[] = []
    const store = new MemoryStore()
    const { client } = await app(store)
    await client.get('/count')
    noting(store, calls)
    await client.get('/count')
    expect(calls).toEqual(['read', 'update'])
  })

  it('asks the methods of a class that extends the store', async () => {
    const calls: string[] = []
    class Audited extends MemoryStore {
      override update(...args: Parameters<MemoryStore['update']>) {
        calls.push('update')
        return super.update(...args)
      }
    }
    const { client } = await app(new Audited())
    for (const n of [1, 2, 3]) expect((await client.get('/count')).json()).toBe(n)
    expect(calls).toEqual(['update', 'update'])
  })

  it('asks methods that are put on the store of its `sessions`', async () => {
    const { client, sessions } = await app(new MemoryStore())
    await client.get('/count')
    sessions.store.read = () => Promise.reject(new Error('replaced'))
    expect((await client.get('/count')).json()).toEqual({ code: 'store-failed' })
  })

  it('says what is wrong once the store is closed', async () => {
    const { client, sessions } = await app(new MemoryStore())
    await client.get('/count')
    await sessions.close()
    expect((await client.get('/count')).json()).toEqual({ code: 'store-closed' })
    client.cookies.clear()
    const answer = await client.get('/count')
    expect([answer.status, answer.json(), answer.setCookies]).toEqual([503, { code: 'store-closed' }, []])
  })

  it('gets another id when there is a session under the first one', async () => {
    const ids = ['a', 'a', 'b'].map((letter) => letter.repeat(43))
    const { url, client } = await app(new MemoryStore(), undefined, { generateId: () => ids.shift() })
    await client.get('/count')
    const other = new Client(url)
    expect((await other.get('/count')).json()).toBe(1)
    expect(other.cookies.get('sid')).toContain('b'.repeat(43))
    expect((await client.get('/count')).json()).toBe(2)
  })

  it('is never shared with the requests that wrote or read it', async () => {
    const store = new MemoryStore()
    const { url, client } = await app(store, (server) => {
      server.get('/list', (req, res) => {
        req.session.list ??= []
        const list = req.session.list as number[]
        list.push(1)
        res.json(list)
        // Too late to be saved, and nothing of it may reach the store by another way.
        list.push(2)
        req.session.late = true
      })
    })
    for (const length of [1, 2]) expect((await client.get('/list')).json()).toHaveLength(length)
    const other = new Client(url)
    other.cookies.set('sid', client.cookies.get('sid') ?? '')
    expect((await other.get('/list')).json()).toEqual([1, 1, 1])
    const records: SessionRecord[] = []
    for await (const [, record] of store.entries()) records.push(record)
    expect(records.map(({ fields }) => fields)).toEqual([{ list: '[1,1,1]' }])
    expect(records.every((record) => Object.isFrozen(record) && Object.isFrozen(record.fields))).toBe(true)
  })

  it('has the verdict of what was saved when its cookie cannot be made', async () => {
    const { client, sessions } = await app(new MemoryStore(), undefined, {
      maxAge: '1h',
      cookie: ({ url }: { url: string }) => {
        if (isBroken(url)) throw new Error('no cookie today')
        return {}
      },
    })
    let asked = 0
    const isBroken = (url: string) => url === '/count?broken' && ++asked === 1
    const saves: string[] = []
    sessions.events.on('request', ({ save }) => void saves.push(save))
    await client.get('/count')
    await client.get('/count?broken')
    expect((await client.get('/count')).json()).toBe(3)
    expect(saves).toEqual(['created', 'updated', 'updated'])
  })
})

/** A clock that stands still, or throws. */
function breakableClock() {
  const clock = {
    isBroken: false,
    now(): number {
      if (clock.isBroken) throw new Error('no time')
      return 1_700_000_000_000
    },
  }
  return clock
}

describe('a commit in memory', () => {
  it('waits for what a listener of its event has begun', async () => {
    const store = new MemoryStore()
    const sessions = createSessions({ secretKey: SECRET, store })
    const visitor = await sessions.open()
    sessions.events.once('created', () => void visitor.regenerate({ keep: ['a'] }))
    visitor.data.a = 1
    const cookie = (await sessions.commit(visitor))?.split(';', 1)[0]
    expect(visitor.verdict).toMatchObject({ save: 'regenerated', cookie: 'set' })
    expect((await sessions.open(cookie)).data.a).toBe(1)
    expect(await store.count()).toBe(1)
  })

  it('leaves nothing behind when the clock of the store throws', async () => {
    const clock = breakableClock()
    const store = new MemoryStore({ maxSessions: 1, clock: clock.now })
    const sessions = createSessions({ secretKey: SECRET, store })
    const first = await sessions.open()
    first.data.n = 1
    const cookie = (await sessions.commit(first))?.split(';', 1)[0]
    clock.isBroken = true
    const second = await sessions.open()
    second.data.n = 2
    await expect(sessions.commit(second)).rejects.toMatchObject({ code: 'store-failed' })
    clock.isBroken = false
    expect(await store.count()).toBe(1)
    expect((await sessions.open(cookie)).data.n).toBe(1)
  })

  it('changes nothing when the clock of the store throws', async () => {
    const clock = breakableClock()
    const store = new MemoryStore({ maxBytes: 2000, clock: clock.now })
    const sessions = createSessions({ secretKey: SECRET, store })
    const cookies: string[] = []
    for (const text of ['a', 'b']) {
      const visitor = await sessions.open()
      visitor.data.text = text
      cookies.push((await sessions.commit(visitor))?.split(';', 1)[0] as string)
    }
    clock.isBroken = true
    const visitor = await sessions.open(cookies[1])
    visitor.data.text = 'c'.repeat(3000)
    await expect(sessions.commit(visitor)).rejects.toMatchObject({ code: 'store-failed' })
    clock.isBroken = false
    const texts = await Promise.all(cookies.map(async (cookie) => (await sessions.open(cookie)).data.text))
    expect(texts).toEqual(['a', 'b'])
  })
})
