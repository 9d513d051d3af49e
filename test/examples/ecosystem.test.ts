import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import flash from 'connect-flash'
import { csrfSync } from 'csrf-sync'
import express, { type RequestHandler } from 'express'
import grant from 'grant'
import { Server } from 'socket.io'
import { io } from 'socket.io-client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { serve } from '../support/http.js'
import { Browser } from './example-process.js'
import { middlewares } from './middlewares.js'
import { CLIENT_ID, CLIENT_SECRET, startProvider } from './oidc-provider.js'

declare module 'express-session' {
  interface SessionData {
    count: number
    grant: { response?: { access_token?: string; error?: unknown } }
  }
}

const browserOf = (url: string): Browser => new Browser(url.replace('127.0.0.1', 'localhost'))

describe.each(middlewares)('on %s', (_name, middleware) => {
  it('connect-flash shows the messages of several requests, by type, once', async () => {
    const app = express().use(middleware(), flash())
    app.post('/:type/:message', (req, res) => {
      res.json(req.flash(req.params.type, '%s!', req.params.message))
    })
    app.get('/', (req, res) => {
      res.json(req.flash())
    })
    const browser = browserOf(await serve(app))
    await browser.post('/info/one')
    await browser.post('/error/two')
    expect(await (await browser.post('/info/three')).json()).toBe(2)
    expect(await browser.json('/')).toEqual({ info: ['one!', 'three!'], error: ['two!'] })
    expect(await browser.json('/')).toEqual({})
  })

  it('csrf-sync accepts the latest token of the session, and none after it was revoked', async () => {
    const { csrfSynchronisedProtection, generateToken, revokeToken } = csrfSync()
    const app = express().use(middleware())
    app.get('/token', (req, res) => {
      res.json(generateToken(req, true))
    })
    app.post('/revoke', (req, res) => {
      revokeToken(req)
      res.end()
    })
    app.post('/', csrfSynchronisedProtection, (_req, res) => {
      res.end()
    })
    const browser = browserOf(await serve(app))
    const statusWith = async (token: string): Promise<number> => {
      const init = { method: 'POST', headers: { 'x-csrf-token': token } }
      return (await browser.jar.fetch(browser.url, init)).status
    }
    const first = String(await browser.json('/token'))
    expect(await statusWith(first)).toBe(200)
    const second = String(await browser.json('/token'))
    expect([await statusWith(first), await statusWith(second)]).toEqual([403, 200])
    await browser.post('/revoke')
    expect(await statusWith(second)).toBe(403)
  })

  it('grant finds the state of a login again when the provider answers', async () => {
    const issuer = await startProvider()
    const app = express()
    const browser = browserOf(await serve(app))
    const company = {
      oauth: 2,
      authorize_url: `${issuer}/authorize`,
      access_url: `${issuer}/token`,
      key: CLIENT_ID,
      secret: CLIENT_SECRET,
      scope: 'openid email',
      callback: '/signed-in',
    }
    const defaults = {
      origin: browser.url,
      transport: 'session',
      state: true,
      nonce: true,
      pkce: true,
    } as const
    app.use(middleware(), grant.default.express({ defaults, company }))
    app.get('/signed-in', (req, res) => {
      res.json(Object.keys(req.session.grant?.response ?? {}))
    })
    expect(await browser.json('/connect/company')).toEqual(['id_token', 'access_token', 'raw'])
  })
})

describe.each(middlewares)('socket.io on %s', (_name, middleware) => {
  async function start(): Promise<Browser> {
    const withSession = middleware()
    const app = express().use(withSession)
    app.get('/', (req, res) => {
      req.session.count = (req.session.count ?? 0) + 1
      res.json(req.session.count)
    })
    const server = createServer(app)
    const sockets = new Server(server)
    sockets.engine.use(withSession)
    sockets.on('connection', (socket) => {
      const request = socket.request as Parameters<RequestHandler>[0]
      socket.on('count', (answer) => {
        request.session.reload((error) => {
          if (error) return answer(String(error))
          const { session } = request
          session.count = (session.count ?? 0) + 1
          session.save((failure) => answer(failure ? String(failure) : session.count))
        })
      })
    })
    await new Promise<void>((resolve) => server.listen(0, resolve))
    onTestFinished(() => sockets.close())
    return browserOf(`http://localhost:${(server.address() as AddressInfo).port}`)
  }

  it.each(['polling', 'websocket'])(
    'sockets over %s and pages count on the same session',
    async (transport) => {
      const browser = await start()
      expect(await browser.json('/')).toBe(1)
      const extraHeaders = { cookie: browser.cookie }
      const socket = io(browser.url, { transports: [transport], extraHeaders, reconnection: false })
      onTestFinished(() => void socket.disconnect())
      expect(await socket.timeout(5_000).emitWithAck('count')).toBe(2)
      expect(await browser.json('/')).toBe(3)
      expect(await socket.timeout(5_000).emitWithAck('count')).toBe(4)
      expect(await browser.json('/')).toBe(5)
    },
  )
})
