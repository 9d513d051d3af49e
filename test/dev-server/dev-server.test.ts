import { createServer, type Server } from 'node:http'
import { type AddressInfo, createConnection } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createSessions } from '../../src/core/create-sessions.js'
import { type DevServer, type DevServerOptions, startDevServer } from '../../src/dev-server/dev-server.js'
import { listen } from '../../src/dev-server/listen.js'
import { MemoryStore } from '../../src/stores/memory.js'
import { cookieJar } from '../../src/testing/cookie-jar.js'

const secretKey = 'a secret of the dev server tests, long enough'
const running: DevServer[] = []
const blockers: Server[] = []

afterEach(async () => {
  vi.unstubAllEnvs()
  await Promise.all(running.splice(0).map((server) => server.close()))
  for (const server of blockers.splice(0)) await new Promise((resolve) => server.close(resolve))
})

async function start(options: Partial<DevServerOptions> = {}): Promise<DevServer> {
  const server = await startDevServer({ secretKey, port: 0, ...options })
  running.push(server)
  return server
}

function takePort(): Promise<number> {
  const server = createServer()
  blockers.push(server)
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

const post = (body: object): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
})

const json = async (response: Promise<Response>): Promise<unknown> => (await response).json()

describe('the demo', () => {
  it('counts up in the session of each browser', async () => {
    const { url } = await start()
    const [one, other] = [cookieJar(), cookieJar()]
    for (const n of [1, 2, 3])
      expect(await json(one.fetch(`${url}session_test`))).toEqual({ test_counter: n })
    expect(await json(other.fetch(`${url}session_test`))).toEqual({ test_counter: 1 })
  })

  it('sets one HttpOnly cookie, without Secure since there is no TLS', async () => {
    const { url } = await start()
    const [cookie, ...more] = (await fetch(`${url}session_test`)).headers.getSetCookie()
    expect(more).toEqual([])
    expect(cookie).toMatch(/^sid=s%3A.+; Path=\/.*; HttpOnly/)
    expect(cookie).not.toContain('Secure')
  })

  it('keeps counter and cart at a login, under a new cookie', async () => {
    const { url } = await start()
    const jar = cookieJar()
    await jar.fetch(`${url}session_test`)
    await jar.fetch(`${url}cart`, post({ item: 'pear' }))
    const before = jar.list()[0]?.value
    expect(await json(jar.fetch(`${url}login`, post({ user: 'grace' })))).toEqual({ user: 'grace' })
    expect(jar.list()[0]?.value).not.toBe(before)
    expect(await json(jar.fetch(`${url}cart`))).toEqual({ cart: ['pear'] })
    expect(await json(jar.fetch(`${url}session_test`))).toEqual({ test_counter: 2 })
  })

  it('keeps each of many items that are added at once', async () => {
    const { url } = await start()
    const jar = cookieJar()
    await jar.fetch(`${url}session_test`)
    await Promise.all(Array.from({ length: 10 }, () => jar.fetch(`${url}cart`, post({ item: 'fig' }))))
    expect(await json(jar.fetch(`${url}cart`))).toEqual({ cart: Array(10).fill('fig') })
  })

  it('ends the session at a logout', async () => {
    const { url } = await start()
    const jar = cookieJar()
    await jar.fetch(`${url}login`, post({}))
    expect(await json(jar.fetch(`${url}logout`, post({})))).toEqual({ user: null })
    expect(jar.list()).toEqual([])
  })

  it.each(['', 'login', 'logout'])(
    'shows its page at /%s, with what strangers wrote as text',
    async (path) => {
      const { url, token } = await start()
      const jar = cookieJar()
      await jar.fetch(`${url}login`, post({ user: '<img src=x onerror=alert(1)>' }))
      const page = await (await jar.fetch(`${url}${path}`)).text()
      expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;')
      expect(page).not.toContain('<img')
      expect(page).toContain('/session_test')
      expect(page).not.toContain(token)
    },
  )

  it('takes the forms of its page back to the page', async () => {
    const { url } = await start()
    const response = await fetch(`${url}login`, {
      ...{ method: 'POST', redirect: 'manual', body: new URLSearchParams({ user: 'ada' }) },
      headers: { Accept: 'text/html,*/*;q=0.8' },
    })
    expect([response.status, response.headers.get('location')]).toEqual([303, '/'])
  })
})

