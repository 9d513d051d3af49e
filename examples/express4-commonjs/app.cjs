// Express 4 in CommonJS.
const express = require('express')
const { session, sessionOf } = require('sessmw')

const { SESSION_SECRET, PORT = 3000 } = process.env
if (!SESSION_SECRET) throw new Error('Set SESSION_SECRET: `npx sessmw secret` prints one.')

const app = express()
app.use(session({ secretKey: SESSION_SECRET }))

app.get('/', (req, res) => {
  req.session.visits = (req.session.visits ?? 0) + 1
  res.json({ visits: req.session.visits, owner: sessionOf(req).owner ?? null })
})

// Express 4 does not look at the promise of a handler, so its rejection is handed on.
app.post('/login', (req, res, next) => {
  sessionOf(req)
    .login('user-1', { keep: ['visits'] })
    .then(() => res.redirect(303, '/'), next)
})

app.post('/logout', (req, res, next) => {
  sessionOf(req)
    .logout()
    .then(() => res.redirect(303, '/'), next)
})

const server = app.listen(PORT, () => console.log(`http://localhost:${server.address().port}`))
