// An application written for express-session and connect-pg-simple, after changing one line.
import connectPgSimple from 'connect-pg-simple'
import express from 'express'
import pg from 'pg'
import session from 'sessmw/express-session' // was: 'express-session'

const { SESSION_SECRET, DATABASE_URL, PORT = 3000 } = process.env
if (!SESSION_SECRET) throw new Error('Set SESSION_SECRET: `npx sessmw secret` prints one.')
if (!DATABASE_URL) throw new Error('Set DATABASE_URL, such as postgres://localhost/app.')

const pool = new pg.Pool({ connectionString: DATABASE_URL })
pool.on('error', (error) => console.error('PostgreSQL:', error.message))

const PgStore = connectPgSimple(session)
const app = express()
app.use(
  session({
    secret: SESSION_SECRET,
    store: new PgStore({ pool, createTableIfMissing: true }),
    resave: false,
    saveUninitialized: false,
    cookie: { secure: 'auto', sameSite: 'lax' },
  }),
)

app.get('/', (req, res) => {
  req.session.visits = (req.session.visits ?? 0) + 1
  res.json({ visits: req.session.visits })
})

app.post('/logout', (req, res, next) => {
  req.session.destroy((error) => (error ? next(error) : res.redirect(303, '/')))
})

const server = app.listen(PORT, (error) => {
  if (error) throw error
  console.log(`http://localhost:${server.address().port}`)
})
