import express, { type Express, type Request, type Response } from 'express'
import type { Sessions } from '../core/sessions.js'
import { session } from '../express/session.js'
import type { Inspector } from '../inspector/inspector.js'
import { homePage } from './home-page.js'

/** What the demo keeps in a session. */
export interface DemoData {
  test_counter?: number
  cart?: string[]
}

const MAX_TEXT = 500

/** A small app that uses a session in the ways that most apps do. @param base Where the inspector is. */
export function demoApp(sessions: Sessions<DemoData>, inspector: Inspector, base: string): Express {
  const app = express()
  app.disable('x-powered-by')
  // Before session(), so that looking at sessions is no activity of one.
  app.use(base, inspector)
  app.get('/favicon.ico', (_request, response) => {
    response.status(204).end()
  })
  app.use(session(sessions))
  app.use(express.urlencoded({ extended: false, limit: '10kb' }), express.json({ limit: '10kb' }))
  addRoutes(app, sessions, base)
  return app
}

function addRoutes(app: Express, sessions: Sessions<DemoData>, base: string): void {
  app.get(['/', '/login', '/logout'], (request, response) => {
    const { owner, data } = sessions.of(request)
    const { test_counter: counter = 0, cart = [] } = data
    response.type('html').send(homePage({ owner, counter, cart, base }))
  })
  app.get('/session_test', (request, response) => {
    const { data } = sessions.of(request)
    data.test_counter = (data.test_counter ?? 0) + 1
    response.json({ test_counter: data.test_counter })
  })
  app.post('/login', async (request, response) => {
    const user = textFrom(request, 'user', 'ada')
    await sessions.of(request).login(user, { keep: ['test_counter', 'cart'] })
    answer(request, response, { user })
  })
  app.post('/logout', async (request, response) => {
    await sessions.of(request).logout()
    answer(request, response, { user: null })
  })
  app.get('/cart', (request, response) => {
    response.json({ cart: sessions.of(request).data.cart ?? [] })
  })
  app.post('/cart', async (request, response) => {
    const item = textFrom(request, 'item', 'apple')
    const cart = await sessions.of(request).update('cart', (items = []) => [...items, item].slice(-20))
    answer(request, response, { cart })
  })
}

function textFrom(request: Request, name: string, fallback: string): string {
  const value: unknown = request.body?.[name]
  return typeof value === 'string' && value !== '' ? value.slice(0, MAX_TEXT) : fallback
}

/** JSON for programs; back to the page for its forms. */
function answer(request: Request, response: Response, body: object): void {
  if (request.accepts('json', 'html') === 'html') response.redirect(303, '/')
  else response.json(body)
}
