// An application written for express-session and session-file-store, after changing one line.
import express from 'express'
import sessionFileStore from 'session-file-store'
import session from 'sessmw/express-session' // was: 'express-session'

const { SESSION_SECRET, SESSION_FOLDER = './sessions', PORT = 3000 } = process.env
if (!SESSION_SECRET) throw new Error('Set SESSION_SECRET: `npx sessmw secret` prints one.')

const FileStore = sessionFileStore(session)
const app = express()
app.use(
  session({
    secret: SESSION_SECRET,
    store: new FileStore({ path: SESSION_FOLDER }),
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
