// What the core promises about requests, over real HTTP.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import express, { type Request, type Response } from 'express'
import { describe, expect, it } from 'vitest'
import { type SessionMiddleware, session, sessionOf } from '../../src/index.js'
import { Client, serve } from '../support/http.js'
import { rejection, unhandledDuring } from './harness.js'
import { app, make } from './http-app.js'

describe('req.session assigned', () => {
  const assigned = async (value: unknown, given: object = {}) => {
    const world = await app((server) => {
      server.get('/assign', (req, res) => {
        if (value === 'delete') Reflect.deleteProperty(req, 'session')
        else Reflect.set(req, 'session', value)
        res.json({})
      })
      server.get('/read', (req, res) => {
        res.json({ ...req.session })
      })
    }, given)
    await world.client.get('/start')
    return { ...world, answer: await world.client.get('/assign') }
  }

  it('null destroys, and clears the cookie', async () => {
    const { answer, store, events } = await assigned(null)
    expect(answer.setCookies[0]).toContain('Max-Age=0')
    expect(await store.count()).toBe(0)
    expect(events.at(-1)).toMatchObject({ save: 'destroyed', cookie: 'cleared' })
  })

  it('null, with a store that fails, is a 503, and the session stays', async () => {
    const world = await app((server) => {
      server.get('/null', (req, res) => {
        Reflect.set(req, 'session', null)
        res.json({})
      })
      server.get('/read', (req, res) => {
        res.json({ ...req.session })
      })
    })
    await world.client.get('/start')
    world.store.faults.fail('delete')
    const answer = await world.client.get('/null')
    expect([answer.status, answer.setCookies]).toEqual([503, []])
    world.store.faults.heal()
    expect((await world.client.get('/read')).json()).toEqual({ user: 'u1' })
  })

  it.each([[{}], [{ user: 'other' }], ['text'], [false]])(
    '%j fails the request, and the session stays',
    async (value) => {
      const { answer, client } = await assigned(value)
      expect([answer.status, answer.json()]).toEqual([500, { code: 'session-replaced' }])
      expect((await client.get('/read')).json()).toEqual({ user: 'u1' })
    },
  )

  it.each([undefined, 'delete'])('%s changes nothing', async (value) => {
    const { answer, client } = await assigned(value)
    expect(answer.status).toBe(200)
    expect((await client.get('/read')).json()).toEqual({ user: 'u1' })
  })

  it('null on a session that is not loaded fails the request', async () => {
    const { client } = await app(
      (server) => {
        server.get('/null', (req, res) => {
          Reflect.set(req, 'session', null)
          res.json({})
        })
      },
      { lazy: true },
    )
    expect((await client.get('/null')).json()).toEqual({ code: 'session-not-loaded' })
  })
})

describe('F29: several middlewares', () => {
  const serving = async (...middlewares: SessionMiddleware[]) => {
    const server = express()
    for (const middleware of middlewares) server.use(middleware)
    server.get('/', (req, res) => {
      req.session.n = (req.session.n ?? 0) + 1
      const other = Reflect.get(req, 'visit')
      if (other !== undefined) other.n = 10 * req.session.n
      res.json({ n: req.session.n, other: other?.n })
    })
    server.use((error: { code?: string }, _req: Request, res: Response, _next: unknown) => {
      res.status(500).json({ code: error.code })
    })
    return new Client(await serve(server))
  }

  it('the same one twice does nothing more', async () => {
    const middleware = make()
    let requests = 0
    middleware.sessions.events.on('request', () => void requests++)
    const client = await serving(middleware, middleware)
    expect((await client.get('/')).setCookies).toHaveLength(1)
    expect((await client.get('/')).json()).toEqual({ n: 2 })
    expect(requests).toBe(2)
  })

  it('two with names of their own both work', async () => {
    const [one, two] = [make(), make({ sessionCookie: 'visit', sessionObject: 'visit' })]
    const client = await serving(one, two)
    const { setCookies } = await client.get('/')
    expect(setCookies.map((line) => line.split('=', 1)[0])).toEqual(['sid', 'visit'])
    expect((await client.get('/')).json()).toEqual({ n: 2, other: 20 })
    expect(
      await Promise.all([one, two].map(async ({ sessions }) => (await sessions.list()).sessions.length)),
    ).toEqual([1, 1])
  })

  it.each([
    ['sessionCookie', { sessionObject: 'visit' }],
    ['sessionObject', { sessionCookie: 'visit' }],
  ])('two with the same %s fail the request, and name it', async (_what, given) => {
    const client = await serving(make(), make(given))
    expect((await client.get('/')).json()).toEqual({ code: 'duplicate-middleware' })
  })
})

describe('upgrades and other things without a response', () => {
  const request = (cookie?: string) => ({
    headers: { ...(cookie && { cookie }) },
    method: 'GET',
    url: '/socket',
    socket: {},
  })
  const upgrade = (middleware: SessionMiddleware, cookie?: string) => {
    const req = request(cookie) as unknown as Request
    return new Promise<Request>((resolve, reject) => {
      middleware(req, {} as unknown as ServerResponse, (error) => (error ? reject(error) : resolve(req)))
    })
  }

  it('read the session, and save explicitly', async () => {
    const { client, sessions } = await app((server) => {
      server.get('/read', (req, res) => {
        res.json({ ...req.session })
      })
    })
    await client.get('/start')
    const req = await upgrade(session(sessions), `sid=${client.cookies.get('sid')}`)
    expect(req.session.user).toBe('u1')
    req.session.socket = true
    await req.session.save()
    await sessionOf(req).update('count', (n) => (n ?? 0) + 1)
    expect((await client.get('/read')).json()).toEqual({ user: 'u1', socket: true, count: 1 })
    await req.session.reload()
    await req.session.destroy()
    expect((await client.get('/read')).json()).toEqual({})
  })

  it('without a cookie, saving says that it cannot reach the browser', async () => {
    const { sessions } = await app(() => undefined)
    const req = await upgrade(session(sessions))
    req.session.a = 1
    expect(await rejection(req.session.save())).toMatchObject({ code: 'cookie-too-late' })
    expect((await sessions.list()).sessions).toEqual([])
  })

  it('a failure that nobody awaits is told as a process warning', async () => {
    const { client, sessions, store } = await app(() => undefined)
    await client.get('/start')
    const req = await upgrade(session(sessions), `sid=${client.cookies.get('sid')}`)
    store.faults.fail('update')
    const warned = new Promise((resolve) => process.once('warning', resolve))
    const unhandled = await unhandledDuring(async () => {
      req.session.a = 1
      void req.session.save()
    })
    expect(unhandled).toEqual([])
    expect(String(await warned)).toMatch(/store/)
  })
})

