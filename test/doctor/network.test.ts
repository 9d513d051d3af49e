import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import express from 'express'
import { describe, expect, it, onTestFinished } from 'vitest'
import { run } from '../cli/run-in-process.js'
import { serve } from '../support/http.js'
import { counting, original, ours } from './live-cases.js'
import { SELF_SIGNED } from './self-signed.js'
import { examine, source } from './situations.js'

/** A server that does not speak HTTP, or speaks it badly. */
async function listen(onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    onConnection(socket)
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return addressOf(server)
}

async function addressOf(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function overTls(listener: RequestListener): Promise<string> {
  const server = createHttpsServer(SELF_SIGNED, listener)
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `https://${await addressOf(server)}/`
}

async function closedPort(): Promise<string> {
  const server = createServer()
  const address = await addressOf(server)
  server.close()
  await once(server, 'close')
  return address
}

const doctor = (...args: string[]) => run(['doctor', ...args])

describe('sessmw doctor, where nobody answers,', () => {
  it.each([
    ['a closed port', async () => [`http://${await closedPort()}`], 'Nothing listens at'],
    ['a name that does not exist', async () => ['http://no-such-host.invalid/'], 'cannot be resolved|DNS'],
    [
      'a port that speaks something else',
      async () => [`http://${await listen((socket) => void socket.end('SSH-2.0-OpenSSH_9.6\r\n'))}`],
      'does not answer in HTTP',
    ],
    [
      'a port that hangs up',
      async () => [`http://${await listen((socket) => void socket.destroy())}`],
      'ended the connection',
    ],
    [
      'https on a port without TLS',
      async () => [(await serve(counting(original()))).replace('http:', 'https:')],
      'does not speak TLS|ended the connection',
    ],
    [
      'headers without end',
      async () => [
        `http://${await listen((socket) => void socket.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}`))}`,
      ],
      'more headers',
    ],
    [
      'a server that is too slow',
      async () => [`http://${await listen(() => undefined)}`, '--timeout', '0.05'],
      'did not answer within 0.05 s',
    ],
  ])('ends with exit 5 and says what is the matter: %s', async (_what, args, message) => {
    const { exit, stdout, stderr } = await doctor(...(await args()))
    expect([exit, stdout]).toEqual([5, ''])
    expect(stderr).toMatch(new RegExp(message))
    expect(stderr).toContain('[io]')
    expect(stderr).not.toMatch(/\n\s+at /)
  })
})

describe('sessmw doctor, with answers that do not end,', () => {
  it.each([
    ['a body of 3 MiB', (): RequestListener => (_req, res) => res.end('x'.repeat(3 << 20)), '10'],
    ['a stream that never ends', (): RequestListener => (_req, res) => void res.write('data: 1\n\n'), '1'],
    [
      'a stream of events, which is not waited for',
      (): RequestListener => (_req, res) =>
        void res.setHeader('Content-Type', 'text/event-stream').write('data: 1\n\n'),
      '600',
    ],
  ])('looks at the headers and stops reading: %s', async (_what, body, timeout) => {
    const cookie = 'connect.sid=s%3Aid.signature; Path=/'
    const app: RequestListener = (req, res) => {
      res.setHeader('Set-Cookie', cookie)
      body()(req, res)
    }
    const { exit, findings, requests } = await examine({ app, args: ['--timeout', timeout] })
    expect([exit, requests.length]).toEqual([0, 1])
    expect(findings.map(({ code }) => code)).not.toContain('not-initialized')
  })
})

describe('sessmw doctor, over HTTPS with a certificate of its own,', () => {
  it('says that the certificate is self-signed, and goes on', async () => {
    const url = await overTls(counting(ours()))
    const { exit, stdout } = await doctor(url)
    expect(exit).toBe(0)
    expect(stdout).toContain('[untrusted-certificate]')
    expect(stdout).toContain('self-signed')
    expect(stdout).toContain('[session-kept]')
  })
})

