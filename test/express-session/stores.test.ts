import { EventEmitter } from 'node:events'
import { inherits } from 'node:util'
import { describe, expect, it } from 'vitest'
import { bothShow, type Handler, modules, type SessionModule } from './harness.js'
import { count, show } from './scenarios.js'

const both = Object.entries(modules)
type AnyStore = InstanceType<SessionModule['MemoryStore']>

function ask<Value>(
  call: (callback: (error: unknown, value?: Value) => void) => void,
): Promise<Value | undefined> {
  return new Promise((resolve, reject) =>
    call((error, value) => (error ? reject(error as Error) : resolve(value))),
  )
}

describe('what the store is asked', () => {
  it.each([true, false])('is the same whether it answers within the call or later: sync %s', async (sync) => {
    const { log } = await bothShow({ store: { sync }, handler: count, requests: ['/', '/', '/'] })
    expect(log.filter((line) => /^[gs]et id/.test(line))).toHaveLength(5)
  })

  it('and answers with an error at get goes to the error handler', async () => {
    const { answers, log } = await bothShow({
      store: { fails: { get: 0 } },
      handler: count,
      requests: ['/', '/'],
    })
    expect(answers[1]?.body).toBe('error: the store failed to get')
    expect(log.at(-1)).toBe('error the store failed to get')
  })

  it('ENOENT at get means that there is no session', async () => {
    const { answers } = await bothShow({
      store: { fails: { get: 0 }, code: 'ENOENT' },
      handler: count,
      requests: ['/', '/'],
    })
    expect(answers.map(({ body }) => body)).toEqual(['1', '1'])
  })

  it('an error at touch goes to the error handler after the response', async () => {
    const { answers, log } = await bothShow({
      store: { fails: { touch: 0 } },
      handler: show,
      requests: ['/set', '/'],
    })
    expect(answers[1]?.status).toBe(200)
    expect(log.at(-1)).toBe('error the store failed to touch')
  })

  it('an error at save of a session whose cookie need not be sent goes there too', async () => {
    const { answers, log } = await bothShow({
      store: { fails: { set: 2 } },
      handler: count,
      requests: ['/', '/'],
    })
    expect(answers[1]).toMatchObject({ status: 200, body: '2' })
    expect(log.at(-1)).toBe('error the store failed to set')
  })

  it('a row without cookie is an error', async () => {
    const handler: Handler = (req, res, next, context) => {
      if (req.path !== '/break') {
        count(req, res, next, context)
        return
      }
      context.store.put(req.sessionID, { n: 1 })
      req.session.destroy = (() => undefined) as never
      Object.assign(req, { session: undefined })
      res.end()
    }
    const { log } = await bothShow({ handler, requests: ['/', '/break', '/'] })
    expect(log.at(-1)).toBe("error Cannot read properties of undefined (reading 'expires')")
  })

  it('nothing while it is disconnected: requests have no session', async () => {
    const handler: Handler = (req, res, _next, { store }) => {
      if (req.path !== '/') store.emit(req.path.slice(1))
      res.send(typeof req.session)
    }
    const { answers } = await bothShow({ handler, requests: ['/disconnect', '/', '/connect', '/'] })
    expect(answers.map(({ body }) => body)).toEqual(['object', 'undefined', 'undefined', 'object'])
  })

  it('nothing where the path is not that of the cookie', async () => {
    const options = { cookie: { path: '/shop' } }
    const handler: Handler = (req, res) => res.send(typeof req.session)
    const paths = ['/shop', '/shopping', '/shop/1?x=/', '/', '/?/shop', '/a/shop']
    const { answers } = await bothShow({ options, handler, requests: paths })
    expect(answers.map(({ body }) => body)).toEqual([
      'object',
      'object',
      'object',
      'undefined',
      'undefined',
      'undefined',
    ])
  })

  it('its generate makes a new session for a request', async () => {
    const handler: Handler = (req, res) => {
      const before = req.session
      req.sessionStore.generate(req)
      res.json([req.sessionID, before === req.session, req.session.cookie])
    }
    const { answers } = await bothShow({ handler, requests: ['/'] })
    expect(answers[0]?.body).toContain('["id-2",false')
  })

  it('nothing for a second middleware of the same request', async () => {
    const handler: Handler = (req, res, _next, context) => {
      const { session } = req
      const second = context.session({ secret: 'other', resave: false, saveUninitialized: false })
      second(req as never, res, () => {
        res.send(String(session === req.session))
      })
    }
    const { answers } = await bothShow({ handler, requests: ['/'] })
    expect(answers[0]?.body).toBe('true')
  })
})

