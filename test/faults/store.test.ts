// A store that hangs, fails or misbehaves.
import { request } from 'node:http'
import express from 'express'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MemoryStore, type SessmwError, type Store, session, sessionOf } from '../../src/index.js'
import { faultyStore } from '../../src/testing/faulty-store.js'
import type { StoreMethod } from '../../src/testing.js'
import { Client, SECRET, serve } from '../support/http.js'
import { faultApp, settleMemory, silent } from './support.js'

const SHORT = 0.05

const unhandled: unknown[] = []
const note = (reason: unknown) => unhandled.push(reason)
beforeEach(() => {
  unhandled.length = 0
  process.on('unhandledRejection', note)
})
afterEach(() => {
  process.off('unhandledRejection', note)
})

/** Routes that need each method of the store, with a session that exists. */
const routes: Parameters<typeof faultApp>[0] = (app) => {
  app.get('/update', (req, res) => {
    req.session.name = 'new'
    res.json({ ok: true })
  })
  app.get('/logout', async (req, res) => {
    await req.session.destroy()
    res.json({ ok: true })
  })
  app.get('/relogin', async (req, res) => {
    await sessionOf(req).login('u2')
    req.session.user = 'u2'
    res.json({ ok: true })
  })
  app.get('/renew', (req, res) => {
    req.session.regenerate({ keep: ['user'] })
    res.json({ ok: true })
  })
  app.get('/count', async (req, res) => {
    res.json(await sessionOf(req).update('count', (count) => (count ?? 0) + 1))
  })
}

/** Where the handler awaits the operation, the error is its own, and so is the answer. */
const AWAITED = ['/count', '/logout', '/relogin']

const calls: [method: StoreMethod, path: string][] = [
  ['read', '/me'],
  ['update', '/update'],
  ['update', '/count'],
  ['delete', '/logout'],
  ['delete', '/relogin'],
  ['delete', '/renew'],
  ['create', '/renew'],
]

describe('F2: a store that hangs', () => {
  it.each(calls)('in %s answers %s with 503 at its deadline, without a cookie', async (method, path) => {
    const { client, store, verdicts, events } = await faultApp(routes, { storeTimeout: SHORT })
    await client.get('/login')
    store.faults.hang(method)
    const begun = performance.now()
    const answer = await client.get(path)
    expect(performance.now() - begun).toBeLessThan(2_000)
    expect(answer.status).toBe(503)
    expect(answer.json()).toEqual({ code: 'store-timeout' })
    if (!AWAITED.includes(path)) expect(answer.headers.get('retry-after')).toBe('5')
    expect(answer.setCookies).toEqual([])
    expect((await verdicts.of(path)).load).toBe(method === 'read' ? 'store-error' : 'loaded')
    expect(events.at(-1)).toEqual({ name: 'store-error' })
    expect(unhandled).toEqual([])
  })

  it('is well again by itself: the same cookie is still logged in', async () => {
    const { client, store } = await faultApp(routes, { storeTimeout: SHORT })
    await client.get('/login')
    store.faults.hang('read')
    expect((await client.get('/me')).status).toBe(503)
    store.faults.heal()
    expect((await client.get('/me')).json()).toEqual({ user: 'u1' })
  })

  it('keeps nothing of 1000 requests that it has failed', async () => {
    const references: WeakRef<object>[] = []
    const store = faultyStore(new MemoryStore())
    const app = express()
    app.use((req, _res, next) => {
      references.push(new WeakRef(req))
      next()
    })
    app.use(session({ secretKey: SECRET, store, logger: silent, storeTimeout: SHORT }))
    app.get('/login', (req, res) => {
      req.session.user = 'u1'
      res.json({ ok: true })
    })
    app.use(
      (error: SessmwError, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
        res.status(error.status).end()
      },
    )
    const client = new Client(await serve(app))
    await client.get('/login')
    store.faults.hang('read')
    for (let round = 0; round < 20; round++) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => client.get('/me')))
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]))
    }
    await settleMemory()
    // A socket that is kept alive still knows its last request.
    expect(references.filter((reference) => reference.deref() !== undefined).length).toBeLessThan(100)
    store.faults.heal()
    expect((await client.get('/login')).status).toBe(200)
  }, 60_000)

  it('holds up nobody else: a request without a cookie is answered at once', async () => {
    const { client, store } = await faultApp(routes)
    store.faults.hang('read')
    expect((await client.get('/me')).json()).toEqual({})
  })
})

