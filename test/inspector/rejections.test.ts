import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import express from 'express'
import { afterEach, describe, expect, it } from 'vitest'
import { signValue } from '../../src/cookie/signed-value.js'
import type { BaseSessionOptions } from '../../src/core/options.js'
import { handleOf } from '../../src/core/session-id.js'
import { isRejected, type LoadCode } from '../../src/core/verdict.js'
import { COOKIE_CODES, LOAD_CODES, SAVE_CODES } from '../../src/core/verdict-table.js'
import { createSessions, MemoryStore, session } from '../../src/index.js'
import { Budget } from '../../src/inspector/budget.js'
import { entryOf, type RequestFacts } from '../../src/inspector/request-entry.js'
import { inspector } from '../../src/inspector.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { type Faults, faultyStore } from '../../src/testing/faulty-store.js'
import { signedCookieFor } from '../../src/testing/signed-cookie-for.js'
import { apiAt, type RequestsBody } from './api-helpers.js'
import { closeAll, type Data, listen, SECRET, TOKEN } from './inspector-helpers.js'

afterEach(closeAll)

const HOUR = 3_600_000

async function app(options: Partial<BaseSessionOptions<Data>> & { secure?: boolean } = {}) {
  const clock = fakeClock()
  const store = faultyStore(new MemoryStore({ clock }))
  const sessions = createSessions<Data>({
    secretKey: SECRET,
    store,
    clock,
    onStoreError: 'anonymous',
    ...options,
  })
  const server = express()
  server.use('/__sessmw', inspector(sessions, { auth: TOKEN }))
  server.use(session(sessions))
  server.get('/write', (request, response) => {
    sessions.of(request).data.n = 1
    response.end()
  })
  server.get('/late', (request, response) => {
    response.write('the headers have left')
    sessions.of(request).data.n = 1
    response.end()
  })
  server.get('/revoked', async (request, response) => {
    await sessions.revoke(sessions.of(request).handle ?? '')
    sessions.of(request).data.n = 2
    response.end()
  })
  server.get('/', (_request, response) => void response.end())
  server.use((_error: unknown, _request: unknown, response: express.Response, _next: unknown) => {
    response.status(503).end()
  })
  const port = await listen(server)
  return {
    ...{ clock, store, faults: store.faults as Faults, sessions, port },
    api: apiAt(`http://localhost:${port}/__sessmw`),
    cookie: () => signedCookieFor(sessions, { n: 0 }),
    /** A request and the end of its verdict. */
    async visit(cookie: string, path = '/', host = `localhost:${port}`): Promise<void> {
      const told = once(sessions.events, 'request')
      httpRequest({
        port,
        host: '127.0.0.1',
        path,
        headers: { Host: host, ...(cookie && { Cookie: cookie }) },
      })
        .on('response', (response) => response.resume())
        .end()
      await told
    },
  }
}

type App = Awaited<ReturnType<typeof app>>

/** The same with another id under the signature. */
const flipped = (cookie: string): string =>
  cookie.replace(/s%3A(.)/, (_all, first) => `s%3A${first === 'A' ? 'B' : 'A'}`)

