import express, { type RequestHandler } from 'express'
import passport from 'passport'
import { Strategy as LocalStrategy } from 'passport-local'
import { describe, expect, it } from 'vitest'
import { sessionOf } from '../../src/index.js'
import { serve } from '../support/http.js'
import { Browser } from './example-process.js'
import { middlewares, nativeSession } from './middlewares.js'

declare module 'express-session' {
  interface SessionData {
    cart: string[]
    messages: string[]
    returnTo: string
  }
}

/** An application that uses what Passport does with a session. */
async function start(middleware: RequestHandler): Promise<Browser> {
  const login = new passport.Passport()
  login.use(new LocalStrategy((name, password, done) => done(null, password === 'right' && { name })))
  login.serializeUser((user, done) => done(null, (user as { name: string }).name))
  login.deserializeUser((name, done) => done(null, { name }))
  const app = express()
  app.use(middleware, login.session(), express.urlencoded({ extended: false }))
  app.get('/', (req, res) => {
    const { cart = [], messages = [] } = req.session
    res.json({ user: req.user ?? null, cart, messages })
  })
  app.post('/cart', (req, res) => {
    req.session.cart = ['tea']
    res.redirect(303, '/')
  })
  const redirects = { successRedirect: '/', failureRedirect: '/', failureMessage: 'Wrong password.' }
  app.post('/login', login.authenticate('local', redirects))
  app.post('/login-keeping', login.authenticate('local', { ...redirects, keepSessionInfo: true }))
  app.get('/members', (req, res) => {
    req.session.returnTo = '/?from=members'
    res.redirect('/')
  })
  const back = { successReturnToOrRedirect: '/', keepSessionInfo: true }
  app.post('/login-back', login.authenticate('local', back))
  app.post('/logout', (req, res, next) =>
    req.logout((error) => (error ? next(error) : res.redirect(303, '/'))),
  )
  app.post('/logout-keeping', (req, res, next) => {
    req.logout({ keepSessionInfo: true }, (error) => (error ? next(error) : res.redirect(303, '/')))
  })
  return new Browser((await serve(app)).replace('127.0.0.1', 'localhost'))
}

const ada = { username: 'ada', password: 'right' }
const nobody = { user: null, cart: [], messages: [] }

describe.each(middlewares)('passport on %s', (_name, middleware) => {
  const send = async (browser: Browser, path: string, form = {}): Promise<unknown> =>
    (await browser.post(path, form)).json()

  it('logs in under a new id, without what was in the session before', async () => {
    const browser = await start(middleware())
    await browser.post('/cart')
    const before = browser.cookie
    expect(await send(browser, '/login', ada)).toEqual({ ...nobody, user: { name: 'ada' } })
    expect(browser.cookie).not.toBe(before)
    expect(await browser.json('/')).toEqual({ ...nobody, user: { name: 'ada' } })
  })

  it('with keepSessionInfo, logs in under a new id and keeps the session', async () => {
    const browser = await start(middleware())
    await browser.post('/cart')
    const before = browser.cookie
    const welcome = { user: { name: 'ada' }, cart: ['tea'], messages: [] }
    expect(await send(browser, '/login-keeping', ada)).toEqual(welcome)
    expect(browser.cookie).not.toBe(before)
    expect(await browser.json('/')).toEqual(welcome)
  })

  it('a planted session stays anonymous when its victim logs in', async () => {
    const attacker = await start(middleware())
    await attacker.post('/cart')
    for (const path of ['/login', '/login-keeping']) {
      const victim = new Browser(attacker.url)
      victim.jar.store(victim.url, [attacker.cookie])
      expect(await send(victim, path, ada)).toMatchObject({ user: { name: 'ada' } })
      expect(await attacker.json('/')).toMatchObject({ user: null })
      await attacker.post('/cart')
    }
  })

  it('logs out under a new id, and the old one opens nothing', async () => {
    const browser = await start(middleware())
    await browser.post('/login', ada)
    await browser.post('/cart')
    const thief = new Browser(browser.url)
    thief.jar.store(thief.url, [browser.cookie])
    expect(await thief.json('/')).toEqual({ user: { name: 'ada' }, cart: ['tea'], messages: [] })
    expect(await send(browser, '/logout')).toEqual(nobody)
    expect(await thief.json('/')).toEqual(nobody)
  })

  it('with keepSessionInfo, logs out under a new id and keeps the rest of the session', async () => {
    const browser = await start(middleware())
    await browser.post('/login', ada)
    await browser.post('/cart')
    const before = browser.cookie
    expect(await send(browser, '/logout-keeping')).toEqual({ ...nobody, cart: ['tea'] })
    expect(browser.cookie).not.toBe(before)
    expect(await browser.json('/')).toEqual({ ...nobody, cart: ['tea'] })
  })

  it('a refused login leaves the session as it is, with a message for each attempt', async () => {
    const browser = await start(middleware())
    await browser.post('/cart')
    const before = browser.cookie
    await browser.post('/login', { username: 'ada', password: 'wrong' })
    await browser.post('/login', { username: 'ada', password: 'wrong' })
    const messages = ['Wrong password.', 'Wrong password.']
    expect(await browser.json('/')).toEqual({ user: null, cart: ['tea'], messages })
    expect(browser.cookie).toBe(before)
  })

  it('goes back to the page that asked for the login, once', async () => {
    const browser = await start(middleware())
    await browser.get('/members')
    expect((await browser.post('/login-back', ada)).url).toMatch(/from=members$/)
    expect((await browser.post('/login-back', ada)).url).not.toMatch(/from=members$/)
  })
})

describe('passport on session()', () => {
  it('the session has the owner that ownerOf reads from it, until the logout', async () => {
    const owners: unknown[] = []
    const withSession = nativeSession()
    const browser = await start((req, res, next) => {
      withSession(req, res, (error?: unknown) => {
        if (req.method === 'GET') owners.push(sessionOf(req).owner)
        next(error)
      })
    })
    await browser.get('/')
    await browser.post('/login', ada)
    await browser.post('/logout-keeping')
    await browser.post('/cart')
    expect(owners).toEqual([undefined, 'ada', undefined, undefined])
  })
})
