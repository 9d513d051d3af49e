import { request as httpRequest } from 'node:http'
import express from 'express'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { handleOf } from '../../src/core/session-id.js'
import type { DetailBody } from './api-helpers.js'
import {
  BEARER,
  closeAll,
  contentsOf,
  type Rig,
  rig,
  sendHosts,
  sendRaw,
  TOKEN,
} from './inspector-helpers.js'

let here: Rig
let handle: string
beforeEach(async () => {
  here = await rig()
  handle = handleOf((await here.visit({ a: 1 })).id)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await closeAll()
})

const JSON_TYPE = { 'Content-Type': 'application/json' }

/** Every kind of call, as an attacker who knows a handle would make it. */
const calls = (): [method: string, path: string][] => [
  ['GET', '/sessions.json'],
  ['GET', '/api/v1/info'],
  ['GET', '/api/v1/sessions'],
  ['GET', `/api/v1/sessions/${handle}`],
  ['PATCH', `/api/v1/sessions/${handle}`],
  ['DELETE', `/api/v1/sessions/${handle}`],
  ['POST', `/api/v1/sessions/${handle}/undo`],
  ['POST', `/api/v1/sessions/${handle}/expire`],
  ['POST', `/api/v1/sessions/${handle}/reveal`],
  ['GET', `/api/v1/sessions/${handle}/history`],
  ['POST', `/api/v1/sessions/${handle}/cookie`],
  ['GET', '/api/v1/requests'],
  ['POST', '/api/v1/verify'],
  ['GET', '/api/v1/clock'],
  ['PUT', '/api/v1/clock'],
  ['POST', '/api/v1/seed'],
  ['GET', '/api/v1/export'],
  ['GET', '/api/v1/events'],
]

const statuses = async (headers: Record<string, string>): Promise<number[]> => {
  const found: number[] = []
  for (const [method, path] of calls()) {
    const response = await fetch(`${here.base}${path}`, { method, headers: { ...JSON_TYPE, ...headers } })
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    found.push(response.status)
    await response.body?.cancel()
  }
  return [...new Set(found)]
}

describe('every call of the API', () => {
  it('S60: needs the token, and without it reads and changes nothing', async () => {
    const before = await contentsOf(here.store)
    for (const headers of [
      {},
      { Authorization: 'Bearer wrong-wrong-wrong-wrong' },
      { Cookie: `token=${TOKEN}` },
    ])
      expect(await statuses(headers as Record<string, string>)).toEqual([401])
    expect(await contentsOf(here.store)).toBe(before)
  })

  it.each([
    ['Sec-Fetch-Site', 'cross-site'],
    ['Sec-Fetch-Site', 'same-site'],
    ['Origin', 'null'],
    ['Origin', 'http://evil.com'],
    ['Origin', 'http://localhost'],
  ])('S61: with %s: %s is refused, also with the token', async (name, value) => {
    const before = await contentsOf(here.store)
    expect(await statuses({ ...BEARER, [name]: value })).toEqual([403])
    expect(await contentsOf(here.store)).toBe(before)
  })

  it('S59: answers to its own Host alone, events as well', async () => {
    for (const [, path] of calls()) {
      expect(await sendHosts(here.port, [`evil.com:${here.port}`], `/__sessmw${path}`)).toBe(403)
      expect(await sendHosts(here.port, ['localhost', 'evil.com'], `/__sessmw${path}`)).toBe(400)
    }
  })
})

