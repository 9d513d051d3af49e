// Requirements that no other test is named after; docs/requirements.md lists them all.
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createSessions, MemoryStore, type SessionMiddleware, session, sessionOf } from '../src/index.js'
import { Browser, options, rejection, setup } from './core/harness.js'
import { Client, SECRET, serve } from './support/http.js'

afterEach(() => vi.unstubAllEnvs())

const write = ({ data }: { data: Record<string, unknown> }) => {
  data.n = Number(data.n ?? 0) + 1
}

const idOf = (browser: Browser): string => decodeURIComponent(browser.cookie ?? '').slice(2, 45)

/** A plain server behind the middleware. */
function serveWith(middleware: SessionMiddleware, use: (req: IncomingMessage, res: ServerResponse) => void) {
  return serve((req, res) =>
    middleware(req, res, () => {
      use(req, res)
      if (!res.writableEnded) res.end()
    }),
  )
}

describe('ids', () => {
  it('S1: are 32 random bytes, and a generator of shorter or other ids is refused', async () => {
    const { sessions } = setup()
    const ids = new Set<string>()
    for (let count = 0; count < 100; count++) {
      const browser = new Browser(sessions)
      await browser.visit(write)
      ids.add(idOf(browser))
    }
    expect(ids.size).toBe(100)
    expect([...ids].every((id) => /^[\w-]{43}$/.test(id))).toBe(true)
    for (const generateId of [() => 'short', () => 7, () => 'with space'.repeat(5), () => undefined]) {
      const weak = createSessions(options({ generateId }))
      expect(await rejection(new Browser(weak).visit(write))).toMatchObject({ code: 'bad-id' })
    }
  })

  it('S2, S20: are looked up only when they have the form of an id and are signed', async () => {
    const { sessions, faults } = setup()
    const browser = new Browser(sessions)
    await browser.visit(write)
    const signed = browser.cookie ?? ''
    const values = [
      '',
      'x',
      idOf(browser),
      `s:${idOf(browser)}`,
      signed.slice(0, -1),
      `${signed}A`,
      `s%3A../x.${'a'.repeat(43)}`,
    ]
    const before = faults.calls()
    for (const value of values) {
      const { session: opened } = await browser.visit(undefined, `sid=${value}`)
      expect([value, opened.isNew]).toEqual([value, true])
    }
    expect(faults.calls()).toBe(before)
  })

  it('S3: that the server did not issue are not adopted', async () => {
    const [one, other] = [setup(), setup()]
    const attacker = new Browser(one.sessions)
    await attacker.visit(write)
    const victim = new Browser(other.sessions)
    victim.cookie = attacker.cookie
    const { verdict } = await victim.visit(write)
    expect(verdict).toMatchObject({ load: 'unknown', save: 'created', cookie: 'set' })
    expect(idOf(victim)).not.toBe(idOf(attacker))
    expect(await other.memory.count()).toBe(1)
  })

  it('S5: are taken from the cookie only', async () => {
    const url = await serveWith(session({ secretKey: SECRET }), (req, res) => {
      write(sessionOf(req))
      res.end(String(sessionOf(req).data.n))
    })
    const browser = new Client(url)
    await browser.get('/')
    const value = browser.cookies.get('sid') ?? ''
    const elsewhere = { 'x-session-id': value, authorization: `Bearer ${value}`, cookie: `other=${value}` }
    expect((await new Client(url).get(`/?sid=${value}`, elsewhere)).text).toBe('1')
    expect((await browser.get('/')).text).toBe('2')
  })

  it('S22: reach the store as SHA-256 only, and no record holds them', async () => {
    const { sessions, memory } = setup()
    const browser = new Browser(sessions)
    await browser.visit((opened) => opened.login('u1'))
    await browser.visit(write)
    const rows: unknown[] = []
    for await (const [key, record] of memory.entries()) rows.push(key, record)
    expect(rows[0]).toBe(createHash('sha256').update(idOf(browser)).digest('base64url'))
    expect(JSON.stringify(rows)).not.toContain(idOf(browser))
  })

  it('S32: are new after regenerate, with named data only, and the old one is dead', async () => {
    const { sessions } = setup()
    const browser = new Browser(sessions)
    await browser.visit(({ data }) => void Object.assign(data, { cart: 1, secret: 2 }))
    const before = browser.header
    await browser.visit((opened) => opened.regenerate({ keep: ['cart'] }))
    expect(await browser.data()).toEqual({ cart: 1 })
    expect((await new Browser(sessions).visit(undefined, before)).verdict.load).toBe('unknown')
  })
})

