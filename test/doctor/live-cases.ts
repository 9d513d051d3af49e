import express, { type Application, type Request } from 'express'
import expressSession from 'express-session'
import dropIn from '../../src/express-session.js'
import { MemoryStore, type SessionOptions, session } from '../../src/index.js'
import { SECRET } from '../support/http.js'
import type { Case, Situation } from './situations.js'

type Visits = Request['session'] & { visits?: number }

/** Counts visits in the session, in whichever library. */
export function countVisit(req: Request): void {
  const data = req.session as Visits
  data.visits = (data.visits ?? 0) + 1
}

/** An app that counts visits at every address. */
export function counting(
  middleware: express.RequestHandler,
  settle?: (app: Application) => void,
): Application {
  const app = express()
  settle?.(app)
  app.use(middleware)
  app.use((req, res) => {
    countVisit(req)
    res.send('counted')
  })
  return app
}

/** express-session as its README begins, which saves nothing of its own accord. */
export function original(cookie: expressSession.CookieOptions = {}, options = {}): express.RequestHandler {
  return expressSession({ secret: SECRET, resave: false, saveUninitialized: false, cookie, ...options })
}

export const ours = (options: Partial<SessionOptions> = {}): express.RequestHandler =>
  session({ secretKey: SECRET, store: new MemoryStore(), ...options }) as express.RequestHandler

const trusting = (app: Application): void => void app.set('trust proxy', 1)

function withHeaders(headers: Record<string, string>): Application {
  return counting(original(), (app) =>
    app.use((_req, res, next) => {
      res.set(headers)
      next()
    }),
  )
}

/** Requests take turns between two processes that share the secret but no store. */
function takingTurns(cookie: expressSession.CookieOptions = {}): Application {
  const processes = [original(cookie), original(cookie)]
  let turn = 0
  return counting((req, res, next) => processes[turn++ % 2]?.(req, res, next), trusting)
}

function redirecting(to: (req: Request) => string): Application {
  const app = express()
  app.use(original())
  app.get('/home', (_req, res) => void res.send('home'))
  app.get('/', (req, res) => {
    countVisit(req)
    res.redirect(to(req))
  })
  return app
}

function withoutWrites(): Application {
  const app = express()
  app.use(original())
  return app.get('/', (_req, res) => void res.send('home'))
}

const FRONT_END = 'http://127.0.0.1:5173'
const fromFrontEnd = (app: Application, origin = FRONT_END): Situation => ({
  app,
  args: ['--origin', origin],
})
const two = [original({ path: '/' }), original({ path: '/shop' })] as const

/** Causes that a live app shows over HTTP. */
export const LIVE_CASES: readonly Case[] = [
  {
    code: 'trust-proxy-missing',
    what: 'no cookie whatever the proxy says',
    sick: { app: counting(original({ secure: true })) },
    well: { app: counting(original({ secure: true }), trusting) },
  },
  {
    code: 'trust-proxy-missing',
    what: 'no cookie of the drop-in either',
    sick: {
      app: counting(
        dropIn({ secret: SECRET, resave: false, saveUninitialized: false, cookie: { secure: true } }),
      ),
    },
    well: { app: counting(dropIn({ secret: SECRET, resave: false, saveUninitialized: false })) },
  },
  {
    code: 'secure-on-http',
    what: 'a cookie only when the proxy speaks of HTTPS',
    sick: { app: counting(original({ secure: true }), trusting) },
    well: { app: counting(original({ secure: 'auto' }), trusting) },
  },
  {
    code: 'cors-not-credentialed',
    what: 'any origin, so no credentials',
    sick: fromFrontEnd(withHeaders({ 'Access-Control-Allow-Origin': '*' })),
    well: fromFrontEnd(
      withHeaders({
        'Access-Control-Allow-Origin': FRONT_END,
        'Access-Control-Allow-Credentials': 'true',
      }),
    ),
  },
  {
    code: 'cors-not-credentialed',
    what: 'the right origin without credentials',
    sick: fromFrontEnd(withHeaders({ 'Access-Control-Allow-Origin': FRONT_END })),
    well: { app: withHeaders({ 'Access-Control-Allow-Origin': FRONT_END }) },
  },
  {
    code: 'samesite-blocks',
    what: 'a front end of another site',
    sick: fromFrontEnd(counting(ours()), 'http://app.example'),
    well: fromFrontEnd(counting(ours())),
  },
  {
    code: 'samesite-blocks',
    what: 'SameSite=None without Secure',
    sick: { app: counting(original({ sameSite: 'none' })) },
    well: { app: counting(original({ sameSite: 'lax' })) },
  },
  {
    code: 'not-initialized',
    what: 'a page that writes nothing',
    sick: { app: withoutWrites() },
    well: { app: counting(original()) },
  },
  {
    code: 'domain-rejected',
    what: 'the domain of somebody else',
    sick: { app: counting(original({ domain: 'example.com' })) },
    well: { app: counting(original()) },
  },
  {
    code: 'host-mismatch',
    what: 'a redirect to the other name of this machine',
    sick: { app: redirecting((req) => `http://localhost:${req.socket.localPort}/home`) },
    well: { app: redirecting(() => '/home') },
  },
  {
    code: 'path-mismatch',
    what: 'a cookie for a folder',
    sick: { app: counting(original({ path: '/app' })), path: '/app/login' },
    well: { app: counting(original({ path: '/' })), path: '/app/login' },
  },
  {
    code: 'expired-or-units',
    what: '60 milliseconds instead of seconds',
    sick: { app: counting(original({ maxAge: 60 })) },
    well: { app: counting(original({ maxAge: 86_400_000 })) },
  },
  {
    code: 'expired-or-units',
    what: 'a day in seconds, 86 of them in milliseconds',
    sick: { app: counting(original({ maxAge: 86_400 })) },
    well: { app: counting(ours({ maxAge: 86_400 })) },
  },
  {
    code: 'store-lost',
    what: 'two processes with a memory of their own',
    sick: { app: takingTurns() },
    well: { app: counting(original()) },
  },
  {
    code: 'store-lost',
    what: 'two processes behind a proxy for HTTPS',
    sick: { app: takingTurns({ secure: true }) },
    well: { app: counting(original({ secure: true }), trusting) },
  },
  {
    code: 'duplicate-cookie',
    what: 'two middlewares with one cookie name',
    sick: {
      app: counting((req, res, next) => {
        res.append('Set-Cookie', 'connect.sid=s%3Aother.signature; Path=/shop')
        two[0](req, res, next)
      }),
      path: '/shop',
    },
    well: { app: counting(two[0]), path: '/shop' },
  },
]
