// Responses in every form: streams, no bodies, informational ones, ended twice, HTTP/2.
import { once } from 'node:events'
import { type IncomingHttpHeaders, request } from 'node:http'
import { connect, createServer, type IncomingHttpHeaders as Http2Headers } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import type express from 'express'
import { describe, expect, it } from 'vitest'
import { MemoryStore, session, sessionOf } from '../../src/index.js'
import { gate, SECRET, serve } from '../support/http.js'
import { cookieOf, faultApp, silent, Verdicts } from './support.js'

interface Exchange {
  status: number
  headers: IncomingHttpHeaders
  body: string
  informational: number[]
}

/** One request through node:http, which shows informational responses too. */
async function ask(url: string, method = 'GET', headers: Record<string, string> = {}): Promise<Exchange> {
  const asked = request(url, { method, headers, agent: false })
  const informational: number[] = []
  asked.on('information', ({ statusCode }) => informational.push(statusCode))
  asked.end()
  const [response] = await once(asked, 'response')
  let body = ''
  for await (const chunk of response) body += chunk
  return { status: response.statusCode, headers: response.headers, body, informational }
}

describe('F19: a change after the headers have left', () => {
  it('waits with the first flush for the commit, and saves what is changed later at the end', async () => {
    const [flushed, finish] = [gate(), gate()]
    const { client, url, store, verdicts } = await faultApp((app) => {
      app.get('/events', async (req, res) => {
        req.session.opened = 1
        res.setHeader('Content-Type', 'text/event-stream')
        res.flushHeaders()
        res.write('data: 1\n\n')
        await finish.opened
        req.session.closed = 1
        res.end('data: 2\n\n')
      })
    })
    await client.get('/login')
    const saving = store.faults.barrier('update')
    const asked = request(`${url}/events`, { headers: { cookie: cookieOf(client) } })
    let answered = false
    const responded = once(asked, 'response').then(([response]) => {
      answered = true
      flushed.open()
      return response
    })
    asked.end()
    await saving.arrived
    // Whatever would leave early has had its turns by then.
    await client.get('/nothing')
    expect(answered).toBe(false)
    saving.release()
    await flushed.opened
    finish.open()
    let body = ''
    for await (const chunk of await responded) body += chunk
    expect(body).toBe('data: 1\n\ndata: 2\n\n')
    expect((await verdicts.of('/events')).save).toBe('updated')
    expect((await client.get('/me')).json()).toEqual({ user: 'u1', opened: 1, closed: 1 })
  })

  it('that would need a new cookie is not stored, and the verdict says so', async () => {
    const { client, memory, verdicts } = await faultApp((app) => {
      app.get('/late', (req, res) => {
        res.write('first')
        req.session.user = 'u1'
        res.end()
      })
    })
    const answer = await client.get('/late')
    expect([answer.status, answer.setCookies]).toEqual([200, []])
    expect(await verdicts.of('/late')).toMatchObject({ save: 'discarded', cookie: 'withheld-late' })
    expect(await memory.count()).toBe(0)
  })

  it.each([
    ['save', (req: express.Request) => req.session.save()],
    ['regenerate', (req: express.Request) => req.session.regenerate()],
    ['login', (req: express.Request) => sessionOf(req).login('u1')],
  ])('is refused by %s() where it would need a new cookie', async (_what, change) => {
    const codes: unknown[] = []
    const { client, memory } = await faultApp((app) => {
      app.get('/late', async (req, res) => {
        res.write('first')
        req.session.late = 1
        await Promise.resolve()
          .then(() => change(req))
          .catch((error: { code?: string }) => codes.push(error.code))
        res.end()
      })
    })
    await client.get('/late')
    expect(codes).toEqual(['cookie-too-late'])
    expect(await memory.count()).toBe(0)
  })

  it('during a pipe of 1 MB is saved at its end', async () => {
    const { client } = await faultApp((app) => {
      app.get('/pipe', (req, res) => {
        const source = Readable.from(Array.from({ length: 16 }, () => 'x'.repeat(65_536)))
        source.on('end', () => {
          req.session.downloaded = true
        })
        source.pipe(res)
      })
    })
    await client.get('/login')
    expect((await client.get('/pipe')).text).toHaveLength(1_048_576)
    expect((await client.get('/me')).json()).toEqual({ user: 'u1', downloaded: true })
  })
})

