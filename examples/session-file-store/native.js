// session-file-store as the store of session(). Sessions that express-session has left in files live on.
import express from 'express'
import sessionFileStore from 'session-file-store'
import { session } from 'sessmw'
import expressSession, { fromExpressStore } from 'sessmw/express-session'

const { SESSION_SECRET, SESSION_FOLDER = './sessions', PORT = 3000 } = process.env
if (!SESSION_SECRET) throw new Error('Set SESSION_SECRET: `npx sessmw secret` prints one.')

const FileStore = sessionFileStore(expressSession)
const app = express()
app.use(
  session({
    secretKey: SESSION_SECRET,
    // The cookie name of express-session, so that its users stay logged in.
    sessionCookie: 'connect.sid',
    store: fromExpressStore(new FileStore({ path: SESSION_FOLDER })),
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