describe('plain node:http', () => {
  it('works with await, and with a function as next', async () => {
    const middleware = make()
    const server = createServer(async (req, res) => {
      const request = req as IncomingMessage & Pick<Request, 'session'>
      if (req.url === '/await') await middleware(req, res)
      else await new Promise<void>((resolve) => middleware(req, res, () => resolve()))
      request.session.n = (request.session.n ?? 0) + 1
      res.end(String(request.session.n))
    })
    const client = new Client(await serve((req, res) => void server.emit('request', req, res)))
    expect((await client.get('/await')).text).toBe('1')
    expect((await client.get('/next')).text).toBe('2')
  })
})

describe('events', () => {
  it('listeners that throw or reject break neither the request nor each other', async () => {
    const { client, sessions, events } = await app(() => undefined)
    const heard: string[] = []
    for (const name of ['created', 'request'] as const) {
      sessions.events.prependListener(name, () => {
        throw new Error('listener')
      })
      sessions.events.prependListener(name, (async () => {
        throw new Error('async listener')
      }) as () => void)
      sessions.events.once(name, () => void heard.push(name))
    }
    const warnings: string[] = []
    const listener = (warning: Error) => void warnings.push(warning.message)
    process.on('warning', listener)
    const unhandled = await unhandledDuring(async () => {
      expect((await client.get('/start')).status).toBe(200)
      client.cookies.clear()
      expect((await client.get('/start')).status).toBe(200)
    })
    process.off('warning', listener)
    expect(unhandled).toEqual([])
    expect(heard).toEqual(['created', 'request'])
    expect(events).toHaveLength(2)
    expect(warnings.filter((text) => text.includes('listener'))).toHaveLength(8)
  })

  it('name the whole path, also of a route in a router, without its query', async () => {
    const { client, events } = await app((server) => {
      const router = express.Router()
      router.get('/deep', (_req, res) => {
        res.end()
      })
      server.use('/api', router)
    })
    await client.get('/api/deep?token=secret')
    expect(events.at(-1)).toMatchObject({ method: 'GET', path: '/api/deep' })
    expect(JSON.stringify(events)).not.toContain('secret')
  })

  it('requests come through diagnostics_channel too', async () => {
    const { subscribe, unsubscribe } = await import('node:diagnostics_channel')
    const seen: unknown[] = []
    const listener = (message: unknown) => void seen.push(message)
    subscribe('sessmw:request', listener)
    const { client } = await app(() => undefined)
    await client.get('/start')
    unsubscribe('sessmw:request', listener)
    expect(seen).toMatchObject([{ load: 'none', save: 'created', cookie: 'set', path: '/start' }])
  })

  it('S57: 100 forged cookies are 100 rejected events, without line breaks', async () => {
    const { client, sessions } = await app(() => undefined)
    const rejected: unknown[] = []
    sessions.events.on('rejected', (event) => void rejected.push(event))
    for (let n = 0; n < 100; n++)
      await client.get('/nothing', { cookie: `sid=s%3A%0d%0a${n}.${'x'.repeat(43)}` })
    expect(rejected).toHaveLength(100)
    expect(JSON.stringify(rejected)).not.toMatch(/\\r|\\n/)
  })
})

describe('ownerOf', () => {
  it('binds, and unbinds, whenever the session is saved', async () => {
    const { client, sessions } = await app(
      (server) => {
        server.get('/in', (req, res) => {
          req.session.passport = { user: 7 }
          res.end()
        })
        server.get('/out', (req, res) => {
          delete req.session.passport
          req.session.a = 1
          res.end()
        })
      },
      { ownerOf: (data: { passport?: { user: number } }) => data.passport?.user },
    )
    await client.get('/in')
    expect((await sessions.list({ owner: 7 })).sessions).toHaveLength(1)
    await client.get('/out')
    expect((await sessions.list({ owner: 7 })).sessions).toHaveLength(0)
    await client.get('/in')
    expect(await sessions.revokeOwner(7)).toBe(1)
  })
})

describe('skip', () => {
  it('leaves a request without a session, and its verdict says so', async () => {
    const { client, events } = await app(
      (server) => {
        server.get('/skipped', (req, res) => {
          let code: unknown
          try {
            sessionOf(req)
          } catch (error) {
            code = Reflect.get(error as object, 'code')
          }
          res.json({ has: 'session' in req, code })
        })
      },
      { skip: (req: IncomingMessage) => req.url === '/skipped' },
    )
    expect((await client.get('/skipped')).json()).toEqual({ has: false, code: 'session-missing' })
    expect(events.at(-1)).toMatchObject({ load: 'skipped', save: 'unchanged', cookie: 'unchanged' })
  })
})
