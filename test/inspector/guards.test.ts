import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSessions } from '../../src/index.js'
import { isLoopback } from '../../src/inspector/guards.js'
import { createInspector } from '../../src/inspector/inspector.js'
import type { InspectorOptions } from '../../src/inspector/options.js'
import { STATIC_FILES } from '../../src/inspector/ui/static-files.js'
import {
  BEARER,
  closeAll,
  type Data,
  listen,
  type Rig,
  rig,
  SECRET,
  sendHosts,
  TOKEN,
} from './inspector-helpers.js'

let inspected: Rig
beforeEach(async () => {
  inspected = await rig()
})
afterEach(closeAll)

const HOSTILE_HOSTS: [name: string, of: (port: number) => string][] = [
  ['another name', (port) => `evil.com:${port}`],
  ['a subdomain that begins with localhost', (port) => `localhost.evil.com:${port}`],
  ['a name that resolves to loopback', (port) => `127.0.0.1.nip.io:${port}`],
  ['a subdomain of localhost', (port) => `app.localhost:${port}`],
  ['userinfo', (port) => `localhost@evil.com:${port}`],
  ['localhost6', (port) => `localhost6:${port}`],
  ['a decimal address', (port) => `2130706433:${port}`],
  ['a hexadecimal address', (port) => `0x7f.1:${port}`],
  ['a trailing dot', (port) => `localhost.:${port}`],
  ['another port', (port) => `localhost:${port + 1}`],
  ['no port', () => 'localhost'],
  ['a port with a leading zero', (port) => `localhost:0${port}`],
  ['an unspecified address', (port) => `0.0.0.0:${port}`],
  ['nothing', () => ''],
  ['a percent-encoded zero byte', () => '%00'],
  ['an unclosed bracket', (port) => `[::1:${port}`],
  ['two hosts in one line', (port) => `localhost:${port}, evil.com`],
  ['bytes that are no ASCII', (port) => `localh\u00f6st:${port}`],
]

describe('Host (S59)', () => {
  it.each(HOSTILE_HOSTS)('refuses %s, even with the token, and goes on serving', async (_name, host) => {
    const { port } = inspected
    expect([400, 403]).toContain(await sendHosts(port, [host(port)]))
    expect(await sendHosts(port, [`localhost:${port}`])).toBe(200)
  })

  it.each(['localhost', '127.0.0.1', '[::1]'])('answers to %s with the port of the server', async (name) => {
    expect(await sendHosts(inspected.port, [`${name}:${inspected.port}`])).toBe(200)
  })

  it('refuses two Host headers, whichever comes first, and none', async () => {
    const { port } = inspected
    const own = `localhost:${port}`
    expect(await sendHosts(port, [own, 'evil.com'])).toBe(400)
    expect(await sendHosts(port, ['evil.com', own])).toBe(400)
    expect(await sendHosts(port, [own, own])).toBe(400)
    expect(await sendHosts(port, [])).toBe(400)
  })

  it('refuses a target with a host of its own', async () => {
    const { port } = inspected
    expect(await sendHosts(port, [`localhost:${port}`], 'http://evil.com/__sessmw/sessions.json')).toBe(400)
  })

  it('answers to allowedHosts as they are, and with the port of the server', async () => {
    const { port } = await rig({ auth: TOKEN, allowedHosts: ['dev.example', 'dev.example:8443'] })
    const status = (host: string) => sendHosts(port, [host])
    expect(await status('dev.example')).toBe(200)
    expect(await status('dev.example:8443')).toBe(200)
    expect(await status(`dev.example:${port}`)).toBe(200)
    expect(await status('dev.example:9999')).toBe(403)
    expect(await status('a.dev.example')).toBe(403)
  })
})

