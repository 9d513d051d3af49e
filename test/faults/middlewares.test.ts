// Two middlewares, operations that overlap, callbacks that throw, and keys that rotate across a fleet.
import express from 'express'
import { describe, expect, it, vi } from 'vitest'
import { MemoryStore, type SessionEventMap, session, sessionOf } from '../../src/index.js'
import { faultyStore } from '../../src/testing/faulty-store.js'
import { Client, SECRET, serve } from '../support/http.js'
import { faultApp, silent, twin } from './support.js'

const OTHER_SECRET = 'another-secret-0123456789-abcdefghijklm'

describe('F27: a key that is rotated while half of the fleet has it', () => {
  const old = SECRET
  const next = OTHER_SECRET

  async function fleet(...secrets: string[][]) {
    const store = new MemoryStore()
    const hosts = await Promise.all(
      secrets.map(async (secretKey) => (await faultApp(undefined, { store, secretKey })).url),
    )
    return { store, hosts }
  }

  /** One browser behind a load balancer that changes hosts at every request. */
  async function visit(jar: Client, hosts: string[], rounds = 4): Promise<unknown[]> {
    const seen = []
    for (let round = 0; round < rounds; round++) {
      for (const host of hosts) {
        const client = new Client(host)
        for (const [name, value] of jar.cookies) client.cookies.set(name, value)
        seen.push((await client.get('/me')).json().user)
        for (const [name, value] of client.cookies) jar.cookies.set(name, value)
      }
    }
    return seen
  }

  it('logs nobody out when it is first added as one that only verifies', async () => {
    const { hosts } = await fleet([old], [old, next], [next, old], [next])
    const [first = '', added = '', promoted = '', removed = ''] = hosts
    const jar = new Client(first)
    await jar.get('/login')
    for (const both of [
      [first, first],
      [first, added],
      [added, added],
      [added, promoted],
      [promoted, promoted],
      [promoted, removed],
      [removed, removed],
    ]) {
      expect(new Set(await visit(jar, both)), both.join(' and ')).toEqual(new Set(['u1']))
    }
  })

  it('in one step: hosts without it see an unknown signature, and the cookie is kept for the others', async () => {
    const { hosts } = await fleet([old], [next, old])
    const [before = '', after = ''] = hosts
    const jar = new Client(before)
    await jar.get('/login')
    expect(await visit(jar, [before, after, before, after], 1)).toEqual(['u1', 'u1', undefined, 'u1'])
  })
})

describe('F29: two session middlewares', () => {
  const options = (more: object = {}) => ({ secretKey: SECRET, logger: silent, ...more })

  async function mounted(...middlewares: express.RequestHandler[]) {
    const app = express()
    app.set('env', 'test')
    for (const middleware of middlewares) app.use(middleware)
    app.get('/', (req, res) => {
      for (const name of ['session', 'admin'] as const) {
        const bag = Reflect.get(req, name)
        if (bag !== undefined) bag.visits = (bag.visits ?? 0) + 1
      }
      res.json({ session: req.session?.visits, admin: Reflect.get(req, 'admin')?.visits })
    })
    app.use(
      (
        error: { code?: string },
        _req: express.Request,
        res: express.Response,
        _next: express.NextFunction,
      ) => {
        res.status(500).json({ code: error.code })
      },
    )
    return new Client(await serve(app))
  }

  it('the same one twice is as good as once', async () => {
    const store = faultyStore(new MemoryStore())
    const once = session(options({ store }))
    const client = await mounted(once, once)
    const answer = await client.get('/')
    expect([answer.json(), answer.setCookies.length]).toEqual([{ session: 1 }, 1])
    expect(store.faults.calls('create')).toBe(1)
    expect((await client.get('/')).json()).toEqual({ session: 2 })
    expect(store.faults.calls('read')).toBe(1)
  })

  it('two of different names keep two sessions with two cookies', async () => {
    const client = await mounted(
      session(options()),
      session(options({ sessionCookie: 'admin', sessionObject: 'admin' })),
    )
    const answer = await client.get('/')
    expect(answer.json()).toEqual({ session: 1, admin: 1 })
    expect(answer.setCookies.map((line) => line.split('=', 1)[0]).sort()).toEqual(['admin', 'sid'])
    expect((await client.get('/')).json()).toEqual({ session: 2, admin: 2 })
  })

  it.each([
    ['the cookie name', { sessionObject: 'admin' }],
    ['the property', { sessionCookie: 'admin' }],
  ])('two that share %s fail the request with an error that names it', async (_what, more) => {
    const client = await mounted(session(options()), session(options(more)))
    const answer = await client.get('/')
    expect([answer.status, answer.json()]).toEqual([500, { code: 'duplicate-middleware' }])
  })

  it('when the store of one fails, the response is a 503 without any cookie', async () => {
    const store = faultyStore(new MemoryStore())
    const client = await mounted(
      session(options()),
      session(options({ store, sessionCookie: 'admin', sessionObject: 'admin' })),
    )
    store.faults.fail('create')
    const answer = await client.get('/')
    expect([answer.status, answer.setCookies]).toEqual([500, []])
  })
})