describe('the requests of sessmw doctor', () => {
  /** Runs it on a server that writes down what is asked. */
  async function asked(listener: RequestListener, ...args: string[]) {
    const seen: IncomingMessage[] = []
    const url = await serve((req, res) => {
      seen.push(req)
      listener(req, res)
    })
    const result = await doctor(`${url}/start?token=canary`, '--json', ...args)
    return { seen, url, ...result, report: JSON.parse(result.stdout) }
  }

  it.each<[string, RequestListener, string[]]>([
    ['a plain app', counting(original()), []],
    ['an app without a cookie', counting(original({ secure: true })), ['--origin', 'http://front.example']],
    ['redirects in a circle', (_req, res) => void res.writeHead(302, { Location: '/again' }).end(), []],
    [
      'everything at once',
      express()
        .get('/start', (_req, res) => res.redirect('/login'))
        .use(counting(original({ secure: true }), (app) => void app.set('trust proxy', 1))),
      ['--origin', 'http://127.0.0.1:5173'],
    ],
  ])('are at most four, and all are GET: %s', async (_what, listener, args) => {
    const { seen, report, stderr } = await asked(listener, ...args)
    expect(seen.length).toBeGreaterThan(0)
    expect(seen.length).toBeLessThanOrEqual(4)
    expect(new Set(seen.map(({ method }) => method))).toEqual(new Set(['GET']))
    expect(report.requests).toHaveLength(seen.length)
    expect(stderr.match(/^GET /gm)).toHaveLength(seen.length)
  })

  it('go to no other host, and say where a redirect leads', async () => {
    const visits: string[] = []
    const other = createHttpServer((req, res) => {
      visits.push(req.url ?? '')
      res.end()
    })
    onTestFinished(() => void other.close())
    const address = await addressOf(other)
    const away = `http://${address.replace('127.0.0.1', 'localhost')}/elsewhere?code=canary`
    const { seen, report, stdout } = await asked(
      (_req, res) => void res.writeHead(302, { Location: away }).end(),
    )
    expect(visits).toEqual([])
    expect(seen.every(({ headers }) => headers.host?.startsWith('127.0.0.1'))).toBe(true)
    expect(report.findings.map(({ code }: { code: string }) => code)).toContain('redirected-away')
    expect(stdout).toContain('/elsewhere')
    expect(stdout).not.toContain('canary')
  })

  it('follow a redirect on the host with the cookies that it set', async () => {
    const app = express()
    app.get('/start', (_req, res) => void res.cookie('step', 'one').redirect('/login'))
    const { seen } = await asked(app.use(counting(original())))
    expect(seen.slice(0, 2).map(({ url, headers }) => [url, headers.cookie])).toEqual([
      ['/start?token=canary', undefined],
      ['/login', 'step=one'],
    ])
  })

  it('bring back the session cookie, byte for byte', async () => {
    const { seen } = await asked(counting(original()))
    expect(seen).toHaveLength(2)
    expect(seen[1]?.headers.cookie).toMatch(/^connect\.sid=s%3A[\w-]{32}\.[\w%]+$/)
  })

  it('are told from one another when a later one fails', async () => {
    const { report, exit } = await asked((req, res) => {
      if (req.headers['x-forwarded-proto'] === undefined) res.end('no cookie')
      else req.socket.destroy()
    })
    expect(exit).toBe(0)
    expect(report.requests).toMatchObject([
      { purpose: 'plain', status: 200, failure: null },
      { purpose: 'as-https', status: null, failure: expect.stringContaining('ended the connection') },
    ])
    expect(report.findings.map(({ code }: { code: string }) => code)).toContain('page-failed')
  })

  it.each<[string, RequestListener, string]>([
    ['fails', (_req, res) => void res.writeHead(500).end(), '→ 500'],
    ['is not there', express().use(original()), '→ 404'],
    [
      'redirects in a circle',
      (_req, res) => void res.writeHead(302, { Location: '/again' }).end(),
      'GET http://127.0.0.1:PORT/again → 302\nits redirects lead in a circle',
    ],
  ])('say nothing about sessions when the page %s', async (_what, listener, words) => {
    const { report, url } = await asked(listener)
    expect(report.findings.map(({ code }: { code: string }) => code)).toEqual(['page-failed'])
    expect(report.findings[0].evidence.join('\n')).toContain(words.replace('PORT', new URL(url).port))
  })

  it('say first that the page is not there, and no word of a proxy, even when the source is at hand', async () => {
    const app = `app.use(require('express-session')({ cookie: { secure: true } })); app.get('/', (req) => { req.session.n = 1 })`
    const { files = {} } = source(app)
    const { exit, findings } = await examine({ app: express().use(original()), path: '/nowhere', files })
    expect(findings[0]).toMatchObject({ code: 'page-failed', level: 'warning' })
    expect([exit, findings.filter(({ level }) => level === 'error')]).toEqual([0, []])
  })

  it('believe the session of a page that is not there', async () => {
    const app = counting(original())
    const { report } = await asked((req, res) => {
      res.statusCode = 404
      app(req, res)
    })
    expect(report.findings.map(({ code }: { code: string }) => code)).toEqual(['session-kept'])
  })

  it('take no detour for a circle: a page that redirects to itself with a cookie', async () => {
    const { report } = await asked((req, res) => {
      if (req.headers.cookie !== undefined) res.end()
      else res.writeHead(302, { Location: '/start', 'Set-Cookie': 'seen=1' }).end()
    })
    expect(report.findings.map(({ code }: { code: string }) => code)).not.toContain('page-failed')
  })
})