describe('F12: a store that cannot write', () => {
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })

  it.each(calls.slice(1))('in %s answers %s with 503 and keeps the old record', async (method, path) => {
    const { client, store, handled } = await faultApp(routes)
    await client.get('/login')
    store.faults.fail(method, full)
    const answer = await client.get(path)
    expect(answer.status).toBe(503)
    expect(answer.json()).toEqual({ code: 'store-failed' })
    if (!AWAITED.includes(path)) expect(answer.headers.get('retry-after')).toBe('5')
    expect(answer.setCookies).toEqual([])
    expect(handled).toContain(path)
    store.faults.heal()
    // Only where the old session was deleted before the new one failed is it gone.
    expect((await client.get('/me')).json()).toEqual(method === 'create' ? {} : { user: 'u1' })
    expect(unhandled).toEqual([])
  })

  it('that cannot touch fails no request', async () => {
    const { client, store, clock, verdicts } = await faultApp()
    await client.get('/login')
    clock.advance('10m')
    store.faults.fail('touch', full)
    expect((await client.get('/me')).json()).toEqual({ user: 'u1' })
    expect(await verdicts.of('/me')).toMatchObject({ load: 'loaded', save: 'unchanged' })
    store.faults.heal()
    await client.get('/me')
    expect(await verdicts.of('/me')).toMatchObject({ load: 'loaded', save: 'touched' })
  })
})

describe('F2: a store that fails to read', () => {
  it('answers 503 with Retry-After before the handler, and neither sets nor clears a cookie', async () => {
    const { client, store, handled, events } = await faultApp()
    await client.get('/login')
    handled.length = 0
    store.faults.fail('read')
    const answer = await client.get('/me')
    expect([answer.status, answer.headers.get('retry-after'), answer.setCookies]).toEqual([503, '5', []])
    expect(handled).toEqual([])
    expect(events.at(-1)).toEqual({ name: 'store-error' })
    store.faults.heal()
    expect((await client.get('/me')).json()).toEqual({ user: 'u1' })
  })

  it("says Retry-After through Express's own error page too", async () => {
    const store = faultyStore(new MemoryStore())
    const app = express()
    app.set('env', 'test')
    app.use(session({ secretKey: SECRET, store, logger: silent }))
    app.get('/login', (req, res) => {
      req.session.user = 'u1'
      res.json({ ok: true })
    })
    const client = new Client(await serve(app))
    await client.get('/login')
    store.faults.fail('read')
    const answer = await client.get('/login')
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    store.faults.heal()
    store.faults.fail('create')
    client.cookies.clear()
    const unsaved = await client.get('/login')
    expect([unsaved.status, unsaved.headers.get('retry-after')]).toEqual([503, '5'])
  })

  it("gives an anonymous session that cannot be written with onStoreError: 'anonymous'", async () => {
    const { client, store, verdicts } = await faultApp(
      (app) => {
        app.get('/state', (req, res) => {
          res.json({ degraded: sessionOf(req).degraded, data: { ...req.session } })
        })
        app.get('/update', (req, res) => {
          req.session.name = 'x'
          res.json({ ok: true })
        })
      },
      { onStoreError: 'anonymous' },
    )
    await client.get('/login')
    store.faults.fail('read')
    const before = store.faults.calls()
    const state = await client.get('/state')
    expect(state.json()).toEqual({ degraded: true, data: {} })
    expect(state.setCookies).toEqual([])
    const update = await client.get('/update')
    expect([update.status, update.json()]).toEqual([503, { code: 'session-degraded' }])
    expect(update.setCookies).toEqual([])
    expect(store.faults.calls()).toBe(before + 2)
    expect((await verdicts.of('/state')).load).toBe('store-error')
    store.faults.heal()
    expect((await client.get('/state')).json()).toEqual({ degraded: false, data: { user: 'u1' } })
  })

  it('asks the function given as onStoreError, and fails the request when that throws', async () => {
    const seen: string[] = []
    const { client, store } = await faultApp(() => {}, {
      onStoreError: (error, req) => {
        seen.push(`${(error as SessmwError).code} ${req?.url}`)
        if (req?.url === '/me') return 'anonymous'
        throw new Error('the policy is broken')
      },
    })
    await client.get('/login')
    store.faults.fail('read')
    expect((await client.get('/me')).json()).toEqual({})
    const answer = await client.get('/login')
    expect([answer.status, answer.setCookies]).toEqual([503, []])
    expect(seen).toEqual(['store-failed /me', 'store-failed /login'])
  })
})