describe('F30: operations of one request that overlap', () => {
  async function overlapping(work: (req: express.Request) => Promise<unknown>) {
    const app = await faultApp((express) => {
      express.get('/work', async (req, res) => {
        await work(req)
        res.json({ ok: true })
      })
    })
    return app
  }

  it('save() twice at once creates one session', async () => {
    const { client, memory, store } = await overlapping((req) => {
      req.session.step = 1
      const first = req.session.save()
      req.session.step = 2
      return Promise.all([first, req.session.save()])
    })
    expect((await client.get('/work')).setCookies).toHaveLength(1)
    expect([await memory.count(), store.faults.calls('create')]).toEqual([1, 1])
    expect((await client.get('/me')).json()).toEqual({ step: 2 })
  })

  it('save() twice at once of a stored session ends with the last state', async () => {
    const { client } = await overlapping((req) => {
      req.session.step = 1
      const first = req.session.save()
      req.session.step = 2
      return Promise.all([first, req.session.save(), req.session.save()])
    })
    await client.get('/login')
    await client.get('/work')
    expect((await client.get('/me')).json()).toEqual({ user: 'u1', step: 2 })
  })

  it('regenerate() during a save leaves one session under a new id', async () => {
    const { client, memory } = await overlapping((req) => {
      req.session.step = 1
      const saved = req.session.save()
      return Promise.all([saved, req.session.regenerate({ keep: ['step'] })])
    })
    await client.get('/login')
    const old = twin(client)
    expect((await client.get('/work')).setCookies).toHaveLength(1)
    expect(await memory.count()).toBe(1)
    expect((await client.get('/me')).json()).toEqual({ step: 1 })
    expect((await old.get('/me')).text).toBe('{}')
  })

  it('save() of a new session during which it is regenerated leaves one session', async () => {
    const { client, memory } = await overlapping((req) => {
      req.session.step = 1
      return Promise.all([req.session.save(), req.session.regenerate({ keep: ['step'] })])
    })
    expect((await client.get('/work')).setCookies).toHaveLength(1)
    expect(await memory.count()).toBe(1)
    expect((await client.get('/me')).json()).toEqual({ step: 1 })
  })

  it('destroy() during a save leaves none', async () => {
    const { client, memory } = await overlapping((req) => {
      req.session.step = 1
      return Promise.all([req.session.save(), req.session.destroy()])
    })
    await client.get('/login')
    expect((await client.get('/work')).setCookies).toEqual([expect.stringMatching(/^sid=;/)])
    expect(await memory.count()).toBe(0)
  })

  it('two logins and a regenerate() at once leave one session of the last owner', async () => {
    const { client, memory, verdicts } = await overlapping((req) =>
      Promise.all([sessionOf(req).login('u1'), sessionOf(req).login('u2'), req.session.regenerate()]),
    )
    await client.get('/login')
    expect((await client.get('/work')).setCookies).toHaveLength(1)
    expect(await memory.count()).toBe(1)
    expect(await verdicts.of('/work')).toMatchObject({ save: 'regenerated', owner: 'u2' })
  })
})