describe('F20: responses without a body', () => {
  const app = () =>
    faultApp((express) => {
      express.get('/page', (req, res) => {
        req.session.user = 'u1'
        res.send('page')
      })
      express.get('/status/:status', (req, res) => {
        req.session.user = 'u1'
        res.status(Number(req.params.status)).send('page')
      })
      express.get('/redirect', (req, res) => {
        req.session.user = 'u1'
        res.redirect('/elsewhere')
      })
      express.get('/early', (req, res) => {
        res.writeEarlyHints({ link: '</style.css>; rel=preload' })
        res.writeProcessing()
        req.session.user = 'u1'
        res.send('page')
      })
    })

  it.each([
    ['GET', '/page', 200, 'page'],
    ['HEAD', '/page', 200, ''],
    ['GET', '/status/204', 204, ''],
    ['GET', '/status/304', 304, ''],
    ['HEAD', '/redirect', 302, ''],
    ['GET', '/redirect', 302, 'Found. Redirecting to /elsewhere'],
  ])('%s %s has status %i, the cookie, and the headers for caches', async (method, path, status, body) => {
    const { url, memory } = await app()
    const answer = await ask(url + path, method)
    expect([answer.status, answer.body]).toEqual([status, body])
    expect(answer.headers['set-cookie']).toEqual([expect.stringMatching(/^sid=s%3A/)])
    expect(answer.headers.vary?.split(', ')).toContain('Cookie')
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(await memory.count()).toBe(1)
  })

  it('informational ones do not commit: what changes after them is stored, and has its cookie', async () => {
    const { url, memory } = await app()
    const answer = await ask(`${url}/early`, 'GET')
    expect(answer.informational).toEqual([103, 102])
    expect([answer.status, answer.body]).toEqual([200, 'page'])
    expect(answer.headers['set-cookie']).toHaveLength(1)
    expect(await memory.count()).toBe(1)
  })

  it('100 Continue does not commit', async () => {
    const { url } = await app()
    const answer = await ask(`${url}/page`, 'GET', { expect: '100-continue' })
    expect(answer.informational).toEqual([100])
    expect(answer.headers['set-cookie']).toHaveLength(1)
  })
})

describe('F21: a response that is ended twice', () => {
  it.each<[string, (res: express.Response) => void]>([
    ['end(); end()', (res) => res.end('page').end()],
    ['end(); end(chunk)', (res) => res.end('page').end('more')],
    ['end(); write()', (res) => void res.end('page').write('more')],
    ['json(); json()', (res) => void res.send('page').send('more')],
  ])('%s commits once and sends the first body', async (_what, respond) => {
    const { client, store } = await faultApp((app) => {
      app.get('/twice', (req, res) => {
        req.session.user = 'u2'
        res.on('error', () => {})
        respond(res)
      })
    })
    await client.get('/login')
    const answer = await client.get('/twice')
    expect([answer.status, answer.text]).toEqual([200, 'page'])
    expect(store.faults.calls('update')).toBe(1)
    expect((await client.get('/me')).json()).toEqual({ user: 'u2' })
  })
})

describe('F22: HTTP/2 through the compatibility API', () => {
  async function http2App() {
    const memory = new MemoryStore()
    const middleware = session({ secretKey: SECRET, store: memory, logger: silent })
    const verdicts = new Verdicts()
    middleware.sessions.events.on('request', (event) => verdicts.add(event))
    const opened = gate()
    const server = createServer(async (req, res) => {
      await middleware(req, res)
      const { data } = sessionOf<{ visits: number; slow: number }>(req)
      if (req.url === '/slow') {
        data.slow = 1
        opened.open()
        return
      }
      data.visits = (data.visits ?? 0) + 1
      res.end(String(data.visits))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const close = async () => {
      client.close()
      await new Promise((resolve) => server.close(resolve))
    }
    return { client, close, memory, verdicts, opened }
  }

  async function get(client: ReturnType<typeof connect>, path: string, cookie?: string) {
    const stream = client.request({ ':path': path, ...(cookie !== undefined && { cookie }) })
    const [headers] = (await once(stream, 'response')) as [Http2Headers]
    let body = ''
    for await (const chunk of stream) body += chunk
    return { headers, body, cookie: headers['set-cookie']?.[0]?.split(';', 1)[0] }
  }

  it('counts visits with its cookie', async () => {
    const { client, close } = await http2App()
    const first = await get(client, '/')
    expect([first.body, first.headers.vary]).toEqual(['1', 'Cookie'])
    expect((await get(client, '/', first.cookie)).body).toBe('2')
    expect((await get(client, '/')).body).toBe('1')
    await close()
  })

  it('a stream that is reset before the end has its changes saved', async () => {
    const { client, close, verdicts, opened } = await http2App()
    const { cookie } = await get(client, '/')
    const stream = client.request({ ':path': '/slow', cookie })
    await opened.opened
    stream.close()
    expect(await verdicts.of('/slow')).toMatchObject({ load: 'loaded', save: 'updated' })
    expect((await get(client, '/', cookie)).body).toBe('2')
    await close()
  })
})

describe('S44: plain node:http', () => {
  it('sends no header before the session is stored', async () => {
    const memory = new MemoryStore()
    const middleware = session({ secretKey: SECRET, store: memory, logger: silent })
    const url = await serve(async (req, res) => {
      await middleware(req, res)
      sessionOf<{ user: string }>(req).data.user = 'u1'
      res.writeHead(302, { Location: '/next', 'Set-Cookie': ['a=1', 'b=2'] })
      res.end('moved')
    })
    const answer = await ask(url)
    expect([answer.status, answer.body]).toEqual([302, 'moved'])
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2', expect.stringMatching(/^sid=/)])
    expect(await memory.count()).toBe(1)
  })
})
