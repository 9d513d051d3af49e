// What the FastAPI original promised, over real HTTP.
import { sign } from 'cookie-signature'
import express from 'express'
import { describe, expect, it } from 'vitest'
import type { AnyOptions } from '../../src/core/resolve-options.js'
import { MemoryStore, type SessionBag, session, sessionOf, type Verdict } from '../../src/index.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { faultyStore } from '../../src/testing/faulty-store.js'
import { Client, SECRET, serve } from '../support/http.js'

async function counterApp(options: Partial<AnyOptions> = {}) {
  const clock = fakeClock()
  const store = faultyStore(new MemoryStore({ clock }))
  const { faults } = store
  const middleware = session({ secretKey: SECRET, store, clock, ...options } as Parameters<typeof session>[0])
  const verdicts: Verdict[] = []
  middleware.sessions.events.on('request', (verdict) => verdicts.push(verdict))
  const app = express()
  app.use(middleware)
  app.get('/session_test', (req, res) => {
    const data = req.session.getSession()
    data.test_counter = (data.test_counter ?? 0) + 1
    res.json({ test_counter: data.test_counter, id: req.session.getSessionId() })
  })
  app.get('/read', (req, res) => {
    res.json({ counter: req.session.test_counter ?? null })
  })
  app.get('/clear', (req, res) => {
    req.session.clearSession()
    res.json({ keys: Object.keys(req.session) })
  })
  app.get('/save', async (req, res) => {
    req.session.saved = true
    await req.session.saveSession()
    res.json({ calls: faults.calls('create') })
  })
  const url = await serve(app)
  return { client: new Client(url), url, faults, verdicts, clock, store, sessions: middleware.sessions }
}

/** Another signature of the same form. */
function forge(value: string): string {
  const decoded = decodeURIComponent(value)
  return encodeURIComponent(decoded.slice(0, -1) + (decoded.endsWith('A') ? 'E' : 'A'))
}

