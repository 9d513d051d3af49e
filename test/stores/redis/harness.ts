// Applications on a real Redis: express, our middleware, a store, and what ends with the test.
import { randomUUID } from 'node:crypto'
import express, { type Express } from 'express'
import { createClient } from 'redis'
import { onTestFinished } from 'vitest'
import {
  type BaseSessionOptions,
  createSessions,
  type SessionRecord,
  type SessmwError,
  session,
  sessionOf,
} from '../../../src/index.js'
import { RedisStore, type RedisStoreOptions } from '../../../src/redis.js'
import { fakeClock } from '../../../src/testing.js'
import { Client, SECRET, serve } from '../../support/http.js'
import { startRedis } from '../../support/redis-server.js'
import type { TestServer } from '../../support/server-process.js'

export const HOUR = 3_600_000
export const DAY = 24 * HOUR

/** A server of this test alone. */
export async function ownServer(settings: Record<string, string> = {}): Promise<TestServer> {
  const server = await startRedis(settings)
  onTestFinished(() => server.remove())
  return server
}

/** A store that is closed after the test. */
export function openStore(options: RedisStoreOptions): RedisStore {
  const store = new RedisStore(options)
  onTestFinished(() => store.close())
  return store
}

/** A plain connection, to look at what a store does. */
export async function look({ url }: { url: string }): Promise<(...args: string[]) => Promise<unknown>> {
  const client = createClient({ url })
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => {
    if (client.isOpen) client.destroy()
  })
  return (...args) => client.sendCommand(args)
}

/** A store of its own in a server, a clock, and a way to look at its keys. */
export async function setUp(server: { url: string }) {
  const clock = fakeClock()
  const prefix = `${randomUUID()}:`
  const store = openStore({ url: server.url, prefix, clock })
  const redis = await look(server)
  const nameOf = (key: string) => `${prefix}s:${key}`
  return { clock, prefix, store, redis, nameOf, url: server.url }
}

export function recordAt(now: number, header: Partial<SessionRecord> = {}): SessionRecord {
  return { version: 1, createdAt: now, lastSeenAt: now, expiresAt: now + DAY, fields: { n: '1' }, ...header }
}

type Given = Partial<Pick<BaseSessionOptions, 'clock' | 'storeTimeout'>>

/** An application with a login, a counter and a page that only reads. */
export async function startApp(store: RedisStore, options: Given = {}) {
  const sessions = createSessions({ secretKey: SECRET, store, ...options })
  const app = express()
  app.use(session(sessions))
  routes(app)
  app.use(((error: SessmwError, _req, res, _next) => {
    res.status(error.status ?? 500).json({ code: error.code })
  }) as express.ErrorRequestHandler)
  const url = await serve(app)
  return { sessions, browser: () => new Client(url) }
}

function routes(app: Express): void {
  app.get('/read', (req, res) => res.json({ user: req.session.user, n: req.session.n }))
  app.get('/untouched', (_req, res) => res.json({}))
  app.get('/count', (req, res) => {
    req.session.n = Number(req.session.n ?? 0) + 1
    res.json({ n: req.session.n })
  })
  app.get('/fill/:bytes', (req, res) => {
    for (let n = 0; n < 16; n++) req.session[`part${n}`] = 'x'.repeat(Number(req.params.bytes) / 16)
    res.json({})
  })
  app.get('/login/:user', async (req, res) => {
    await sessionOf(req).login(req.params.user)
    req.session.user = req.params.user
    res.json({})
  })
}