describe('F31: callbacks that throw', () => {
  const NAMES: (keyof SessionEventMap)[] = [
    'request',
    'created',
    'destroyed',
    'regenerated',
    'revoked',
    'expired',
    'rejected',
    'corrupt',
    'store-error',
  ]

  it.each([
    [
      'throw',
      () => {
        throw new Error('listener')
      },
    ],
    ['reject', async () => Promise.reject(new Error('listener'))],
  ])(
    'listeners that %s disturb neither the request nor each other, and a destroy is done',
    async (_how, listener) => {
      const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
      const { client, sessions, memory, store, clock } = await faultApp((app) => {
        app.get('/destroy', async (req, res) => {
          await req.session.destroy()
          res.json({ ok: true })
        })
        app.get('/renew', async (req, res) => {
          await req.session.regenerate()
          req.session.user = 'u2'
          res.json({ ok: true })
        })
        app.get('/revoke', async (req, res) => {
          res.json(await sessions.revoke(sessionOf(req).handle))
        })
      })
      const reached = new Set<string>()
      for (const name of NAMES) {
        sessions.events.prependListener(name, listener)
        sessions.events.on(name, () => reached.add(name))
      }
      const statuses = []
      for (const path of ['/login', '/renew', '/destroy', '/login', '/revoke', '/me', '/login']) {
        statuses.push((await client.get(path)).status)
      }
      expect(new Set(statuses)).toEqual(new Set([200]))
      clock.advance('2d')
      await client.get('/me')
      for await (const [key] of memory.entries()) await memory.update(key, { set: { user: '{' } })
      await client.get('/login')
      for await (const [key] of memory.entries()) await memory.update(key, { set: { user: '{' } })
      await client.get('/me')
      store.faults.fail('read')
      expect((await client.get('/me')).status).toBe(503)
      expect([...reached].sort()).toEqual([...NAMES].sort())
      expect(warned).toHaveBeenCalled()
      warned.mockRestore()
    },
  )

  it('a logger that throws disturbs no request', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const fail = () => {
      throw new Error('logger')
    }
    const { client, store } = await faultApp(undefined, { logger: { debug: fail, info: fail, warn: fail } })
    await client.get('/login')
    expect((await client.get('/me')).json()).toEqual({ user: 'u1' })
    store.faults.fail('read')
    expect((await client.get('/me')).status).toBe(503)
    warned.mockRestore()
  })

  it.each<[string, object]>([
    ['skip', { skip: () => boom() }],
    ['ownerOf', { ownerOf: () => boom() }],
    ['cookie', { cookie: () => boom() }],
    ['generateId', { generateId: () => boom() }],
  ])(
    'an option %s that throws fails its request, stores nothing and sends no cookie',
    async (_name, options) => {
      const { client, memory } = await faultApp(undefined, options)
      const answer = await client.get('/login')
      expect([answer.status, answer.setCookies]).toEqual([500, []])
      expect(await memory.count()).toBe(0)
    },
  )

  it('a cookie function that throws when a cookie is sent again fails its request, and not the process', async () => {
    let broken = false
    const { client, clock } = await faultApp(undefined, {
      maxAge: '1h',
      cookie: () => (broken ? boom() : {}),
    })
    await client.get('/login')
    broken = true
    clock.advance('10m')
    const answer = await client.get('/me')
    expect([answer.status, answer.setCookies]).toEqual([500, []])
    broken = false
    expect((await client.get('/me')).json()).toEqual({ user: 'u1' })
  })
})

function boom(): never {
  throw new Error('boom')
}