describe('the counter of the original', () => {
  it('gives a new visitor a signed cookie once something is stored, and not before', async () => {
    const { client } = await counterApp()
    expect((await client.get('/read')).setCookies).toEqual([])
    const [cookie] = (await client.get('/session_test')).setCookies
    expect(cookie).toMatch(/^sid=s%3A[\w-]{43}\.[\w%]+; Path=\/; HttpOnly; SameSite=Lax$/)
  })

  it('counts 1, 2, 3 with the cookie, and starts at 1 without it', async () => {
    const { client, url } = await counterApp()
    for (const expected of [1, 2, 3]) {
      expect((await client.get('/session_test')).json().test_counter).toBe(expected)
    }
    expect((await new Client(url).get('/session_test')).json().test_counter).toBe(1)
  })

  it('keeps the id while the session lives', async () => {
    const { client } = await counterApp()
    const first = (await client.get('/session_test')).json().id
    expect((await client.get('/session_test')).json().id).toBe(first)
  })

  it.each([
    ['forged', forge, 'bad-signature'],
    ['truncated', (value: string) => encodeURIComponent(decodeURIComponent(value).slice(0, -5)), 'malformed'],
    ['without its signature', (value: string) => value.slice(0, value.indexOf('.')), 'unsigned'],
    [
      'signed with a foreign secret',
      (value: string) => encodeURIComponent(`s:${sign(value.slice(4, 47), 'another secret')}`),
      'bad-signature',
    ],
    ['of bytes that are no text', () => '%E0%A4%A', 'malformed'],
  ])(
    'answers a cookie that is %s with a new session, and asks the store nothing',
    async (_what, change, code) => {
      const { client, faults, verdicts } = await counterApp()
      const first = (await client.get('/session_test')).json().id
      client.cookies.set('sid', change(client.cookies.get('sid') as string))
      const reads = faults.calls('read')
      const answer = (await client.get('/session_test')).json()
      expect(answer.test_counter).toBe(1)
      expect(answer.id).not.toBe(first)
      expect(faults.calls('read')).toBe(reads)
      expect(verdicts.at(-1)).toMatchObject({ load: code, save: 'created', cookie: 'set' })
    },
  )

  it('starts at 1 again after maxAge without a visit', async () => {
    const { client, clock, verdicts } = await counterApp({ maxAge: '30m' })
    await client.get('/session_test')
    clock.advance('29m')
    expect((await client.get('/session_test')).json().test_counter).toBe(2)
    clock.advance('30m')
    expect((await client.get('/session_test')).json().test_counter).toBe(1)
    expect(verdicts.at(-1)?.load).toBe('expired-idle')
  })

  it('ends a session at its absolute lifetime, however active it is', async () => {
    const { client, clock, verdicts } = await counterApp({ idleTimeout: '1h', absoluteLifetime: '3h' })
    for (let visits = 1; visits <= 4; visits++) {
      expect((await client.get('/session_test')).json().test_counter).toBe(visits)
      clock.advance('45m')
    }
    expect((await client.get('/session_test')).json().test_counter).toBe(1)
    expect(verdicts.at(-1)?.load).toBe('expired-absolute')
  })

  it('gives a new id to a genuine cookie whose record is gone', async () => {
    const { client, store, verdicts } = await counterApp()
    const first = (await client.get('/session_test')).json().id
    await store.clear()
    const answer = (await client.get('/session_test')).json()
    expect(answer.test_counter).toBe(1)
    expect(answer.id).not.toBe(first)
    expect(verdicts.at(-1)?.load).toBe('unknown')
    expect(await store.count()).toBe(1)
  })

  it('clears the data with clearSession, and keeps the session and its id', async () => {
    const { client, store } = await counterApp()
    const { id } = (await client.get('/session_test')).json()
    expect((await client.get('/clear')).json()).toEqual({ keys: [] })
    expect(await store.count()).toBe(1)
    const answer = (await client.get('/session_test')).json()
    expect(answer).toEqual({ test_counter: 1, id })
  })

  it('writes at once with saveSession', async () => {
    const { client, faults } = await counterApp()
    expect((await client.get('/save')).json()).toEqual({ calls: 1 })
    expect(faults.calls('create')).toBe(1)
    expect(faults.calls('update')).toBe(0)
  })
})