/** A request for each code of `verdict.load` whose cookie became no session. */
const LOADS: Partial<Record<LoadCode, (here: App) => Promise<void>>> = {
  malformed: async ({ visit, cookie }) => visit((await cookie()).slice(0, -3)),
  unsigned: ({ visit }) => visit('sid=just-an-id; other=1'),
  'bad-signature': async ({ visit }) =>
    visit(`sid=${signValue('i'.repeat(43), 'some secret of another process')}`),
  unknown: ({ visit }) => visit(`sid=${signValue('i'.repeat(43), SECRET)}`),
  'expired-idle': async ({ visit, cookie, clock }) => {
    const past = await cookie()
    clock.advance(24 * HOUR + HOUR / 2)
    await visit(past)
  },
  'expired-absolute': async ({ visit, cookie, clock }) => {
    const past = await cookie()
    for (let day = 0; day < 8; day += 1) {
      clock.advance(22 * HOUR)
      await visit(past)
    }
  },
  ambiguous: async ({ visit, cookie }) => visit(`${await cookie()}; ${await cookie()}`),
  corrupt: async ({ visit, store, clock }) => {
    const id = 'c'.repeat(43)
    const times = { createdAt: clock() + HOUR, lastSeenAt: clock(), expiresAt: clock() + HOUR }
    await store.create(handleOf(id), { version: 1, ...times, fields: {} })
    await visit(`sid=${signValue(id, SECRET)}`)
  },
  'store-error': async ({ visit, cookie, faults }) => {
    const good = await cookie()
    faults.fail('read')
    await visit(good)
  },
}

const rejectedCodes = (Object.keys(LOAD_CODES) as LoadCode[]).filter(isRejected)

describe('a request whose cookie became no session', () => {
  it.each(rejectedCodes)('because of %s is listed, with the reason and the fix', async (code) => {
    const here = await app()
    const provoke = LOADS[code]
    expect(provoke).toBeDefined()
    await provoke?.(here)
    const { requests } = (await here.api<RequestsBody>('GET', '/api/v1/requests?status=rejected')).body
    const [entry] = requests
    const { causes, ...words } = LOAD_CODES[code]
    expect(entry).toMatchObject({
      load: code,
      status: 'rejected',
      method: 'GET',
      path: '/',
      problem: { part: 'load', code, ...words },
    })
    expect(entry?.problem?.causes).toEqual(expect.arrayContaining([...causes]))
    expect(entry?.cookieHeader).toMatch(/^sid=/)
    const others = (await here.api<RequestsBody>('GET', '/api/v1/requests?status=ok')).body.requests
    expect(others.map(({ load }) => load)).not.toContain(code)
  })

  it('tells what the cookie itself shows, and no credential', async () => {
    const { visit, cookie, api } = await app()
    const good = await cookie()
    await visit(`sid=${encodeURIComponent(good.slice('sid='.length))}`)
    await visit(`${flipped(good)}; other=canary-5`)
    const { body } = await api<RequestsBody>('GET', '/api/v1/requests?status=rejected')
    const [forged, encoded] = body.requests
    expect(forged?.problem).toMatchObject({ code: 'bad-signature', causes: ['secret-mismatch', 'env-parse'] })
    expect(forged?.problem?.diagnosis).toContain('the secret does not match')
    expect(encoded?.problem?.causes[0]).toBe('percent-encoded')
    const [, id = ''] = /s%3A([\w-]{43})/.exec(flipped(good)) ?? []
    expect(forged?.cookieHeader).toBe(
      `sid=s%3A${id.slice(0, 2)}…${id.slice(-2)}(43).…(${good.length - good.lastIndexOf('.') - 1}); other=…(8)`,
    )
    for (const secret of [id, 'canary-5', good.slice(good.lastIndexOf('.') + 1, -1)])
      expect(JSON.stringify(body)).not.toContain(secret)
  })
})

describe('a request that lost its session on the way out', () => {
  const LOST: [code: string, options: Parameters<typeof app>[0], provoke: (here: App) => Promise<void>][] = [
    ['withheld-insecure', { secure: true }, ({ visit }) => visit('', '/write', 'app.example')],
    ['withheld-late', {}, ({ visit }) => visit('', '/late')],
    [
      'withheld-failed',
      {},
      async ({ visit, faults }) => {
        faults.fail('create')
        await visit('', '/write')
      },
    ],
    ['discarded', {}, async ({ visit, cookie }) => visit(await cookie(), '/revoked')],
    [
      'failed',
      {},
      async ({ visit, cookie, faults }) => {
        const good = await cookie()
        faults.fail('update')
        await visit(good, '/write')
      },
    ],
  ]

  it.each(LOST)('%s is listed, with the reason and the fix', async (code, options, provoke) => {
    const here = await app(options)
    await provoke(here)
    const { requests } = (await here.api<RequestsBody>('GET', '/api/v1/requests?status=rejected')).body
    const words = { ...SAVE_CODES, ...COOKIE_CODES }[code as keyof typeof SAVE_CODES]
    expect(requests.map(({ problem }) => problem)).toEqual([
      { code, part: expect.any(String), ...words, diagnosis: null },
    ])
  })
})

