// An Express app with sessions, for the tests of this folder.
import express, { type Express, type Request, type Response } from 'express'
import { MemoryStore, type RequestEvent, type SessionMiddleware, session } from '../../src/index.js'
import { faultyStore } from '../../src/testing/faulty-store.js'
import { Client, SECRET, serve } from '../support/http.js'

/** A middleware with options as a JavaScript user may write them. */
export const make = (given: object = {}): SessionMiddleware =>
  session({
    secretKey: SECRET,
    logger: { debug() {}, info() {}, warn() {} },
    ...given,
  } as unknown as Parameters<typeof session>[0])

/** Routes behind a middleware, with an error handler that answers with the code. */
export async function app(routes: (app: Express) => void, given: object = {}) {
  const store = faultyStore(new MemoryStore())
  const middleware = make({ store, ...given })
  const events: RequestEvent[] = []
  middleware.sessions.events.on('request', (event) => void events.push(event))
  const server = express()
  server.set('env', 'test')
  server.use(middleware)
  server.get('/start', (req, res) => {
    req.session.user = 'u1'
    res.json({})
  })
  routes(server)
  server.use((error: { status?: number; code?: string }, _req: Request, res: Response, _next: unknown) => {
    res.status(error.status ?? 500).json({ code: error.code })
  })
  const url = await serve(server)
  return { url, client: new Client(url), store, events, sessions: middleware.sessions }
}