describe('S45: whatever a store throws', () => {
  const oddities: [string, () => unknown][] = [
    ['rejects with undefined', () => Promise.reject(undefined)],
    ['rejects with text', () => Promise.reject('down')],
    [
      'throws at once',
      () => {
        throw new Error('thrown')
      },
    ],
    [
      'answers with a thenable that throws',
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: the fault under test
        then() {
          throw new Error('thenable')
        },
      }),
    ],
  ]

  it.each(oddities)('a store that %s fails one request with 503, not the process', async (_what, fault) => {
    let broken = false
    const wrap = (memory: MemoryStore): Store => ({
      create: (...args) => (broken ? (fault() as Promise<void>) : memory.create(...args)),
      read: (...args) => (broken ? (fault() as Promise<null>) : memory.read(...args)),
      update: (...args) => memory.update(...args),
      touch: (...args) => memory.touch(...args),
      delete: (...args) => memory.delete(...args),
    })
    const { client } = await faultApp(() => {}, { wrap })
    await client.get('/login')
    broken = true
    expect((await client.get('/me')).status).toBe(503)
    client.cookies.clear()
    const create = await client.get('/login')
    expect([create.status, create.setCookies]).toEqual([503, []])
    broken = false
    expect((await client.get('/login')).status).toBe(200)
    expect(unhandled).toEqual([])
  })

  it('a keyOf() that throws fails the requests that need it, and not the process', async () => {
    const wrap = (memory: MemoryStore): Store => ({
      create: (...args) => memory.create(...args),
      read: (...args) => memory.read(...args),
      update: (...args) => memory.update(...args),
      touch: (...args) => memory.touch(...args),
      delete: (...args) => memory.delete(...args),
      keyOf: () => {
        throw new Error('no key')
      },
    })
    const { client } = await faultApp(() => {}, { wrap })
    expect((await client.get('/me')).status).toBe(200)
    const login = await client.get('/login')
    expect([login.status, login.setCookies]).toEqual([503, []])
    expect(unhandled).toEqual([])
  })

  it('a rejection that comes after the deadline is no unhandled one', async () => {
    let rejectLate = () => {}
    const wrap = (memory: MemoryStore): Store => ({
      create: (...args) => memory.create(...args),
      read: () =>
        new Promise((_resolve, reject) => {
          rejectLate = () => reject(new Error('late'))
        }),
      update: (...args) => memory.update(...args),
      touch: (...args) => memory.touch(...args),
      delete: (...args) => memory.delete(...args),
    })
    const { client } = await faultApp(() => {}, { wrap, storeTimeout: SHORT })
    await client.get('/login')
    expect((await client.get('/me')).json()).toEqual({ code: 'store-timeout' })
    rejectLate()
    await settleMemory()
    expect(unhandled).toEqual([])
  })
})

describe('S43: a write that fails', () => {
  it('after the headers is told as an event, and the process lives', async () => {
    const { url, client, store, events, verdicts } = await faultApp((app) => {
      app.get('/stream', (req, res) => {
        res.write('first')
        req.session.late = 1
        store.faults.fail('update')
        res.end('last')
      })
    })
    await client.get('/login')
    const text = await new Promise<string>((resolve, reject) => {
      const asked = request(`${url}/stream`, { headers: { cookie: `sid=${client.cookies.get('sid')}` } })
      asked.on('response', (response) => {
        let body = ''
        response.on('data', (chunk) => {
          body += chunk
        })
        response.on('end', () => resolve(body))
      })
      asked.on('error', reject)
      asked.end()
    })
    expect(text).toBe('firstlast')
    expect((await verdicts.of('/stream')).save).toBe('failed')
    expect(events.at(-1)).toEqual({ name: 'store-error' })
    store.faults.heal()
    expect((await client.get('/me')).json()).toEqual({ user: 'u1' })
  })
})
