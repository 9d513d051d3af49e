// WebSocket libraries run middlewares on upgrade requests with a response of their own making.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createSessions, MemoryStore, session, sessionOf } from '../../src/index.js'
import { SECRET } from '../support/http.js'

/** engine.io's has these and no more; ws is used with an empty object. */
const engineIo = () => ({
  setHeader() {},
  getHeader() {},
  removeHeader() {},
  write() {},
  writeHead() {},
  end() {},
})

describe.each([
  ['engine.io', engineIo],
  ['ws', () => ({})],
])('the upgrade response of %s', (_library, response) => {
  const upgrade = async (cookie?: string) => {
    const sessions = createSessions({ secretKey: SECRET, store: new MemoryStore() })
    const begun = await sessions.open()
    begun.data.n = 1
    const sent = cookie ?? (await sessions.commit(begun))?.split(';')[0]
    const request = { headers: { cookie: sent }, socket: {} } as unknown as IncomingMessage
    await new Promise((resolve) =>
      session(sessions)(request, response() as unknown as ServerResponse, resolve),
    )
    return { request, sessions, cookie: sent }
  }

  it('gives the socket the session, which saves explicitly', async () => {
    const { request, sessions, cookie } = await upgrade()
    const current = sessionOf(request)
    expect(current.data.n).toBe(1)
    current.data.n = 2
    await current.save()
    expect((await sessions.open(cookie)).data.n).toBe(2)
  })

  it('takes a visitor without a cookie', async () => {
    const { request } = await upgrade('other=1')
    expect(sessionOf(request).isNew).toBe(true)
  })
})
