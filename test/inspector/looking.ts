import express from 'express'
import type expressSession from 'express-session'
import { signValue } from '../../src/cookie/signed-value.js'
import { handleOf } from '../../src/core/session-id.js'
import dropIn from '../../src/express-session.js'
import { createSessions, type Store } from '../../src/index.js'
import { inspector } from '../../src/inspector.js'
import { apiAt, type CallApi } from './api-helpers.js'
import { type Data, listen, SECRET, TOKEN } from './inspector-helpers.js'
import { EventClient } from './sse.js'

/** Every call that only looks. */
export async function lookAround(api: CallApi, base: string, handle: string): Promise<void> {
  const session = `/api/v1/sessions/${handle}`
  const reads = ['/sessions.json', '/api/v1/info', '/api/v1/sessions', session, `${session}/history`]
  const lists = ['/api/v1/sessions?q=a:1', '/api/v1/sessions?filter=expired&q=is:expired', '/api/v1/requests']
  for (const path of [...reads, ...lists, '/api/v1/clock', '/api/v1/export']) await api('GET', path)
  await api('POST', '/api/v1/verify', { body: { input: `sid=${signValue('n'.repeat(43), SECRET)}` } })
  await api('POST', `${session}/reveal`, { body: { pointer: '/a' } })
  await using client = await EventClient.connect(base)
  await client.next()
}

/** An app on a store of its own, without Express. */
export async function appOn(store: Store) {
  const sessions = createSessions<Data>({ secretKey: SECRET, store })
  const handler = inspector(sessions, { auth: TOKEN })
  const port = await listen((request, response) => handler(request, response))
  const base = `http://localhost:${port}`
  const api = apiAt(base)
  return {
    ...{ sessions, api, base },
    async visit(data: Data, owner?: string) {
      const session = await sessions.open()
      Object.assign(session.data, data)
      if (owner !== undefined) await session.login(owner, { keep: Object.keys(data) })
      const [cookie = ''] = (await sessions.commit(session))?.split(';') ?? []
      return { handle: handleOf(session.id), cookie }
    },
  }
}

/** An app on `sessmw/express-session`. */
export async function dropInApp(store: expressSession.Store | undefined) {
  const middleware = dropIn({
    secret: SECRET,
    resave: false,
    saveUninitialized: false,
    ...(store && { store }),
  })
  const app = express()
  app.use('/__sessmw', inspector(middleware, { auth: TOKEN }))
  app.use(middleware, express.json())
  app.post('/', (request, response) => {
    Object.assign(request.session, request.body)
    response.json({ id: request.sessionID })
  })
  app.get('/', (request, response) => void response.json({ ...request.session, cookie: undefined }))
  const origin = `http://localhost:${await listen(app)}`
  const read = async (cookie: string) => (await fetch(`${origin}/`, { headers: { Cookie: cookie } })).json()
  return {
    ...{ origin, read, api: apiAt(`${origin}/__sessmw`) },
    async visit(data: Data) {
      const headers = { 'Content-Type': 'application/json' }
      const response = await fetch(origin, { method: 'POST', headers, body: JSON.stringify(data) })
      const { id } = (await response.json()) as { id: string }
      const cookie = response.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
      // A store that cannot list shows what came back.
      await read(cookie)
      return { id, cookie, handle: handleOf(id) }
    },
  }
}
