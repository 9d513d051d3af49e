import { describe, expect, it } from 'vitest'
import { ID } from './recorded-cases.js'
import { type Entry, examine, har, headers, log, type Situation, source } from './situations.js'

const HEAD = `const express = require('express')\nconst session = require('express-session')\nconst app = express()\n`
const MOUNT = `app.use(session({ secret: 's', resave: false }))\n`

async function found(text: string, more: Record<string, string> = {}, json?: object) {
  const { findings } = await examine(source(text, more, json))
  return findings.map(({ code, level }) => `${code} ${level}`)
}

describe('source that only looks wrong gets no finding:', () => {
  it.each([
    [
      'routes in a function above that is called later',
      `${HEAD}function routes(app) { app.get('/me', (req, res) => res.json(req.session.user)) }\n${MOUNT}routes(app)`,
    ],
    [
      'a logger that is prepared for no session',
      `${HEAD}app.use((req, res, next) => { log(req.session?.user); next() })\n${MOUNT}`,
    ],
    [
      'a guard above the session',
      `${HEAD}app.use((req, res, next) => { if (req.session) req.session.seen = 1; next() })\n${MOUNT}`,
    ],
    [
      'a guard above the session that compares',
      `${HEAD}app.use((req, res, next) => { if (req.session != null) req.session.seen = 1; next() })\n${MOUNT}`,
    ],
    [
      'a guard above the session among other conditions',
      `${HEAD}app.use((req, res, next) => { if (!(isPage(req) && req.session)) return next(); req.session.seen = 1; next() })\n${MOUNT}`,
    ],
    [
      'another app above it',
      `${HEAD}const admin = express()\nadmin.get('/', (req, res) => res.json(req.session.user))\n${MOUNT}`,
    ],
    [
      'a route in a comment and one in a string',
      `${HEAD}// app.get('/', (req) => req.session.user)\nlog("app.get('/', (req) => req.session.user)")\n${MOUNT}`,
    ],
    [
      'options from somewhere else',
      `${HEAD}const config = require('./config')\napp.use(session(config.session))`,
    ],
    [
      'options that are spread',
      `${HEAD}app.use(session({ ...base, saveUninitialized: false, cookie: { secure: true } }))`,
    ],
    [
      'a quote in a regular expression',
      `${HEAD}const quote = /'/\n${MOUNT}app.get('/', (req) => { req.session.n = 1 })`,
    ],
    ['proxy: true', `${HEAD}app.use(session({ secret: 's', proxy: true, cookie: { secure: true } }))`],
    [
      'a server with TLS of its own',
      `${HEAD}app.use(session({ secret: 's', cookie: { secure: true } }))\nhttps.createServer(options, app)`,
    ],
    [
      'Secure of another cookie',
      `${HEAD}app.use(session({ secret: 's' }))\nres.cookie('theme', 'dark', { secure: true, maxAge: 60 })`,
    ],
  ])('%s', async (_what, text) => {
    expect(await found(text)).toEqual([])
  })

  it('a cluster whose store is set afterwards', async () => {
    const text = `${HEAD}const options = { secret: 's' }\noptions.store = new RedisStore()\napp.use(session(options))`
    expect(await found(text, { 'start.js': `const cluster = require('cluster')\ncluster.fork()` })).toEqual(
      [],
    )
  })
})

it.each(['res.json(req.session)', 'log(1, req.session)', 'res.json((req.session))'])(
  'a session that is handed on is no guard: %s',
  async (use) => {
    const early = `app.get('/', (req, res) => { req.session.n = 1; ${use} })\n`
    expect(await found(HEAD + early + MOUNT)).toEqual(['middleware-order error'])
  },
)

