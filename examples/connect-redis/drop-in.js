// An application written for express-session and connect-redis, after changing one line.
import { RedisStore } from 'connect-redis'
import express from 'express'
import { createClient } from 'redis'
import session from 'sessmw/express-session' // was: 'express-session'

const { SESSION_SECRET, REDIS_URL, PORT = 3000 } = process.env
if (!SESSION_SECRET) throw new Error('Set SESSION_SECRET: `npx sessmw secret` prints one.')
if (!REDIS_URL) throw new Error('Set REDIS_URL, such as redis://localhost:6379.')

const client = createClient({ url: REDIS_URL })
client.on('error', (error) => console.error('Redis:', error.message))
await client.connect()

const app = express()
app.use(
  session({
    secret: SESSION_SECRET,
    store: new RedisStore({ client }),
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
