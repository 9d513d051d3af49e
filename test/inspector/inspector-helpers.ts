import { connect } from 'node:net'
import express, { type RequestHandler } from 'express'
import type { BaseSessionOptions } from '../../src/core/options.js'
import type { EnumerableStore } from '../../src/core/store.js'
import { createSessions, MemoryStore, type SessionRecord, type Sessions, session } from '../../src/index.js'
import { createInspector } from '../../src/inspector/inspector.js'
import type { InspectorOptions } from '../../src/inspector/options.js'
import { cookieJar } from '../../src/testing/cookie-jar.js'
import { closeAll, listen } from '../support/listen.js'
import { apiAt, type CallApi } from './api-helpers.js'

export const TOKEN = 'a-token-of-the-inspector-tests-only'
export const SECRET = 'a secret of the inspector tests, long enough'
export const BEARER = { Authorization: `Bearer ${TOKEN}` }

export { closeAll, listen }

export type Data = Record<string, unknown>

export interface Rig {
  readonly origin: string
  readonly base: string
  readonly port: number
  readonly store: MemoryStore
  readonly sessions: Sessions<Data>
  /** What the inspector wrote to its operator. */
  readonly written: string[]
  /** Makes a session with this data; answers with its id and cookie value. */
  visit(data: Data): Promise<{ id: string; cookie: string }>
  /** The API, each answer held against the schema. */
  readonly api: CallApi
  get(path: string, headers?: Record<string, string>, method?: string): Promise<Response>
  dump(query?: string): Promise<Dump>
}

export interface Dump {
  now: number
  store: string
  count: number
  sessions: {
    handle: string
    owner: string | null
    data: Data
    createdAt: number
    lastSeenAt: number
    expiresAt: number
  }[]
}

/** More options of the sessions, and what runs before the inspector. */
export interface RigOptions extends Partial<BaseSessionOptions<Data>> {
  readonly before?: RequestHandler[]
}

/** An app with sessions and the inspector at `/__sessmw`. */
export async function rig(
  options: InspectorOptions = { auth: TOKEN },
  clock = Date.now,
  { before = [], ...more }: RigOptions = {},
): Promise<Rig> {
  const store = new MemoryStore({ clock })
  const sessions = createSessions<Data>({ secretKey: SECRET, store, clock, ...more })
  const written: string[] = []
  const app = express()
  app.use(...before, (_request, _response, next) => next())
  app.use(
    '/__sessmw',
    createInspector(sessions, options, (text) => written.push(text)),
  )
  app.use(session(sessions), express.json())
  app.post('/visit', (request, response) => {
    Object.assign(sessions.of(request).data, request.body)
    response.json({ id: sessions.of(request).id })
  })
  app.get('/read', (request, response) => {
    response.json({ keys: Object.keys(sessions.of(request).data) })
  })
  const port = await listen(app)
  const origin = `http://localhost:${port}`
  const get: Rig['get'] = (path, headers = {}, method = 'GET') =>
    fetch(`${origin}/__sessmw${path}`, { method, headers, redirect: 'manual' })
  return {
    ...{
      origin,
      base: `${origin}/__sessmw`,
      api: apiAt(`${origin}/__sessmw`),
      port,
      store,
      sessions,
      written,
      get,
    },
    async visit(data) {
      const jar = cookieJar()
      const headers = { 'Content-Type': 'application/json' }
      const response = await jar.fetch(`${origin}/visit`, {
        method: 'POST',
        headers,
        body: JSON.stringify(data),
      })
      const { id } = (await response.json()) as { id: string }
      return { id, cookie: jar.list()[0]?.value ?? '' }
    },
    async dump(query = '') {
      const response = await get(`/sessions.json${query}`, BEARER)
      return (await response.json()) as Dump
    },
  }
}

/** Everything in a store, as text. */
export async function contentsOf(store: EnumerableStore): Promise<string> {
  const all: (readonly [string, SessionRecord])[] = []
  for await (const entry of store.entries()) all.push(entry)
  return JSON.stringify(all)
}

/** Sends bytes as they are; answers with the status, 0 when the server closed without one. */
export function sendRaw(port: number, text: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(text, 'latin1'))
    let received = ''
    socket.setEncoding('latin1').on('data', (part) => {
      received += part
    })
    socket.on('error', reject).on('close', () => resolve(Number(received.split(' ', 2)[1] ?? 0)))
  })
}

/** A GET of the dump with these header lines and a good token. */
export function sendHosts(
  port: number,
  hosts: readonly string[],
  target = '/__sessmw/sessions.json',
): Promise<number> {
  const lines = [`GET ${target} HTTP/1.1`, ...hosts.map((host) => `Host: ${host}`), 'Connection: close']
  return sendRaw(port, `${[...lines, `Authorization: Bearer ${TOKEN}`].join('\r\n')}\r\n\r\n`)
}