describe('a change', () => {
  const destroy = (headers: Record<string, string>, method = 'DELETE', query = '') =>
    fetch(`${here.base}/api/v1/sessions/${handle}${query}`, { method, headers })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'application/jsonp',
    '',
  ])('S61: of the type %j, which a form could send, is refused', async (type) => {
    const response = await destroy({ ...BEARER, 'Content-Type': type })
    expect([response.status, await response.json()]).toMatchObject([
      415,
      { error: { code: 'json-required' } },
    ])
  })

  it('typed into the address bar is refused, and from the page itself it is not', async () => {
    expect((await destroy({ ...BEARER, ...JSON_TYPE, 'Sec-Fetch-Site': 'none' })).status).toBe(403)
    const own = { 'Sec-Fetch-Site': 'same-origin', Origin: here.origin }
    expect((await destroy({ ...BEARER, ...JSON_TYPE, ...own })).status).toBe(200)
  })

  it('cannot be put into a GET or a POST by another name of the method', async () => {
    const overrides = {
      'X-HTTP-Method-Override': 'DELETE',
      'X-HTTP-Method': 'DELETE',
      'X-Method-Override': 'DELETE',
    }
    for (const [method, status] of [
      ['GET', 200],
      ['POST', 405],
    ] as const)
      expect(
        (await destroy({ ...BEARER, ...JSON_TYPE, ...overrides }, method, '?_method=DELETE')).status,
      ).toBe(status)
    expect((await here.api('GET', `/api/v1/sessions/${handle}`)).status).toBe(200)
  })

  it('stays what it came as behind a middleware that overrides methods', async () => {
    const overriding = await rig({ auth: TOKEN }, Date.now, {
      before: [
        (request, _response, next) => {
          Object.assign(request, { originalMethod: request.method, method: 'DELETE' })
          next()
        },
      ],
    })
    const owned = await overriding.sessions.open()
    owned.data.a = 1
    await overriding.sessions.commit(owned)
    const path = `/api/v1/sessions/${owned.handle}`
    for (let times = 0; times < 2; times += 1)
      expect((await overriding.get(path, { ...BEARER, ...JSON_TYPE })).status).toBe(200)
  })

  it.each(['OPTIONS', 'TRACE', 'PROPFIND'])('is never asked for by %s', async (method) => {
    const text = `${method} /__sessmw/api/v1/info HTTP/1.1\r\nHost: localhost:${here.port}\r\nConnection: close\r\n\r\n`
    expect(await sendRaw(here.port, text)).toBe(405)
  })

  it('is refused where the inspector is read-only, which still verifies and reveals', async () => {
    here = await rig({ auth: TOKEN, readOnly: true })
    handle = handleOf((await here.visit({ a: 1 })).id)
    const before = await contentsOf(here.store)
    for (const [method, path] of calls().filter(([name]) => name !== 'GET')) {
      const reading = /verify|reveal/.test(path)
      const response = await fetch(`${here.base}${path}`, { method, headers: { ...BEARER, ...JSON_TYPE } })
      expect([path, response.status]).toEqual([path, reading ? 400 : 405])
    }
    const { capabilities } = (await here.api<{ capabilities: object }>('GET', '/api/v1/info')).body
    expect(capabilities).toMatchObject({
      edit: false,
      expire: false,
      destroy: false,
      cookie: false,
      seed: false,
    })
    expect(await contentsOf(here.store)).toBe(before)
  })

  it('that logs in as somebody else is refused in production', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    here = await rig({ auth: TOKEN, allowInProduction: true })
    handle = handleOf((await here.visit({ a: 1 })).id)
    for (const path of [`/api/v1/sessions/${handle}/cookie`, '/api/v1/seed'])
      expect((await here.api('POST', path, { body: {} })).status).toBe(403)
  })
})

describe('a body', () => {
  const verify = (body: string, headers = {}) => here.api('POST', '/api/v1/verify', { body, headers })

  it.each(['{', 'null', '[]', '"text"', '1', 'input=a'])('such as %s is refused', async (body) => {
    expect((await verify(body)).status).toBe(400)
  })

  it('of five megabytes is refused, with and without its length, and the server goes on', async () => {
    const big = JSON.stringify({ input: 'x'.repeat(5_000_000) })
    expect((await verify(big)).status).toBe(413)
    const chunked = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(`${here.base}/api/v1/verify`, {
        method: 'POST',
        headers: { ...BEARER, ...JSON_TYPE, Host: `localhost:${here.port}` },
      })
      request.on('response', (response) => resolve(response.statusCode ?? 0)).on('error', reject)
      request.write(big.slice(0, 300_000))
    })
    expect(chunked).toBe(413)
    expect((await verify('{"input":"sid=a"}')).status).toBe(200)
  })

  it('that a parser of the app has read already is understood', async () => {
    here = await rig({ auth: TOKEN }, Date.now, { before: [express.json()] })
    expect((await verify('{"input":"sid=a"}')).body).toMatchObject({ status: 'unsigned' })
  })
})

describe('a path', () => {
  it.each([
    '/api/v1//info',
    '/api/v1/info/',
    '/api/v1/INFO',
    '/API/v1/info',
    '/api/v1/%69nfo',
    '/api/v1/sessions/../info',
    '/api/v1/x/..%2finfo',
    '/api/v1/info;a=b',
    '/api/v1/__proto__',
    '/api/v1/constructor',
    '/api/v1/toString',
    '/api/v1/sessions/HANDLE/__proto__',
    '/api/v1/sessions/HANDLE/',
    '/api/v1/sessions/HANDLE%00',
    '/./api/v1/info',
    '/ui/static-files.js',
    '/../package.json',
    '/..%5cpackage.json',
  ])('such as %s leads nowhere', async (path) => {
    const target = `/__sessmw${path.replace('HANDLE', handle)}`
    expect(await sendHosts(here.port, [`localhost:${here.port}`], target)).toBe(404)
  })
})

