// connect-redis as the store of session(). Sessions that express-session has left in Redis live on.
import { RedisStore } from 'connect-redis'
import express from 'express'
import { createClient } from 'redis'
import { session } from 'sessmw'
import { fromExpressStore } from 'sessmw/express-session'

const { SESSION_SECRET, REDIS_URL, PORT = 3000 } = process.env
if (!SESSION_SECRET) throw new Error('Set SESSION_SECRET: `npx sessmw secret` prints one.')
if (!REDIS_URL) throw new Error('Set REDIS_URL, such as redis://localhost:6379.')

const client = createClient({ url: REDIS_URL })
client.on('error', (error) => console.error('Redis:', error.message))
await client.connect()

const app = express()
app.use(
  session({
    secretKey: SESSION_SECRET,
    // The cookie name of express-session, so that its users stay logged in.
    sessionCookie: 'connect.sid',
    store: fromExpressStore(new RedisStore({ client })),
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