describe.each(both)('Store of %s', (_name, session) => {
  it('can be inherited from without class syntax', () => {
    interface OldStore extends EventEmitter {
      regenerate: unknown
    }
    function OldStore(this: OldStore): void {
      Reflect.apply(session.Store, this, [])
    }
    inherits(OldStore, session.Store)
    const store: OldStore = Reflect.construct(OldStore, [])
    expect(store).toBeInstanceOf(EventEmitter)
    expect(store).toBeInstanceOf(session.Store)
    expect(store.listenerCount('connect')).toBe(0)
    expect(store.regenerate).toBeTypeOf('function')
  })

  it('loads sessions outside of requests', async () => {
    const store = new session.MemoryStore()
    const row = { cookie: { originalMaxAge: 5, expires: new Date(Date.now() + 1e6) }, n: 1 }
    await ask((done) => store.set('a', row as never, done))
    const loaded = await ask<{ n?: unknown }>((done) => store.load('a', done as never))
    expect(loaded).toBeInstanceOf(session.Session)
    expect(loaded).toMatchObject({ n: 1, id: 'a', cookie: { originalMaxAge: 5 } })
    expect(await ask((done) => store.load('b', done as never))).toBeUndefined()
  })

  it('makes sessions of rows', () => {
    const store = new session.MemoryStore()
    const row = { n: 1, cookie: { originalMaxAge: 60, expires: '2030-01-01T00:00:00.000Z', path: '/x' } }
    const req = { sessionID: 'a', sessionStore: store } as never as Parameters<AnyStore['createSession']>[0]
    const made = store.createSession(req, row as never)
    expect(req.session).toBe(made)
    expect(made.cookie).toBeInstanceOf(session.Cookie)
    expect(made.cookie).toMatchObject({ originalMaxAge: 60, path: '/x', expires: new Date('2030-01-01') })
    expect(JSON.stringify(made)).toBe(
      '{"n":1,"cookie":{"originalMaxAge":60,"expires":"2030-01-01T00:00:00.000Z","httpOnly":true,"path":"/x"}}',
    )
  })
})

describe.each(both)('MemoryStore of %s', (_name, session) => {
  const row = (n: number, ends?: number) =>
    ({ n, cookie: { expires: ends === undefined ? null : new Date(ends) } }) as never

  it('lists, counts, touches, clears and forgets what has ended', async () => {
    const store = new session.MemoryStore()
    await ask((done) => store.set('a', row(1), done))
    await ask((done) => store.set('b', row(2, Date.now() + 1e6), done))
    await ask((done) => store.set('c', row(3, Date.now() - 1), done))
    expect(await ask((done) => store.get('c', done))).toBeUndefined()
    expect(Object.keys((await ask((done) => store.all(done as never))) ?? {})).toEqual(['a', 'b'])
    expect(await ask((done) => store.length(done))).toBe(2)
    await ask((done) => store.touch('a', row(9, Date.now() - 1), done as never))
    await ask((done) => store.touch('nobody', row(9), done as never))
    expect(await ask((done) => store.length(done))).toBe(1)
    await ask((done) => store.destroy('b', done))
    await ask((done) => store.set('d', row(4), done))
    await ask((done) => store.clear(done))
    expect(await ask((done) => store.length(done))).toBe(0)
  })

  it('needs no callbacks for changes', async () => {
    const store = new session.MemoryStore()
    store.set('a', row(1))
    store.set('b', row(2))
    store.touch('a', row(1))
    store.destroy('a')
    expect(await ask((done) => store.get('b', done))).toMatchObject({ n: 2 })
    store.clear()
    expect(await ask((done) => store.length(done))).toBe(0)
  })

  it('gives every caller a copy', async () => {
    const store = new session.MemoryStore()
    store.set('a', row(1))
    const one = await ask((done) => store.get('a', done))
    expect(one).not.toBe(await ask((done) => store.get('a', done)))
  })
})

describe.each(both)('Cookie of %s', (_name, session) => {
  const { Cookie } = session as unknown as { Cookie: new (options?: object) => Record<string, unknown> }

  it.each([
    [undefined],
    [{ maxAge: 1000 }],
    [{ expires: new Date(0), path: '/x' }],
    [{ maxAge: false }],
    [{ data: { path: '/y' }, whatever: 1 }],
    [{ originalMaxAge: 5, httpOnly: false }],
  ])('made with %o looks the same', (options) => {
    const cookie = new Cookie(options)
    const original = new (modules.original as unknown as { Cookie: typeof Cookie }).Cookie(options)
    const keysOf = (of: object) => [Object.keys(of), Object.keys(JSON.parse(JSON.stringify(of)))]
    expect(keysOf(cookie)).toEqual(keysOf(original))
    expect(cookie.expires).toBeTypeOf(typeof original.expires)
  })

  it('serializes itself', () => {
    const cookie = new Cookie({ path: '/x', sameSite: 'lax' }) as unknown as {
      serialize(name: string, value: string): string
    }
    expect(cookie.serialize('a', 'b c')).toBe('a=b%20c; Path=/x; HttpOnly; SameSite=Lax')
  })

  it.each([['x'], [7]])('refuses options that are no object: %o', (options) => {
    expect(() => new Cookie(options as never)).toThrow('argument options must be a object')
  })
})
