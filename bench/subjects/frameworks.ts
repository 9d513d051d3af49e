import { createRequire } from 'node:module'
import fastifyCookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
import fastify, { type FastifyInstance } from 'fastify'
import type { BenchRequest, Holder, Subject } from '../exchange.js'
import { SECRET } from './mounted.js'

interface KoaContext extends Holder {
  readonly req: BenchRequest
  body: unknown
}

interface KoaApp {
  keys: string[]
  use(middleware: (context: KoaContext) => void): KoaApp
  callback(): Subject['handle']
}

const require = createRequire(import.meta.url)
const Koa: new () => KoaApp = require('koa')
const koaSessionOf: (options: object, app: KoaApp) => (context: KoaContext) => void =
  require('koa-session').default

function koa(name: string, prepare: (app: KoaApp) => void): Subject {
  const app = new Koa()
  prepare(app)
  app.use((context) => {
    if (context.session === undefined) context.session = {}
    context.req.use?.(context)
    context.body = 'ok'
  })
  return { name, handle: app.callback() }
}

const bareKoa = koa('koa', () => {})

/** koa-session with a store of JSON texts in a Map, as the MemoryStore of express-session holds them. */
export function koaSession(): Subject {
  const rows = new Map<string, string>()
  const store = {
    get: async (id: string) => JSON.parse(rows.get(id) ?? 'null'),
    set: async (id: string, data: object) => void rows.set(id, JSON.stringify(data)),
    destroy: async (id: string) => void rows.delete(id),
  }
  const subject = koa('koa-session', (app) => {
    app.keys = [SECRET]
    app.use(koaSessionOf({ key: 'sid', store }, app))
  })
  return { ...subject, base: bareKoa }
}

async function fastifyWith(
  name: string,
  prepare: (app: FastifyInstance) => unknown,
): Promise<Subject & { close(): unknown }> {
  const app = fastify()
  await prepare(app)
  app.get('/', (request, reply) => {
    const raw: BenchRequest = request.raw
    raw.use?.((request.session === undefined ? { session: {} } : request) as Holder)
    reply.send('ok')
  })
  await app.ready()
  return { name, handle: (request, response) => app.routing(request, response), close: () => app.close() }
}

const bareFastify = await fastifyWith('fastify', () => {})

/** @fastify/session with the store that it brings, which holds objects, and with the options of `expressOptions`. */
export async function fastifySessionSubject(): Promise<Subject> {
  const subject = await fastifyWith('@fastify/session', async (app) => {
    await app.register(fastifyCookie)
    await app.register(fastifySession, {
      secret: SECRET,
      cookieName: 'sid',
      saveUninitialized: false,
      rolling: false,
      cookie: { secure: false },
    })
  })
  return { ...subject, base: bareFastify }
}
