import { createRequire } from 'node:module'
import cors from 'cors'
import express, { type Application, type RequestHandler } from 'express'
import expressSession from 'express-session'
import { afterEach, describe, expect, it, vi } from 'vitest'
import dropIn from '../../src/express-session.js'
import { SECRET } from '../support/http.js'
import { countVisit, original, ours } from './live-cases.js'
import { examine, type Situation, source } from './situations.js'

const express4: typeof express = createRequire(import.meta.url)('express4')

afterEach(() => void vi.unstubAllEnvs())

/** Each makes the middleware with a cookie that is Secure as told. */
type Library = (secure: boolean | 'auto', sameSite?: 'none') => RequestHandler
const LIBRARIES: readonly (readonly [string, Library])[] = [
  ['sessmw', (secure, sameSite) => ours(sameSite ? { secure: true, sameSite } : { secure })],
  [
    'the drop-in',
    (secure, sameSite) =>
      dropIn({
        secret: SECRET,
        resave: false,
        saveUninitialized: true,
        rolling: true,
        cookie: { secure, maxAge: 86_400_000, ...(sameSite && { sameSite }) },
      }),
  ],
  ['express-session', (secure, sameSite) => original({ secure, ...(sameSite && { sameSite }) })],
]
const FRAMEWORKS = [
  ['Express 4', express4],
  ['Express 5', express],
] as const

const SETUPS: readonly (readonly [string, (app: Application, library: Library) => Situation])[] = [
  ['on plain http', (app, library) => ({ app: finish(app, library('auto')) })],
  [
    'behind a proxy for HTTPS that it trusts',
    (app, library) => {
      vi.stubEnv('NODE_ENV', 'production')
      return { app: finish(app.set('trust proxy', 1), library(true)) }
    },
  ],
  [
    'with a front end of another site, over HTTPS',
    (app, library) => {
      vi.stubEnv('NODE_ENV', 'production')
      const origin = 'https://front.example'
      app.set('trust proxy', 1)
      app.use(cors({ origin, credentials: true }))
      return { app: finish(app, library(true, 'none')), args: ['--origin', origin] }
    },
  ],
  [
    'with a front end on another port',
    (app, library) => {
      const origin = 'http://127.0.0.1:5173'
      app.use(cors({ origin, credentials: true }))
      return { app: finish(app, library('auto')), args: ['--origin', origin] }
    },
  ],
  [
    'with a login that a redirect leads to',
    (app, library) => {
      app.get('/', (_req, res) => res.redirect('/login'))
      return { app: finish(app, library('auto')) }
    },
  ],
  ['with no session on the page', (app) => ({ app: app.get('/', (_req, res) => void res.send('hello')) })],
  [
    'with other cookies only',
    (app) => ({ app: app.get('/', (_req, res) => void res.cookie('theme', 'dark').send('hello')) }),
  ],
]

function finish(app: Application, middleware: RequestHandler): Application {
  app.use(middleware)
  app.use((req, res) => {
    countVisit(req)
    res.send('counted')
  })
  return app
}

describe.each(FRAMEWORKS)('a healthy app on %s', (_name, framework) => {
  describe.each(LIBRARIES)('with %s', (_library, library) => {
    it.each(SETUPS)('gets no error %s', async (_what, setup) => {
      const { exit, findings, requests } = await examine(setup(framework(), library))
      expect(findings.filter(({ level }) => level === 'error')).toEqual([])
      expect(exit).toBe(0)
      expect(requests.length).toBeLessThanOrEqual(4)
    })
  })
})

describe('a healthy app', () => {
  it('is told that its session is kept', async () => {
    const { findings } = await examine({ app: finish(express(), ours()) })
    expect(findings.map(({ code, level }) => [code, level])).toEqual([['session-kept', 'ok']])
  })

  it('is told so too where the cookie is sent again with every answer', async () => {
    const middleware = expressSession({
      secret: SECRET,
      resave: true,
      saveUninitialized: true,
      rolling: true,
    })
    const { findings } = await examine({ app: finish(express(), middleware) })
    expect(findings.map(({ code }) => code)).toEqual(['session-kept'])
  })

  it('may set its cookie for its own domain and those below', async () => {
    const { findings } = await examine({
      args: ['-'],
      stdin: 'Host: www.example.com\nSet-Cookie: sid=s%3Aa.b; Path=/; Domain=.example.com; Secure',
    })
    expect(findings.map(({ code }) => code)).not.toContain('domain-rejected')
  })

  it('may clear its cookie', async () => {
    for (const clear of [
      'connect.sid=; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
      'connect.sid=gone; Max-Age=0',
    ]) {
      const app = express().get('/', (_req, res) => void res.set('Set-Cookie', clear).send('bye'))
      const { findings } = await examine({ app })
      expect(findings.map(({ code }) => code)).not.toContain('expired-or-units')
    }
  })

  it('whose source cannot be faulted gets nothing but a tick', async () => {
    const text = `
      import express from 'express'
      import session from 'express-session' // app.use(session({ cookie: { secure: true, maxAge: 60 } }))
      const app = express()
      app.set('trust proxy', 1)
      app.use('/public', express.static('public'))
      app.get('/health', (req, res) => res.send('ok'))
      app.use(session({ store, secret: process.env.SESSION_SECRET, cookie: { secure: true, maxAge: 24 * 60 * 60 * 1000 } }))
      app.get('/', (req, res) => { req.session.n = (req.session.n ?? 0) + 1; res.end() })`
    const { exit, findings } = await examine(
      source(text, { '.env': 'SESSION_SECRET=abcdefgh-0123456789_ABCDEFGH\n' }),
    )
    expect([exit, findings]).toEqual([0, []])
  })

  it('is believed by what it does, where its source looks doubtful', async () => {
    const text = `const session = require('express-session')
      app.use(session({ secret: 's', saveUninitialized: false, cookie: { secure: process.env.NODE_ENV === 'production' } }))`
    const { findings } = await examine({ ...source(text), app: finish(express(), original()) })
    expect(findings.map(({ code }) => code)).toEqual(['session-kept'])
  })
})

describe('an app whose cookie never comes', () => {
  const silent = (): Application => finish(express(), original({ secure: true }))

  it('has two explanations without its source, and neither is sure', async () => {
    const { exit, findings } = await examine({ app: silent() })
    expect(exit).toBe(0)
    expect(findings.map(({ code, level, confidence }) => [code, level, confidence])).toEqual([
      ['trust-proxy-missing', 'warning', 'low'],
      ['not-initialized', 'warning', 'low'],
    ])
  })

  it('has one with its source, and that is an error', async () => {
    const text = `const session = require('express-session')
      app.use(session({ secret: 's', cookie: { secure: true } }))`
    const { exit, findings } = await examine({ ...source(text), app: silent() })
    expect(exit).toBe(1)
    expect(findings).toMatchObject([{ code: 'trust-proxy-missing', level: 'error', confidence: 'high' }])
    expect(findings[0]?.evidence.join()).toContain('app.js:2 secure: true')
  })

  it('has the other where the source never makes it Secure', async () => {
    const text = `const session = require('express-session')\napp.use(session({ secret: 's' }))`
    const { findings } = await examine({ ...source(text), app: silent() })
    expect(findings.map(({ code }) => code)).toEqual(['not-initialized'])
  })
})