describe('the inspector of the demo', () => {
  it('needs the token of this start', async () => {
    const { url, dumpUrl, inspectorUrl, token } = await start()
    expect(inspectorUrl).toBe(`${url}__sessmw/#t=${token}`)
    await fetch(`${url}session_test`)
    expect((await fetch(dumpUrl)).status).toBe(401)
    const dump = await json(fetch(dumpUrl, { headers: { Authorization: `Bearer ${token}` } }))
    expect(dump).toMatchObject({ count: 1, sessions: [{ owner: null, data: { test_counter: 1 } }] })
    expect((await start()).token).not.toBe(token)
  })

  it('needs none when it is told so, on this machine only', async () => {
    const { dumpUrl, inspectorUrl, url, token } = await start({ token: false })
    expect(token).toBeNull()
    expect(inspectorUrl).toBe(`${url}__sessmw/`)
    expect((await fetch(dumpUrl)).status).toBe(200)
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.com'])
      await expect(start({ token: false, host })).rejects.toMatchObject({ code: 'usage' })
  })

  it('still checks the Host without a token', async () => {
    const { port } = await start({ token: false })
    const status = await new Promise<string>((resolve) => {
      const socket = createConnection(port, '127.0.0.1', () =>
        socket.end(`GET /__sessmw/sessions.json HTTP/1.1\r\nHost: evil.com:${port}\r\n\r\n`),
      )
      socket.once('data', (data) => resolve(String(data).slice(9, 12)))
    })
    expect(status).toBe('403')
  })

  it('lies where it is told to, and its page links there', async () => {
    const { url, dumpUrl, inspectorUrl } = await start({ base: '/look/here', token: false })
    expect([dumpUrl, inspectorUrl]).toEqual([`${url}look/here/sessions.json`, `${url}look/here/`])
    expect((await fetch(dumpUrl)).status).toBe(200)
    expect(await (await fetch(url)).text()).toContain('href="/look/here/"')
  })

  it('begins with the sessions that it is given', async () => {
    const seeds = [{ data: { cart: ['pear'] }, owner: 'ada' }, { data: { test_counter: 7 } }]
    const { dumpUrl } = await start({ token: false, readOnly: true, seeds })
    expect(await json(fetch(dumpUrl))).toMatchObject({
      count: 2,
      sessions: expect.arrayContaining([
        expect.objectContaining({ owner: 'ada', data: { cart: ['pear'] } }),
        expect.objectContaining({ owner: null, data: { test_counter: 7 } }),
      ]),
    })
  })

  it('refuses to write when it is read-only', async () => {
    const { localUrl } = await start({ token: false, readOnly: true })
    const headers = { 'Content-Type': 'application/json' }
    const response = await fetch(`${localUrl}/api/v1/clock`, {
      method: 'PUT',
      headers,
      body: '{"offsetMs":1}',
    })
    expect(response.status).toBe(405)
  })

  it('has a clock that is as far ahead as it is told, and that moves', async () => {
    const { localUrl } = await start({ token: false, clockOffsetMs: 7_200_000 })
    const before = await json(fetch(`${localUrl}/api/v1/clock`))
    expect(before).toMatchObject({ offsetMs: 7_200_000, adjustable: true })
    expect((before as { now: number }).now - Date.now()).toBeGreaterThan(7_000_000)
  })

  it('throws in production', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    await expect(start()).rejects.toMatchObject({ code: 'inspector-in-production' })
  })
})

describe('listening', () => {
  it('refuses a port that is named and taken', async () => {
    const port = await takePort()
    await expect(start({ port })).rejects.toMatchObject({ code: 'port-in-use' })
  })

  it('moves to the next free port when none is named', async () => {
    const taken = await takePort()
    const { server, port } = await listen(() => undefined, { host: '127.0.0.1', port: taken, mayMove: true })
    blockers.push(server)
    expect(port).toBeGreaterThan(taken)
  })

  it('says why for any other reason', async () => {
    await expect(start({ host: '192.0.2.1' })).rejects.toMatchObject({ code: 'io' })
    await expect(start({ host: '' })).rejects.toMatchObject({ code: 'usage' })
  })

  it('listens on this machine only', async () => {
    const server = await start()
    expect(server.url).toBe(`http://localhost:${server.port}/`)
    expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(200)
  })

  it('answers under the addresses of the machine when it listens on all', async () => {
    const { port, token } = await start({ host: '0.0.0.0' })
    const headers = { Authorization: `Bearer ${token}` }
    const all = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses)
    for (const { address } of all.filter(({ family }) => family === 'IPv4')) {
      const dump = `http://${address}:${port}/__sessmw/sessions.json`
      expect([address, (await fetch(dump, { headers })).status]).toEqual([address, 200])
      expect((await fetch(dump)).status).toBe(401)
    }
  })

  it('ends with its connections', async () => {
    const { url, close } = await startDevServer({ secretKey, port: 0 })
    await fetch(url)
    await close()
    await expect(fetch(url)).rejects.toThrow('fetch failed')
  })
})

describe('a store alone', () => {
  it('is shown without an app, and stays as it is', async () => {
    const store = new MemoryStore()
    const sessions = createSessions<{ n: number }>({ secretKey, store })
    const session = await sessions.open()
    session.data.n = 1
    await sessions.commit(session)
    const before = JSON.stringify(await recordsOf(store))
    const { url, dumpUrl } = await start({ store, token: false, readOnly: true })
    expect(await json(fetch(dumpUrl))).toMatchObject({ count: 1, sessions: [{ data: { n: 1 } }] })
    const home = await fetch(url, { redirect: 'manual' })
    expect([home.status, home.headers.get('location')]).toEqual([302, '/__sessmw/'])
    expect((await fetch(`${url}session_test`)).status).toBe(404)
    const beside = await fetch(`${url}__sessmwx/sessions.json`)
    expect([beside.status, await beside.text()]).toEqual([404, 'The inspector is at /__sessmw/\n'])
    expect((await fetch(`${url}__sessmw?x=1`)).url).toBe(`${url}__sessmw/`)
    expect(JSON.stringify(await recordsOf(store))).toBe(before)
  })
})

async function recordsOf(store: MemoryStore): Promise<unknown[]> {
  const records: unknown[] = []
  for await (const entry of store.entries()) records.push(entry)
  return records
}