describe('how sure the source makes us', () => {
  it('is less for sticky sessions than for a plain cluster', async () => {
    const start = { 'start.js': `const cluster = require('cluster')\ncluster.fork()` }
    expect(await found(HEAD + MOUNT, start)).toEqual(['store-lost error'])
    expect(await found(`${HEAD}${MOUNT}sticky(app)`, start)).toEqual(['store-lost warning'])
  })

  it('is less for a minute than for seconds', async () => {
    const withMaxAge = (maxAge: string) =>
      `${HEAD}app.use(session({ secret: 's', cookie: { maxAge: ${maxAge} } }))`
    expect(await found(withMaxAge('3600'))).toEqual(['expired-or-units error'])
    expect(await found(withMaxAge('60000'))).toEqual(['expired-or-units warning'])
  })

  it('is less for a second middleware on the same store', async () => {
    const io = `require('socket.io')\nio.engine.use(session({ store }))\n`
    expect(await found(`${HEAD}app.use(session({ store }))\n${io}`)).toEqual(['handshake warning'])
  })
})

describe('headers that only look wrong get no error:', () => {
  it.each([
    [
      'a Secure cookie of a public host, scheme unknown',
      ['Host: shop.test', 'Set-Cookie: sid=s%3Aa.b; Path=/; Secure'],
    ],
    [
      'a Secure cookie over HTTPS, as curl shows it',
      ['* SSL connection using TLSv1.3', '> Host: localhost', '< Set-Cookie: sid=s%3Aa.b; Path=/; Secure'],
    ],
    [
      'a cookie of another library',
      ['Cookie: session=eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MX0.abcdefghijklmnopqrstuvwxyzabcdefghijklmnopq'],
    ],
    [
      'a form that another site sends',
      ['POST /pay HTTP/1.1', 'Host: shop.test', 'Origin: https://bank.test', 'Sec-Fetch-Mode: navigate'],
    ],
    ['a preflight', ['OPTIONS /api HTTP/1.1', 'Host: shop.test', 'Origin: https://app.test']],
  ])('%s', async (_what, lines) => {
    const { exit, findings } = await examine(headers(...lines))
    expect(findings.filter(({ level }) => level === 'error')).toEqual([])
    expect(exit).toBe(0)
  })
})

/** The levels of a code in what is found. */
async function levelsOf(code: string, situation: Situation): Promise<string[]> {
  const { findings } = await examine(situation)
  return findings.filter((finding) => finding.code === code).map(({ level }) => level)
}

const COOKIE = `sid=s%3A${ID}.${'A'.repeat(43)}`
const login: Entry = {
  url: 'https://a.test/login',
  method: 'POST',
  status: 302,
  gets: { 'Set-Cookie': `${COOKIE}; Path=/; Secure`, Location: '/me' },
}
const me = (at: number, status: number): Entry => ({
  url: 'https://a.test/me',
  at,
  status,
  sends: { Cookie: COOKIE },
  ...(status === 302 && { gets: { Location: '/login' } }),
})

describe('a cookie above 4096 bytes', () => {
  const setting = (name: string, bytes: number) =>
    headers(`Set-Cookie: ${name}=${'v'.repeat(bytes - name.length)}; Path=/; HttpOnly`)

  it('is no session, for browsers drop it; the value is not shown', async () => {
    const { exit, findings, stdout } = await examine(setting('session', 4097))
    expect([exit, findings]).toMatchObject([1, [{ code: 'cookie-too-large', level: 'error' }]])
    expect(findings[0]?.evidence).toEqual([
      'Set-Cookie: session=…; Path=/; HttpOnly',
      'name and value have 4097 bytes, and browsers take 4096',
    ])
    expect(stdout).not.toContain('vvv')
    expect((await examine(setting('session', 4096))).findings).toEqual([])
  })

  it('is a doubt when it may be another one', async () => {
    const { exit, findings } = await examine(setting('theme', 5000))
    expect([exit, findings]).toMatchObject([0, [{ code: 'cookie-too-large', level: 'warning' }]])
  })
})

describe('recordings that only look wrong get no error:', () => {
  it.each<[string, string, Situation]>([
    [
      'a page that works after a second login',
      'save-race',
      har(login, me(20, 302), { ...login, at: 900 }, me(950, 200)),
    ],
    ['a page that is opened much later', 'save-race', har(login, me(60_000, 302), me(70_000, 200))],
    ['a page of another host', 'host-mismatch', har(login, { url: 'https://b.test/me', at: 900 })],
    [
      'a session that was lost but not for good',
      'store-lost',
      log(`fetching ${ID}`, 'no session found', 'fetching x', 'session found'),
    ],
    [
      'one bad signature among good ones',
      'secret-mismatch',
      log('cookie signature invalid', 'fetching x', 'session found'),
    ],
  ])('%s', async (_what, code, situation) => {
    expect(await levelsOf(code, situation)).not.toContain('error')
  })
})