describe('the log of requests', () => {
  it('tells a first visit from a rejection, and finds by code, path and session', async () => {
    const { visit, cookie, api } = await app()
    const good = await cookie()
    await visit('')
    await visit(good)
    await visit('sid=plain', '/write')
    const find = async (query: string) =>
      (await api<RequestsBody>('GET', `/api/v1/requests?${query}`)).body.requests.map(({ load }) => load)
    expect(await find('')).toEqual(['unsigned', 'loaded', 'none'])
    expect(await find('status=none')).toEqual(['none'])
    expect(await find('status=ok')).toEqual(['loaded'])
    expect(await find('code=unsigned')).toEqual(['unsigned'])
    expect(await find('path=/wri')).toEqual(['unsigned'])
    const { requests } = (await api<RequestsBody>('GET', '/api/v1/requests?status=ok')).body
    expect(await find(`handle=${requests[0]?.handle}`)).toEqual(['loaded'])
  })

  it('goes on with before, and refuses what is no filter', async () => {
    const { visit, api } = await app()
    for (let n = 0; n < 5; n += 1) await visit(n % 2 === 0 ? '' : 'sid=plain')
    const page = async (query: string) =>
      (await api<RequestsBody>('GET', `/api/v1/requests?limit=2${query}`)).body
    const first = await page('')
    const second = await page(`&before=${first.before}`)
    const third = await page(`&before=${second.before}`)
    expect([first, second, third].map(({ requests }) => requests.map(({ seq }) => seq))).toEqual([
      [5, 4],
      [3, 2],
      [1],
    ])
    expect(third.before).toBeNull()
    for (const bad of ['status=bad', 'limit=0', 'limit=1e3', 'before=x'])
      expect((await api('GET', `/api/v1/requests?${bad}`)).status).toBe(400)
  })

  it('keeps rejections when traffic washes all else away, and no more than it may', async () => {
    const { sessions, api, visit } = await app()
    await visit('sid=plain')
    for (let n = 0; n < 3_000; n += 1)
      sessions.events.publish('request', { at: n, load: 'none', save: 'empty', cookie: 'unchanged' })
    const { requests } = (await api<RequestsBody>('GET', '/api/v1/requests?status=rejected')).body
    expect(requests).toHaveLength(1)
    const last = await api<RequestsBody>('GET', '/api/v1/requests?limit=200&before=2002')
    expect(last.body.requests.map(({ load }) => load)).toEqual(['unsigned'])
  })

  it('of a flood of forged cookies has each, and diagnoses some', () => {
    const budget = new Budget(20)
    const facts: RequestFacts = {
      ...{
        at: 0,
        method: 'GET',
        path: '/',
        handle: null,
        owner: null,
        detail: null,
        save: null,
        cookie: null,
      },
      load: 'bad-signature',
      cookieHeader: `sid=${signValue('i'.repeat(43), 'forged')}`,
    }
    const app = { cookieName: 'sid', secrets: [SECRET], budget }
    const entries = Array.from({ length: 500 }, (_, seq) => entryOf(seq, facts, app))
    expect(entries.every(({ problem }) => problem?.code === 'bad-signature')).toBe(true)
    // A second may end meanwhile.
    expect(entries.filter(({ problem }) => problem?.diagnosis !== null).length).toBeLessThanOrEqual(60)
    expect(entries[0]?.problem?.diagnosis).not.toBeNull()
  })
})
