import { once } from 'node:events'
import { createServer, request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Response as Answer } from 'express'
import { handleOf } from '../../src/core/session-id.js'
import type { Store } from '../../src/core/store.js'
import { createSessions, MemoryStore, session } from '../../src/index.js'
import type { InspectorOptions } from '../../src/inspector/options.js'
import { inspector, type TravelClock, travelClock } from '../../src/inspector.js'
import { faultyStore } from '../../src/testing.js'
import { type Data, SECRET, TOKEN } from '../inspector/inspector-helpers.js'

const running = new Set<Server>()

/** For `afterEach`. */
export async function closeApps(): Promise<void> {
  await Promise.all([...running].map(stop))
}

function listen(server: Server, port = 0): Promise<number> {
  running.add(server)
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

function stop(server: Server): Promise<void> {
  running.delete(server)
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

export type InspectedApp = Awaited<ReturnType<typeof inspectedApp>>

/** An app whose sessions the page shows, and the ways to drive it. */
export function inspectedApp(options: InspectorOptions = {}) {
  const clock = travelClock()
  const memory = new MemoryStore({ clock })
  return appOn({ clock, memory, store: memory, options })
}

/** The same, on a store that fails when it is told to. */
export async function faultyApp() {
  const clock = travelClock()
  const memory = new MemoryStore({ clock })
  const store = faultyStore(memory)
  return { app: await appOn({ clock, memory, store, options: {} }), faults: store.faults }
}

interface Parts {
  readonly clock: TravelClock
  /** What holds the records. */
  readonly memory: MemoryStore
  /** What the app knows of it. */
  readonly store: Store
  readonly options: InspectorOptions
}

async function appOn({ clock, memory, store, options }: Parts) {
  const sessions = createSessions<Data>({
    secretKey: SECRET,
    ...{ store, clock, onStoreError: 'anonymous' },
  })
  const app = express()
  app.use('/__sessmw', inspector(sessions, { auth: TOKEN, ...options }))
  app.use(session(sessions), express.json())
  app.post('/write', async (request, response) => {
    const { owner, ...data } = request.body
    if (typeof owner === 'string') await sessions.of(request).login(owner)
    Object.assign(sessions.of(request).data, data)
    response.json({ id: sessions.of(request).id })
  })
  app.get('/count', (request, response) => {
    sessions.of(request).data['n'] = 1
    response.end()
  })
  app.get('/late', (request, response) => {
    response.write('the headers have left')
    sessions.of(request).data['n'] = 1
    response.end()
  })
  app.get('/revoked', async (request, response) => {
    await sessions.revoke(sessions.of(request).handle ?? '')
    sessions.of(request).data['n'] = 2
    response.end()
  })
  app.use((_request, response) => void response.end())
  app.use((_error: unknown, _request: unknown, response: Answer, _next: unknown) => {
    response.status(503).end()
  })
  const server = createServer(app)
  const port = await listen(server)
  const origin = `http://localhost:${port}`
  return {
    ...{ clock, store: memory, sessions, port, origin },
    page: `${origin}/__sessmw/#t=${TOKEN}`,
    stop: () => stop(server),
    start: () => listen(server, port),
    /** Makes a session with this data, or changes one; `owner` logs in. */
    async write(data: Data, cookie = ''): Promise<{ cookie: string; handle: string }> {
      const response = await fetch(`${origin}/write`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...(cookie !== '' && { Cookie: cookie }) },
        body: JSON.stringify(data),
      })
      const { id } = (await response.json()) as { id: string }
      const [set = cookie] = response.headers.getSetCookie()
      return { cookie: set.split(';')[0] ?? '', handle: handleOf(id) }
    },
    /** A request and the end of its verdict. */
    async visit(path: string, cookie = '', host = `localhost:${port}`): Promise<void> {
      const told = once(sessions.events, 'request')
      const headers = { Host: host, ...(cookie !== '' && { Cookie: cookie }) }
      httpRequest({ port, host: '127.0.0.1', path, headers })
        .on('response', (response) => response.resume())
        .end()
      await told
    },
  }
}