it('a session that is saved, and gone for good, is lost rather than read too early', async () => {
  const gone = log(`saving ${ID}`, `fetching ${ID}`, 'no session found')
  expect(await levelsOf('store-lost', gone)).toEqual(['error'])
  expect(await levelsOf('save-race', gone)).toEqual([])
})

describe('how sure headers make us', () => {
  it('is less for Secure over http on this machine than elsewhere', async () => {
    const from = (host: string) =>
      headers(`GET http://${host}/ HTTP/1.1`, `Set-Cookie: ${COOKIE}; Path=/; Secure`)
    expect(await levelsOf('secure-on-http', from('localhost:3000'))).toEqual(['warning'])
    expect(await levelsOf('secure-on-http', from('shop.test'))).toEqual(['error'])
  })

  it('counts a request as HTTPS where the proxy says so', async () => {
    const lines = [
      'GET http://a.test/ HTTP/1.1',
      'Origin: https://www.a.test',
      `Set-Cookie: ${COOKIE}; Path=/; SameSite=Lax`,
    ]
    expect(await levelsOf('samesite-blocks', headers(...lines))).toEqual(['error'])
    expect(await levelsOf('samesite-blocks', headers(...lines, 'X-Forwarded-Proto: https'))).toEqual([])
  })

  it('takes hosts below a shared suffix for different sites', async () => {
    const lines = (origin: string) => [
      'GET https://b.github.io/ HTTP/1.1',
      `Origin: ${origin}`,
      `Set-Cookie: ${COOKIE}; Secure`,
    ]
    expect(await levelsOf('samesite-blocks', headers(...lines('https://a.github.io')))).toEqual(['error'])
    expect(await levelsOf('samesite-blocks', headers(...lines('https://a.b.github.io')))).toEqual([])
  })

  it('needs Access-Control-Allow-Credentials to be exactly true', async () => {
    const app = (credentials: string): Situation => ({
      app: (_req, res) => {
        res.setHeader('Access-Control-Allow-Origin', 'http://front.test')
        res.setHeader('Access-Control-Allow-Credentials', credentials)
        res.end()
      },
      args: ['--origin', 'http://front.test'],
    })
    expect(await levelsOf('cors-not-credentialed', app('True'))).toEqual(['error'])
    expect(await levelsOf('cors-credentialed', app('true'))).toEqual(['ok'])
  })

  it('is enough when the server takes the cookie away that it just gave', async () => {
    const app: Situation = {
      app: (req, res) => {
        res.setHeader('Set-Cookie', req.headers.cookie ? 'sid=; Max-Age=0' : `${COOKIE}; Path=/`)
        res.end()
      },
    }
    expect(await levelsOf('store-lost', app)).toEqual(['error'])
  })

  it('reads each of the cookies that Chrome writes into one header', async () => {
    const gets = { 'Set-Cookie': `theme=dark\n${COOKIE}; Path=/; SameSite=None` }
    expect(await levelsOf('samesite-blocks', har({ url: 'https://a.test/', gets }))).toEqual(['error'])
  })

  it('reads a log with colours and times', async () => {
    const esc = String.fromCharCode(27)
    const line = `  ${esc}[34;1mexpress-session ${esc}[0mnot secured ${esc}[34m+12ms${esc}[0m`
    expect(await levelsOf('trust-proxy-missing', { args: ['--log', '-'], stdin: line })).toEqual(['error'])
  })

  it('takes a signed cookie of another use for no session', async () => {
    const app: Situation = {
      app: (_req, res) => res.setHeader('Set-Cookie', `XSRF-TOKEN=s%3A${Math.random()}.x`).end(),
    }
    expect(await levelsOf('store-lost', app)).toEqual([])
  })
})
