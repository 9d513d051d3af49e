import type { IncomingMessage, ServerResponse } from 'node:http'
import original from 'express-session'
import { describe, expect, it } from 'vitest'
import ours from '../../src/express-session.js'

/** What engine.io hands to middlewares for a WebSocket upgrade. */
class UpgradeResponse {
  readonly headers: Record<string, unknown> = {}
  setHeader(name: string, value: unknown): void {
    this.headers[name] = value
  }
  getHeader(name: string): unknown {
    return this.headers[name]
  }
  removeHeader(name: string): void {
    delete this.headers[name]
  }
  write(): void {}
  writeHead(): void {}
  end(): void {}
}

const upgrade = async (session: typeof original, saveUninitialized: boolean) => {
  const middleware = session({ secret: 'secret', resave: false, saveUninitialized })
  const request = { headers: {}, url: '/socket.io/', method: 'GET', socket: {} } as IncomingMessage
  const response = new UpgradeResponse()
  await new Promise((resolve) =>
    middleware(request as never, response as unknown as ServerResponse as never, resolve),
  )
  response.writeHead()
  const cookie = [response.headers['Set-Cookie']]
    .flat()
    .map((line) => String(line).replace(/=s%3A[^;]+/, '=…'))
  return { cookie, hasSession: 'session' in request }
}

describe('a WebSocket upgrade through engine.io', () => {
  it.each([true, false])(
    'gets session and cookie as with express-session, saveUninitialized: %s',
    async (option) => {
      expect(await upgrade(ours as never, option)).toEqual(await upgrade(original, option))
    },
  )

  it('takes the empty response that ws is used with', async () => {
    const middleware = ours({ secret: 'secret', resave: false, saveUninitialized: false })
    const request = { headers: {}, url: '/', socket: {} } as IncomingMessage
    await new Promise((resolve) => middleware(request as never, {} as never, resolve))
    expect('session' in request).toBe(true)
  })
})
