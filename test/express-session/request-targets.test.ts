import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { serve } from '../support/http.js'
import { modules, SECRET, type SessionModule, type SessionRequest } from './harness.js'

/** What a plain server answers to a request line, `EMPTY` standing for an app that has emptied `req.url`. */
async function answerOf(session: SessionModule, line: string, path: string): Promise<string> {
  const middleware = session({
    secret: SECRET,
    resave: false,
    saveUninitialized: true,
    cookie: { path },
    genid: () => 'id',
  })
  const url = await serve((req, res) => {
    if (req.url === '/EMPTY') req.url = ''
    middleware(req as never, res as never, (error?: unknown) => {
      res.end(`<${error ?? (req as unknown as SessionRequest).sessionID}>`)
    })
  })
  const socket = connect(Number(new URL(url).port))
  await once(socket, 'connect')
  socket.write(`${line}\r\nHost: example.com\r\nConnection: close\r\n\r\n`)
  const answer = await text(socket)
  return `${/Set-Cookie: .*/.exec(answer)?.[0]} ${/<.*>/.exec(answer)?.[0]}`
}

it.each([
  'GET / HTTP/1.1',
  'GET /EMPTY HTTP/1.1',
  'GET /shop?x=/ HTTP/1.1',
  'GET http://example.com/shop?x HTTP/1.1',
  'GET http://example.com HTTP/1.1',
  'OPTIONS * HTTP/1.1',
  'GET //shop/b HTTP/1.1',
  'GET /shop HTTP/1.0',
  'GET /%zz HTTP/1.1',
])('a session is found for the same paths: %s', async (line) => {
  for (const path of ['/', '/shop', '//shop', '*']) {
    const [expected, answer] = await Promise.all(
      [modules.original, modules.ours].map((session) => answerOf(session, line, path)),
    )
    expect(answer).toBe(expected)
    if (path === '/' && !line.includes('*')) expect(answer).toMatch(/^Set-Cookie: connect.*<id>$/)
  }
})