describe('origin (S61)', () => {
  it.each(['cross-site', 'same-site', 'nonsense'])('refuses Sec-Fetch-Site: %s', async (site) => {
    const response = await inspected.get('/sessions.json', { ...BEARER, 'Sec-Fetch-Site': site })
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ error: { code: 'cross-site' } })
  })

  it.each(['same-origin', 'none'])('lets Sec-Fetch-Site: %s through', async (site) => {
    expect((await inspected.get('/sessions.json', { ...BEARER, 'Sec-Fetch-Site': site })).status).toBe(200)
  })

  it.each(['null', 'http://evil.com', 'http://localhost', ''])('refuses Origin %j', async (origin) => {
    expect((await inspected.get('/sessions.json', { ...BEARER, Origin: origin })).status).toBe(403)
  })

  it('lets its own Origin through', async () => {
    expect((await inspected.get('/sessions.json', { ...BEARER, Origin: inspected.origin })).status).toBe(200)
  })

  it('guards the page as it guards the data', async () => {
    expect((await inspected.get('/', { 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403)
  })
})

describe('methods', () => {
  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'answers %s with 405 and no CORS header',
    async (method) => {
      const headers = { ...BEARER, 'Access-Control-Request-Method': 'GET' }
      const response = await inspected.get('/sessions.json', headers, method)
      expect(response.status).toBe(405)
      expect(response.headers.get('allow')).toBe('GET, HEAD')
      expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    },
  )

  it('answers HEAD as GET, without a body', async () => {
    const response = await inspected.get('/sessions.json', BEARER, 'HEAD')
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('')
    expect((await inspected.get('/sessions.json', {}, 'HEAD')).status).toBe(401)
  })
})

describe('headers (S64)', () => {
  it.each([
    ['the icon', '/icon.svg', {}, 'image/svg+xml; charset=utf-8'],
    ['the dump', '/sessions.json', BEARER, 'application/json; charset=utf-8'],
    ['a refusal', '/sessions.json', {}, 'application/json; charset=utf-8'],
  ])('%s may not run, be framed, be kept or be read elsewhere', async (_name, path, headers, type) => {
    const response = await inspected.get(path, headers as Record<string, string>)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': type,
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    })
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    expect(response.headers.get('set-cookie')).toBeNull()
  })
})

describe('the files of the page (S64)', () => {
  it('are as safe; the page may show its icon, and what has a hash in its name may be kept', async () => {
    const files: [string, string, string][] = []
    for (const path of STATIC_FILES.keys()) {
      const { headers } = await inspected.get(path)
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; script-src 'self'; style-src 'self'; [^*]*frame-ancestors 'none'(?:; img-src 'self')?$/,
      )
      const place = path.replace(/-[A-Z0-9]{8}\./, '-HASH.')
      files.push([place, headers.get('content-type') ?? '', headers.get('cache-control') ?? ''])
    }
    expect(files).toEqual([
      ['/', 'text/html; charset=utf-8', 'no-store'],
      ['/icon.svg', 'image/svg+xml; charset=utf-8', 'no-store'],
      ['/inspector-HASH.js', 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
      ['/inspector-HASH.css', 'text/css; charset=utf-8', 'public, max-age=31536000, immutable'],
    ])
  })
})

describe('remote address (S58)', () => {
  /** A server whose connections seem to come from another machine. */
  const seenFromAfar = (options: InspectorOptions) => {
    const sessions = createSessions<Data>({ secretKey: SECRET })
    const handler = createInspector(sessions, options, () => undefined)
    return listen((request, response) => {
      Object.defineProperty(request.socket, 'remoteAddress', { value: '10.0.0.1' })
      handler(request, response)
    })
  }

  it.each(['/', '/sessions.json'])('of another machine gets nothing at %s without auth', async (path) => {
    const response = await fetch(`http://localhost:${await seenFromAfar({})}${path}`)
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ error: { code: 'not-local' } })
  })

  it('of another machine is served with auth', async () => {
    const address = `http://localhost:${await seenFromAfar({ auth: TOKEN })}/sessions.json`
    expect((await fetch(address, { headers: BEARER })).status).toBe(200)
    expect((await fetch(address)).status).toBe(401)
  })

  it.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])('takes %s for this machine', (address) => {
    expect(isLoopback(address)).toBe(true)
  })

  it.each(['10.0.0.1', '::', '::ffff:10.0.0.1', '127.0.0.1.evil.com', '1127.0.0.1', '', undefined])(
    'takes %s for another machine',
    (address) => {
      expect(isLoopback(address)).toBe(false)
    },
  )
})