describe('what strangers put in a session', () => {
  const HOSTILE = {
    '<img src=x onerror=alert(1)>': '<script>alert(1)</script>',
    'quote"\'`': '</script><!--',
    '\u2028\u2029\u202e\u0000\u001b[31m': '\u2028\u2029\u202e\u0000\ud800',
    'a.__proto__': { '<b>': ['\u2066'] },
  }

  it('comes as JSON that no browser takes for a page, and unchanged', async () => {
    const { id } = await here.visit(HOSTILE)
    const response = await here.get(`/api/v1/sessions/${handleOf(id)}`, BEARER)
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    const { data } = (await response.json()) as DetailBody
    expect(Object.keys(data).sort()).toEqual(Object.keys(HOSTILE).sort())
    expect(data['<img src=x onerror=alert(1)>']).toBe('<script>alert(1)</script>')
    expect(data['a.__proto__']).toEqual({ '<b>': ['\u2066'] })
  })

  it('reaches no prototype, whatever its names', async () => {
    const now = Date.now()
    const times = { createdAt: now, lastSeenAt: now, expiresAt: now + 60_000 }
    const fields = JSON.parse(
      '{"__proto__":"{\\"polluted\\":1}","constructor":"1","ok":"{\\"__proto__\\":{\\"polluted\\":1}}"}',
    )
    await here.store.create('p'.repeat(43), { version: 1, ...times, fields })
    const { body } = await here.api<DetailBody>('GET', `/api/v1/sessions/${'p'.repeat(43)}`)
    expect(body.data).toEqual({ ok: {} })
    expect(Object.keys({})).toEqual([])
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })

  it('of five megabytes costs little to show, and is there when asked for', async () => {
    const now = Date.now()
    const times = { createdAt: now, lastSeenAt: now, expiresAt: now + 60_000 }
    const fields = {
      text: JSON.stringify('x'.repeat(5_000_000)),
      list: JSON.stringify(Array.from({ length: 500_000 }, (_, n) => n)),
      wide: JSON.stringify(Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`k${n}`, [n, n]]))),
    }
    await here.store.create('b'.repeat(43), { version: 1, ...times, fields })
    const path = `/api/v1/sessions/${'b'.repeat(43)}`
    const { body } = await here.api<DetailBody>('GET', path)
    expect(JSON.stringify(body).length).toBeLessThan(50_000)
    expect(body.fields.map(({ complete }) => complete)).toEqual([false, false, false])
    const list = await here.api('POST', `${path}/reveal`, { body: { pointer: '/list/499999' } })
    expect(list.body).toMatchObject({ value: 499_999 })
    expect((await (await here.get('/sessions.json', BEARER)).text()).length).toBeLessThan(50_000)
  })

  it('under names of the app is masked too, at any depth and in the history', async () => {
    here = await rig({ auth: TOKEN, redact: ['home address', /^internal/] })
    const { id } = await here.visit({
      home_address: 'canary-7',
      user: { internalNote: 'canary-8', role: 'admin' },
    })
    const path = `/api/v1/sessions/${handleOf(id)}`
    const { data } = (await here.api<DetailBody>('GET', path)).body
    expect(data).toEqual({ home_address: '[masked]', user: { internalNote: '[masked]', role: 'admin' } })
    for (const route of [
      path,
      `${path}/history`,
      '/sessions.json',
      '/api/v1/export',
      '/api/v1/sessions?q=user.internalnote:canary',
    ])
      expect(JSON.stringify((await here.api('GET', route)).body)).not.toContain('canary')
  })
})

describe('the token', () => {
  it('appears in no answer, header, event or log, whatever is asked', async () => {
    const logged: unknown[] = []
    const logger = {
      debug: (line: unknown) => logged.push(line),
      info: (line: unknown) => logged.push(line),
      warn: (line: unknown) => logged.push(line),
    }
    here = await rig({ auth: TOKEN }, Date.now, { logger })
    handle = handleOf((await here.visit({ a: 1 })).id)
    const seen: string[] = []
    for (const [method, path] of calls()) {
      if (path.endsWith('/events')) continue
      for (const target of [path, `${path}?token=${'x'.repeat(20)}`]) {
        const response = await here.get(
          target,
          { ...BEARER, ...JSON_TYPE, Referer: `${here.base}/#t=${TOKEN}` },
          method,
        )
        expect(response.headers.get('referrer-policy')).toBe('no-referrer')
        seen.push(JSON.stringify([...response.headers]), await response.text())
      }
    }
    expect(seen.join()).not.toContain(TOKEN)
    expect(JSON.stringify(logged)).not.toContain(TOKEN)
  })
})

describe('visible', () => {
  it('hides sessions from whoever may not see them, in every answer', async () => {
    here = await rig({ auth: TOKEN, visible: ({ owner }, { headers }) => owner === headers['x-user'] })
    const own = await here.sessions.open()
    own.data.mine = 'yes'
    await own.login('ada', { keep: ['mine'] })
    await here.sessions.commit(own)
    const other = handleOf((await here.visit({ hidden: 1 })).id)
    const headers = { 'X-User': 'ada' }
    const path = `/api/v1/sessions/${other}`
    expect((await here.api('GET', path, { headers })).status).toBe(404)
    expect((await here.api('GET', `${path}/history`, { headers })).status).toBe(404)
    expect((await here.api('DELETE', path, { headers })).status).toBe(404)
    for (const route of ['/api/v1/sessions', '/sessions.json', '/api/v1/export', '/api/v1/requests']) {
      const { body } = await here.api('GET', route, { headers })
      expect(JSON.stringify(body)).not.toContain(other)
    }
    expect((await here.api('GET', `/api/v1/sessions/${own.handle}`, { headers })).status).toBe(200)
  })
})
