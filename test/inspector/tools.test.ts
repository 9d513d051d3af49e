import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { signValue } from '../../src/cookie/signed-value.js'
import { handleOf } from '../../src/core/session-id.js'
import { createSessions, MemoryStore } from '../../src/index.js'
import { inspector, travelClock } from '../../src/inspector.js'
import { root } from '../support/sources.js'
import { apiAt, type DetailBody, type ErrorBody, type ListBody } from './api-helpers.js'
import { closeAll, type Data, listen, rig, SECRET, TOKEN } from './inspector-helpers.js'

afterEach(closeAll)

describe('info', () => {
  it('tells what the app and its store are, and no secret', async () => {
    const { api, visit } = await rig()
    await visit({ a: 1 })
    const { body } = await api('GET', '/api/v1/info')
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(body).toMatchObject({
      ...{ version, kind: 'sessmw', environment: 'test', readOnly: false },
      store: { name: 'MemoryStore', count: 1 },
      capabilities: { list: 'all', edit: true, clock: false, verdicts: 'full' },
      options: { cookieName: 'sid', secure: true, idleSeconds: 86_400, secrets: 1 },
    })
    expect(JSON.stringify(body)).not.toContain(SECRET)
  })
})

describe('verify', () => {
  const ID = 'v'.repeat(43)

  it('says of a cookie what it is, and what the store has under its id', async () => {
    const { api, visit } = await rig()
    const { id, cookie } = await visit({ a: 1 })
    const verify = async (input: string) => (await api('POST', '/api/v1/verify', { body: { input } })).body
    expect(await verify(`Cookie: sid=${cookie}`)).toMatchObject({
      ...{ status: 'valid', code: null, handle: handleOf(id), state: 'alive', secret: { index: 0 } },
      id: `${id.slice(0, 2)}…${id.slice(-2)}`,
    })
    expect(await verify(`sid=${signValue(ID, SECRET)}`)).toMatchObject({ status: 'valid', state: 'unknown' })
    expect(await verify(`sid=${signValue(ID, 'another secret')}`)).toMatchObject({
      ...{ status: 'invalid', code: 'secret-mismatch', state: null },
    })
    expect(await verify('sid=plain')).toMatchObject({ status: 'unsigned', state: null })
    expect(await verify('nothing=here')).toMatchObject({ status: 'invalid', code: 'none', name: 'sid' })
    expect(JSON.stringify(await verify(`sid=${cookie}`))).not.toContain(id)
  })

  it('looks for the cookie that is named', async () => {
    const { api } = await rig()
    const body = { input: `a=1; other=${signValue(ID, SECRET)}`, name: 'other' }
    expect((await api('POST', '/api/v1/verify', { body })).body).toMatchObject({
      status: 'valid',
      name: 'other',
    })
  })

  it.each([
    {},
    { input: 1 },
    { input: 'x'.repeat(20_001) },
    { input: 'a', name: 1 },
    { input: 'a', secret: 'b' },
  ])('refuses %j', async (body) => {
    const { api } = await rig()
    expect((await api('POST', '/api/v1/verify', { body })).status).toBe(400)
  })
})

describe('the clock', () => {
  const travelling = async (store = new MemoryStore()) => {
    const clock = travelClock()
    const sessions = createSessions<Data>({ secretKey: SECRET, clock, store })
    const handler = inspector(sessions, { auth: TOKEN })
    const port = await listen((request, response) => handler(request, response))
    return { api: apiAt(`http://localhost:${port}`), sessions }
  }

  it('travels, and sessions expire and live again with it', async () => {
    const { api, sessions } = await travelling()
    const session = await sessions.open()
    session.data.a = 1
    await sessions.commit(session)
    const living = async () => (await api<ListBody>('GET', '/api/v1/sessions')).body.total
    const { body } = await api<{ now: number }>('GET', '/api/v1/clock')
    expect(body).toMatchObject({ offsetMs: 0, adjustable: true })
    const moved = await api<{ now: number }>('PUT', '/api/v1/clock', { body: { offsetMs: 25 * 3_600_000 } })
    expect(moved.body).toMatchObject({ offsetMs: 90_000_000, adjustable: true })
    expect(moved.body.now).toBeGreaterThanOrEqual(body.now + 90_000_000)
    expect(await living()).toBe(0)
    await api('PUT', '/api/v1/clock', { body: { offsetMs: 0 } })
    expect(await living()).toBe(1)
  })

  it.each([Number.NaN, '1', 1e15, null, undefined])('refuses the offset %j', async (offsetMs) => {
    const { api } = await travelling()
    expect((await api('PUT', '/api/v1/clock', { body: { offsetMs } })).status).toBe(400)
  })

  it('of another store or of the app itself stands still, and says why', async () => {
    class OtherStore extends MemoryStore {}
    for (const { api } of [await rig(), await travelling(new OtherStore())]) {
      expect((await api('GET', '/api/v1/clock')).body).toMatchObject({ adjustable: false })
      const refused = await api<ErrorBody>('PUT', '/api/v1/clock', { body: { offsetMs: 1 } })
      expect([refused.status, refused.body.error.code]).toEqual([409, 'clock-unsupported'])
    }
  })
})

describe('seed', () => {
  it('makes sessions up that look like those of an app', async () => {
    const { api } = await rig()
    expect((await api('POST', '/api/v1/seed', { body: { count: 12 } })).body).toEqual({ created: 12 })
    const { body } = await api<ListBody>('GET', '/api/v1/sessions')
    expect(body.total).toBe(12)
    expect(new Set(body.sessions.map(({ owner }) => owner)).size).toBeGreaterThan(3)
    const { data } = (await api<DetailBody>('GET', `/api/v1/sessions/${body.sessions[0]?.handle}`)).body
    expect(data).toMatchObject({ csrf: '[masked]', views: expect.any(Number) })
  })

  it.each([0, -1, 1.5, 1_001, '5', undefined])('refuses the count %j', async (count) => {
    const { api } = await rig()
    expect((await api('POST', '/api/v1/seed', { body: { count } })).status).toBe(400)
  })
})

describe('the export', () => {
  it('has sessions and requests, masked even where the inspector reveals, as a file', async () => {
    const { api, visit } = await rig({ auth: TOKEN, reveal: true })
    await visit({ token: 'canary-9', a: 1 })
    const { body, headers } = await api<{ sessions: DetailBody[]; requests: object[] }>(
      'GET',
      '/api/v1/export',
    )
    expect(headers.get('content-disposition')).toContain('attachment')
    expect(body.sessions.map(({ data }) => data)).toEqual([{ token: '[masked]', a: 1 }])
    expect(body.requests).toHaveLength(1)
  })
})