describe('the cookie', () => {
  it('S7: has strict attributes and no expiry by default', async () => {
    const { setCookie } = await new Browser(setup().sessions).visit(write)
    expect(setCookie).toMatch(/^sid=s%3A[\w-]{43}\.[\w%]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
  })

  it.each([
    { sessionCookie: '__Host-sid', domain: 'example.org' },
    { sessionCookie: '__Host-sid', path: '/app' },
    { sessionCookie: '__host-sid', secure: false },
    { sessionCookie: '__Secure-sid', secure: false },
    { sameSite: 'none', secure: false },
    { partitioned: true, secure: false },
    { sessionCookie: 'a b' },
    { path: '/;Secure' },
  ])('S8: %j throws when the middleware is made', (given) => {
    expect(() => createSessions(options(given))).toThrow(expect.objectContaining({ code: 'bad-cookie' }))
  })

  it.each([
    ['development', 'localhost:3000', true],
    ['development', 'shop.localhost', true],
    ['development', '[::1]:3000', true],
    ['development', 'example.org', false],
    ['development', 'localhost.example.org', false],
    ['production', 'localhost:3000', false],
  ])('S9: Secure over plain HTTP, in %s on %s: sent %s', async (environment, host, isSent) => {
    vi.stubEnv('NODE_ENV', environment)
    const browser = new Browser(setup().sessions, 'sid', { secure: false, host })
    const { setCookie, verdict } = await browser.visit(write)
    expect(verdict.cookie).toBe(isSent ? 'set' : 'withheld-insecure')
    expect(setCookie?.includes('Secure')).toBe(isSent ? false : undefined)
  })

  it.each<Record<string, unknown>>([
    { sameSite: 'none' },
    { partitioned: true },
    { sessionCookie: '__Host-sid' },
  ])('S9: stays Secure on localhost where browsers would refuse it otherwise (%j)', async (given) => {
    vi.stubEnv('NODE_ENV', 'development')
    const name = String(given.sessionCookie ?? 'sid')
    const browser = new Browser(setup(given).sessions, name, { secure: false, host: 'localhost:3000' })
    expect((await browser.visit(write)).setCookie).toContain('; Secure')
  })

  it('S15: of two living sessions ends both, and the next visit works', async () => {
    const { sessions, memory, events } = setup()
    const [one, two] = [new Browser(sessions), new Browser(sessions)]
    await one.visit(write)
    await two.visit(write)
    const both = `${one.header}; ${two.header}`
    expect((await one.visit(undefined, both)).verdict.load).toBe('ambiguous')
    expect(await memory.count()).toBe(0)
    expect(events.map(([name]) => name)).toContain('rejected')
    expect((await one.visit(write, both)).verdict).toMatchObject({ load: 'unknown', save: 'created' })
  })
})

describe('secrets', () => {
  const weak = ['hunter2', 'keyboard cat', 'x'.repeat(31)]

  it.each([[undefined], [''], [[]], [['']], [7], [[SECRET, '']]])(
    'S21: %j throws everywhere',
    (secretKey) => {
      expect(() => createSessions(options({ secretKey }))).toThrow(
        expect.objectContaining({ code: 'bad-secret' }),
      )
    },
  )

  it.each(weak)('S21: %j throws in production, and nowhere else', (secretKey) => {
    const warn = vi.fn()
    const given = options({ secretKey, logger: { debug() {}, info() {}, warn } })
    expect(() => createSessions(given)).not.toThrow()
    vi.stubEnv('NODE_ENV', 'production')
    expect(() => createSessions(given)).toThrow(expect.objectContaining({ code: 'bad-secret' }))
    expect(() => createSessions(given)).not.toThrow(new RegExp(`${secretKey}`))
  })
})

it('S38: a request that changes nothing writes nothing', async () => {
  const { sessions, faults } = setup()
  const browser = new Browser(sessions)
  await browser.visit(write)
  const writes = () => faults.calls('create') + faults.calls('update') + faults.calls('touch')
  const before = writes()
  for (let count = 0; count < 100; count++) {
    await browser.visit(({ data }) => {
      data.n = Number(data.n)
    })
  }
  expect(writes()).toBe(before)
})

describe('caches', () => {
  const uses: Record<string, (req: IncomingMessage, res: ServerResponse) => void> = {
    '/write': (req) => write(sessionOf(req)),
    '/has': (req) => 'n' in sessionOf(req).data,
    '/keys': (req) => Object.keys(sessionOf(req).data),
    '/peek': (req) => sessionOf(req).peek(),
    '/logout': (req) => void sessionOf(req).logout(),
    '/vary': (req, res) => {
      res.setHeader('Vary', 'Accept-Encoding')
      write(sessionOf(req))
    },
    '/untouched': () => {},
  }
  const start = (given: object = {}) =>
    serveWith(session(options({ store: new MemoryStore(), ...given })), (req, res) =>
      uses[req.url ?? '']?.(req, res),
    )

  it('S54: vary by cookie when the session was looked at in any way', async () => {
    const browser = new Client(await start())
    const vary = async (path: string) => (await browser.get(path)).headers.get('vary')
    for (const path of ['/has', '/keys', '/peek', '/write'])
      expect([path, await vary(path)]).toEqual([path, 'Cookie'])
    expect(await vary('/vary')).toBe('Accept-Encoding, Cookie')
    expect(await vary('/untouched')).toBeNull()
  })

  it('S55: store nothing when the id is new or cleared, and privately when the cookie is sent again', async () => {
    const browser = new Client(await start({ maxAge: '1h', touchEvery: 0 }))
    const caching = async (path: string) => (await browser.get(path)).headers.get('cache-control')
    expect(await caching('/write')).toBe('no-store')
    expect(await caching('/write')).toBe('private')
    expect(await caching('/logout')).toBe('no-store')
    expect(await caching('/untouched')).toBeNull()
  })
})
