// connect-pg-simple as the store of session(). Sessions that express-session has left in PostgreSQL live on.
import connectPgSimple from 'connect-pg-simple'
import express from 'express'
import pg from 'pg'
import { session } from 'sessmw'
import expressSession, { fromExpressStore } from 'sessmw/express-session'

const { SESSION_SECRET, DATABASE_URL, PORT = 3000 } = process.env
if (!SESSION_SECRET) throw new Error('Set SESSION_SECRET: `npx sessmw secret` prints one.')
if (!DATABASE_URL) throw new Error('Set DATABASE_URL, such as postgres://localhost/app.')

const pool = new pg.Pool({ connectionString: DATABASE_URL })
pool.on('error', (error) => console.error('PostgreSQL:', error.message))

const PgStore = connectPgSimple(expressSession)
const app = express()
app.use(
  session({
    secretKey: SESSION_SECRET,
    // The cookie name of express-session, so that its users stay logged in.
    sessionCookie: 'connect.sid',
    store: fromExpressStore(new PgStore({ pool, createTableIfMissing: true })),
  }),
)

app.get('/', (req, res) => {
  req.session.visits = (req.session.visits ?? 0) + 1
  res.json({ visits: req.session.visits })
})

app.post('/logout', async (req, res) => {
  await req.session.destroy()
  res.redirect(303, '/')
})

const server = app.listen(PORT, (error) => {
  if (error) throw error
  console.log(`http://localhost:${server.address().port}`)
})
