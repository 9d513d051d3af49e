// csrf-sync keeps a token in the session and compares it with that of the form.
import { csrfSync } from 'csrf-sync'
import express from 'express'
import { session } from 'sessmw'

const { SESSION_SECRET, PORT = 3000 } = process.env
if (!SESSION_SECRET) throw new Error('Set SESSION_SECRET: `npx sessmw secret` prints one.')

const { csrfSynchronisedProtection, generateToken } = csrfSync({
  getTokenFromRequest: (req) => req.body?._csrf,
})

const app = express()
app.use(session({ secretKey: SESSION_SECRET }))
app.use(express.urlencoded({ extended: false }))
app.use(csrfSynchronisedProtection)

app.get('/', (req, res) => {
  res.send(`<form method="post" action="/transfer">
    <input type="hidden" name="_csrf" value="${generateToken(req)}">
    <button>Transfer</button>
  </form>`)
})

app.post('/transfer', (_req, res) => {
  res.send('Transferred.')
})

const server = app.listen(PORT, (error) => {
  if (error) throw error
  console.log(`http://localhost:${server.address().port}`)
})
