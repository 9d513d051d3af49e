// Login with an OpenID Connect provider by grant, which keeps state, nonce and code verifier in the session.
import express from 'express'
import grant from 'grant'
import { session, sessionOf } from 'sessmw'

const { SESSION_SECRET, OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, PORT = 3000 } = process.env
if (!SESSION_SECRET) throw new Error('Set SESSION_SECRET: `npx sessmw secret` prints one.')
if (!OIDC_ISSUER || !OIDC_CLIENT_ID || !OIDC_CLIENT_SECRET)
  throw new Error(
    'Set OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET, as your provider gave them to you.',
  )
const { ORIGIN = `http://localhost:${PORT}` } = process.env

const app = express()
app.use(session({ secretKey: SESSION_SECRET }))

// /connect/company begins the login; grant comes back to /signed-in with the answer in the session.
app.use(
  grant.express({
    defaults: { origin: ORIGIN, transport: 'session', state: true, nonce: true, pkce: true },
    company: {
      oauth: 2,
      authorize_url: `${OIDC_ISSUER}/authorize`,
      access_url: `${OIDC_ISSUER}/token`,
      key: OIDC_CLIENT_ID,
      secret: OIDC_CLIENT_SECRET,
      scope: ['openid', 'email'],
      scope_delimiter: ' ',
      response: ['tokens', 'jwt'],
      callback: '/signed-in',
    },
  }),
)

app.get('/signed-in', async (req, res) => {
  const { id_token } = req.session.grant?.response?.jwt ?? {}
  if (id_token === undefined) {
    res.status(401).send('The login failed.')
    return
  }
  // A new id, without the tokens that grant has left in the old session.
  await sessionOf(req).login(id_token.payload.sub)
  req.session.email = id_token.payload.email
  res.redirect('/')
})

app.get('/', (req, res) => {
  res.json({ user: sessionOf(req).owner ?? null, email: req.session.email ?? null })
})

app.post('/logout', async (req, res) => {
  await sessionOf(req).logout()
  res.redirect(303, '/')
})

const server = app.listen(PORT, (error) => {
  if (error) throw error
  console.log(`http://localhost:${server.address().port}`)
})
