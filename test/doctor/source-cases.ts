import { type Case, source } from './situations.js'

const HEAD = `import express from 'express'
import session from 'express-session'
const app = express()
`
/** A whole app around one call. */
const app = (
  options: string,
  routes = 'app.get("/", (req, res) => { req.session.n = 1; res.end() })',
): string => `${HEAD}app.use(session({ secret: process.env.SESSION_SECRET, ${options} }))\n${routes}\n`
const plain = app('resave: false')
const SOCKETS = `import { Server } from 'socket.io'\nconst io = new Server(http)\n`
const passport = { name: 'app', dependencies: { express: '^5.0.0', passport: '^0.7.0' } }
const started = (start: string) => ({ name: 'app', scripts: { start } })
const loginWith = (options: string) =>
  app(
    'resave: false',
    `app.use((req, res, next) => { req.session.returnTo = req.url; next() })
     app.post('/login', passport.authenticate('local', ${options}))`,
  )

/** Causes that the source shows. */
export const SOURCE_CASES: readonly Case[] = [
  {
    code: 'trust-proxy-missing',
    what: 'secure: true, and nobody trusts the proxy',
    sick: source(app('cookie: { secure: true }')),
    well: source(`${app('cookie: { secure: true }')}app.set('trust proxy', 1)\n`),
  },
  {
    code: 'trust-proxy-missing',
    what: 'secure in production, in options of their own',
    sick: source(
      `const session = require('express-session')
       const options = { secret: 'x', cookie: {} }
       if (production) options.cookie.secure = true
       app.use(session(options)); app.get('/', (req) => { req.session.n = 1 })`,
    ),
    well: source(
      `const session = require('express-session')
       const options = { secret: 'x', cookie: {} }
       if (production) { app.set('trust proxy', 1); options.cookie.secure = true }
       app.use(session(options)); app.get('/', (req) => { req.session.n = 1 })`,
    ),
  },
  {
    code: 'expired-or-units',
    what: 'maxAge of express-session in seconds',
    sick: source(app('cookie: { maxAge: 60 * 60 }')),
    well: source(app('cookie: { maxAge: 60 * 60 * 1000 }')),
  },
  {
    code: 'expired-or-units',
    what: 'maxAge of a week in seconds',
    sick: source(app('cookie: { maxAge: 7 * 24 * 60 * 60 }')),
    well: source(app('cookie: { maxAge: 7 * 24 * 60 * 60 * 1000 }')),
  },
  {
    code: 'expired-or-units',
    what: 'maxAge of sessmw in milliseconds',
    sick: source(`import { session } from 'sessmw'\napp.use(session({ secretKey: s, maxAge: 3_600_000 }))`),
    well: source(`import { session } from 'sessmw'\napp.use(session({ secretKey: s, maxAge: 86_400 }))`),
  },
  {
    code: 'store-lost',
    what: 'a cluster on the memory store',
    sick: source(plain, { 'cluster.js': `import cluster from 'node:cluster'\ncluster.fork()` }),
    well: source(app('resave: false, store: new RedisStore({ client })'), {
      'cluster.js': `import cluster from 'node:cluster'\ncluster.fork()`,
    }),
  },
  {
    code: 'store-lost',
    what: 'pm2 on the memory store',
    sick: source(plain, {}, started('pm2 start app.js -i max')),
    well: source(plain, {}, started('pm2 start app.js -i 1')),
  },
  {
    code: 'store-lost',
    what: 'production on the memory store',
    sick: source(plain, {}, started('NODE_ENV=production node app.js')),
    well: source(plain, {}, started('node app.js')),
  },
  {
    code: 'not-initialized',
    what: 'a session that nobody writes to',
    sick: source(app('saveUninitialized: false', 'app.get("/", (req, res) => res.json(req.session.user))')),
    well: source(app('saveUninitialized: false')),
  },
  {
    code: 'middleware-order',
    what: 'a route above the session',
    sick: source(`${HEAD}app.get('/me', (req, res) => res.json(req.session.user))
app.use(session({ secret: 's' }))\n`),
    well: source(`${HEAD}app.get('/health', (req, res) => res.end())
app.use(session({ secret: 's' }))
app.get('/me', (req, res) => res.json(req.session.user))\n`),
  },
  {
    code: 'middleware-order',
    what: 'a router of another file above the session',
    sick: source(
      `${HEAD}import { users } from './routes/users.js'
import { sessions } from './session.js'
app.use('/users', users)
app.use(sessions)\n`,
      {
        'routes/users.js':
          'export const users = Router()\nusers.get("/", (req, res) => res.json(req.session.n))',
        'session.js': `import session from 'express-session'\nexport const sessions = session({ secret: 's' })`,
      },
    ),
    well: source(
      `${HEAD}import { users } from './routes/users.js'
import { sessions } from './session.js'
app.use(sessions)
app.use('/users', users)\n`,
      {
        'routes/users.js':
          'export const users = Router()\nusers.get("/", (req, res) => res.json(req.session.n))',
        'session.js': `import session from 'express-session'\nexport const sessions = session({ secret: 's' })`,
      },
    ),
  },
  {
    code: 'middleware-order',
    what: 'passport.session() above the session',
    sick: source(`${HEAD}app.use(passport.session())\napp.use(session({ secret: 's' }))\n`),
    well: source(`${HEAD}app.use(session({ secret: 's' }))\napp.use(passport.session())\n`),
  },
  {
    code: 'regenerated',
    what: 'a place to return to that passport drops',
    sick: source(loginWith('{}'), {}, passport),
    well: source(loginWith('{ keepSessionInfo: true }'), {}, passport),
  },
  {
    code: 'handshake',
    what: 'a second middleware for the sockets',
    sick: source(`${plain}${SOCKETS}io.engine.use(session({ secret: 's' }))\n`),
    well: source(`${HEAD}${SOCKETS}const middleware = session({ secret: 's' })
app.use(middleware)\nio.engine.use(middleware)\n`),
  },
  {
    code: 'handshake',
    what: 'a second middleware under another name',
    sick: source(`${HEAD}${SOCKETS}const pages = session({ store })
const sockets = session({ store })
app.use(pages)\nio.engine.use(sockets)\n`),
    well: source(`${HEAD}${SOCKETS}const pages = session({ store })
const admin = session({ store })
app.use(pages)\nadminApp.use(admin)\nio.engine.use(pages)\n`),
  },
  {
    code: 'handshake',
    what: 'a session of the handshake that nobody put there',
    sick: source(`${plain}${SOCKETS}io.on('connection', (socket) => use(socket.handshake.session))\n`),
    well: source(`${plain}${SOCKETS}io.on('connection', (socket) => use(socket.id))\n`),
  },
  {
    code: 'env-parse',
    what: 'a secret with a #',
    sick: source(plain, { '.env': 'PORT=3000\nSESSION_SECRET=canary#secret-0123456789-abcdefgh\n' }),
    well: source(plain, {
      '.env': '# a comment\nPORT="3000"\nSESSION_SECRET=canary-secret-0123456789-abcdefgh\n',
    }),
  },
  {
    code: 'env-parse',
    what: 'a quoted secret of another name',
    sick: source(`${HEAD}app.use(session({ secret: process.env.COOKIE_KEY }))\n`, {
      '.env': 'COOKIE_KEY="canary secret"',
    }),
    well: source(`${HEAD}app.use(session({ secret: process.env.COOKIE_KEY }))\n`, {
      '.env': 'COOKIE_KEY=canary\nNAME="x"',
    }),
  },
]
