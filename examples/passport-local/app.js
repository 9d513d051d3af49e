// Passport (0.6 or newer) with a login form, on the session of sessmw.
import { scryptSync, timingSafeEqual } from 'node:crypto'
import express from 'express'
import passport from 'passport'
import { Strategy as LocalStrategy } from 'passport-local'
import { session } from 'sessmw'

const { SESSION_SECRET, LOGIN_PASSWORD, PORT = 3000 } = process.env
if (!SESSION_SECRET) throw new Error('Set SESSION_SECRET: `npx sessmw secret` prints one.')
if (!LOGIN_PASSWORD) throw new Error('Set LOGIN_PASSWORD: the password of the user "ada".')

// In place of your users table.
const users = [{ id: 'user-1', name: 'ada', hash: scryptSync(LOGIN_PASSWORD, 'user-1', 32) }]

passport.use(
  new LocalStrategy((name, password, done) => {
    const user = users.find((user) => user.name === name)
    const isRight = user && timingSafeEqual(user.hash, scryptSync(password, user.id, 32))
    done(null, isRight ? user : false)
  }),
)
passport.serializeUser((user, done) => done(null, user.id))
passport.deserializeUser((id, done) => done(null, users.find((user) => user.id === id) ?? false))

const app = express()
// `ownerOf` tells sessmw who has logged in, so that all sessions of a user can be found and revoked.
app.use(session({ secretKey: SESSION_SECRET, ownerOf: (data) => data.passport?.user }))
app.use(passport.session())
app.use(express.urlencoded({ extended: false }))

app.get('/', (req, res) => {
  res.json({ user: req.user?.name ?? null, cart: req.session.cart ?? [] })
})

app.post('/cart', (req, res) => {
  req.session.cart = [...(req.session.cart ?? []), req.body.item]
  res.redirect(303, '/')
})

// Passport regenerates the session: a new id, and nothing of what was in the session before.
app.post('/login', passport.authenticate('local', { successRedirect: '/', failureRedirect: '/login-failed' }))

app.get('/login-failed', (_req, res) => {
  res.status(401).send('Wrong name or password.')
})

app.post('/logout', (req, res, next) => {
  req.logout((error) => (error ? next(error) : res.redirect(303, '/')))
})

const server = app.listen(PORT, (error) => {
  if (error) throw error
  console.log(`http://localhost:${server.address().port}`)
})