describe('options of the original', () => {
  const skipped = async (skipSessionHeader: unknown, headers: Record<string, string>) => {
    const app = express()
    app.use(session({ secretKey: SECRET, skipSessionHeader } as Parameters<typeof session>[0]))
    app.get('/', (req, res) => {
      res.json({ has: 'session' in req })
    })
    return !(await new Client(await serve(app)).get('/', headers)).json().has
  }

  it.each([
    ['an object', { headerName: 'X-Skip', headerValue: 'yes' }, { 'x-skip': 'yes' }, true],
    ['an object, another value', { headerName: 'X-Skip', headerValue: 'yes' }, { 'x-skip': 'no' }, false],
    ["'*' for any value", { headerName: 'X-Skip', headerValue: '*' }, { 'x-skip': 'whatever' }, true],
    ["'*', header absent", { headerName: 'X-Skip', headerValue: '*' }, {}, false],
    ['a string', 'x-internal', { 'X-Internal': '1' }, true],
    ['a list', [{ headerName: 'a', headerValue: 'b' }, 'c'], { c: '' }, true],
    ['a list, none of it', [{ headerName: 'a', headerValue: 'b' }, 'c'], { a: 'c' }, false],
  ])('skipSessionHeader as %s', async (_what, option, headers, expected) => {
    expect(await skipped(option, headers as Record<string, string>)).toBe(expected)
  })

  it('sessionCookie names the cookie, and sessionObject the property', async () => {
    const app = express()
    app.use(session({ secretKey: SECRET, sessionCookie: 'visitor', sessionObject: 'visit' }))
    app.get('/', (req, res) => {
      const { visit } = req as unknown as { visit: SessionBag }
      visit.n = (visit.n ?? 0) + 1
      res.json({ n: visit.n, same: sessionOf(req).data === visit, other: 'session' in req })
    })
    const client = new Client(await serve(app))
    expect((await client.get('/')).json()).toEqual({ n: 1, same: true, other: false })
    expect([...client.cookies.keys()]).toEqual(['visitor'])
    expect((await client.get('/')).json().n).toBe(2)
  })

  it('httpOnly: false leaves the attribute out', async () => {
    const { client } = await counterApp({ httpOnly: false })
    expect((await client.get('/session_test')).setCookies[0]).not.toContain('HttpOnly')
  })

  it('maxAge makes the cookie persist exactly as long as the session', async () => {
    const { client, clock, sessions } = await counterApp({ maxAge: 3600 })
    const [cookie = ''] = (await client.get('/session_test')).setCookies
    expect(cookie).toContain('Max-Age=3600')
    const { sessions: listed } = await sessions.list()
    const expires = Date.parse(/Expires=([^;]+)/.exec(cookie)?.[1] ?? '')
    expect(Math.abs(expires - (listed[0]?.expiresAt ?? 0))).toBeLessThan(1000)
    expect(listed[0]?.expiresAt).toBe(clock() + 3_600_000)
  })

  it('secure: true withholds the cookie on plain HTTP to a host that is not loopback, warns, and stores nothing', async () => {
    const warnings: string[] = []
    const logger = { debug() {}, info() {}, warn: (message: string) => void warnings.push(message) }
    const { client, store, verdicts } = await counterApp({ logger })
    const answer = await client.get('/session_test', { 'x-forwarded-proto': 'https' })
    expect(answer.setCookies).toHaveLength(1)
    const far = await rawGet(client.url, '/session_test', ['Host: shop.example', 'X-Forwarded-Proto: https'])
    expect(far).toContain('200 OK')
    expect(far.toLowerCase()).not.toContain('set-cookie')
    expect(await store.count()).toBe(1)
    expect(verdicts.at(-1)).toMatchObject({ save: 'discarded', cookie: 'withheld-insecure' })
    expect(warnings.filter((text) => text.includes("app.set('trust proxy', 1)"))).toHaveLength(1)
    await rawGet(client.url, '/session_test', ['Host: shop.example'])
    expect(warnings.filter((text) => text.includes("app.set('trust proxy', 1)"))).toHaveLength(1)
  })

  it('trustProxy: true believes X-Forwarded-Proto', async () => {
    const { client } = await counterApp({ trustProxy: true })
    const answer = await rawGet(client.url, '/session_test', [
      'Host: shop.example',
      'X-Forwarded-Proto: https',
    ])
    expect(answer).toMatch(/set-cookie: sid=.*; Secure/i)
  })

  it("secure: 'auto' follows the connection", async () => {
    const { client } = await counterApp({ secure: 'auto', trustProxy: true })
    const plain = await rawGet(client.url, '/session_test', ['Host: shop.example'])
    expect(plain).toMatch(/set-cookie: sid=/i)
    expect(plain).not.toContain('Secure')
    expect(
      await rawGet(client.url, '/session_test', ['Host: shop.example', 'X-Forwarded-Proto: https']),
    ).toContain('Secure')
  })

  it('logger gets the verdict with a short handle, and never the id', async () => {
    const lines: string[] = []
    const write = (message: string) => void lines.push(message)
    const { client, verdicts } = await counterApp({ logger: { debug: write, info: write, warn: write } })
    const { id } = (await client.get('/session_test')).json()
    await client.get('/read')
    expect(lines.join('\n')).toContain(verdicts[0]?.handle?.slice(0, 8))
    expect(lines.join('\n')).not.toContain(id)
    expect(lines.join('\n')).not.toContain(client.cookies.get('sid'))
  })
})

/** fetch() refuses a Host header of one's own. */
async function rawGet(url: string, path: string, headers: string[]): Promise<string> {
  const { connect } = await import('node:net')
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.end(`GET ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\nConnection: close\r\n\r\n`)
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return text
}
