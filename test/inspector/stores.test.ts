import { setImmediate as nextTurn } from 'node:timers/promises'
import express from 'express'
import expressSession from 'express-session'
import { afterEach, describe, expect, it } from 'vitest'
import { signValue } from '../../src/cookie/signed-value.js'
import { handleOf } from '../../src/core/session-id.js'
import { coreOf } from '../../src/core/sessions.js'
import type { SessionsCore } from '../../src/core/sessions-core.js'
import dropIn, { fromExpressStore, toExpressStore } from '../../src/express-session.js'
import { MemoryStore, type Store } from '../../src/index.js'
import { followCore } from '../../src/inspector/core-watcher.js'
import { MASK_ALL } from '../../src/inspector/mask.js'
import { listSessions } from '../../src/inspector/session-list.js'
import { inspector } from '../../src/inspector.js'
import { gate } from '../support/http.js'
import { apiAt, type DetailBody, type ErrorBody, type ListBody, type RequestsBody } from './api-helpers.js'
import { BEARER, closeAll, contentsOf, listen, rig, SECRET, TOKEN } from './inspector-helpers.js'
import { appOn, dropInApp, lookAround } from './looking.js'

afterEach(closeAll)

describe('looking', () => {
  it('S63: creates, touches and extends nothing, byte for byte', async () => {
    const { api, base, visit, store } = await rig()
    const { id } = await visit({ a: 1 })
    await visit({ b: 2 })
    const before = await contentsOf(store)
    await lookAround(api, base, handleOf(id))
    expect(await contentsOf(store)).toBe(before)
  })

  it('is done by two inspectors of one app as by one', async () => {
    const { sessions, api, visit } = await rig()
    const second = inspector(sessions, { auth: TOKEN })
    const port = await listen((request, response) => second(request, response))
    const { id } = await visit({ a: 1 })
    const path = `/api/v1/sessions/${handleOf(id)}/history`
    const [one, other] = [await api('GET', path), await apiAt(`http://localhost:${port}`)('GET', path)]
    expect(one.body).toEqual(other.body)
    expect((one.body as { changes: unknown[] }).changes).toHaveLength(1)
  })
})

const plainStore = (store = new MemoryStore()): Store => {
  return {
    create: (key, record) => store.create(key, record),
    read: (key) => store.read(key),
    update: (key, change) => store.update(key, change),
    touch: (key, times) => store.touch(key, times),
    delete: (key) => store.delete(key),
  }
}

describe.each([
  ['a store that cannot list', () => plainStore()],
  ['a store of express-session', () => fromExpressStore(new expressSession.MemoryStore())],
])('%s', (_name, newStore) => {
  it('shows the sessions that were used since the start, and all that can be done with them', async () => {
    const { api, visit, sessions } = await appOn(newStore())
    const { handle, cookie } = await visit({ cart: [1], token: 'canary' }, 'ada')
    const { capabilities, store } = (
      await api<{ capabilities: object; store: object }>('GET', '/api/v1/info')
    ).body
    expect(capabilities).toMatchObject({ list: 'seen', edit: true, destroy: true, cookie: true })
    expect(store).toMatchObject({ count: null })
    const { body } = await api<ListBody>('GET', '/api/v1/sessions?q=user:ada')
    expect(body.sessions.map((session) => session.handle)).toEqual([handle])
    const path = `/api/v1/sessions/${handle}`
    const { data, version } = (await api<DetailBody>('GET', path)).body
    expect(data).toEqual({ cart: [1], token: '[masked]' })
    const edit = { body: { set: { cart: [] } }, headers: { 'If-Match': `"${version}"` } }
    expect((await api('PATCH', path, edit)).status).toBe(200)
    expect({ ...(await sessions.open(cookie)).data }).toEqual({ cart: [], token: 'canary' })
    expect((await api('DELETE', path)).status).toBe(200)
    expect((await sessions.open(cookie)).verdict.load).toBe('unknown')
    expect((await api('POST', `${path}/undo`)).status).toBe(200)
    expect((await sessions.open(cookie)).owner).toBe('ada')
    expect((await api<ErrorBody>('GET', '/sessions.json')).body.error.code).toBe('store-incapable')
  })
})

describe('a store that fails', () => {
  it('gives 503 and the reason, but not its words', async () => {
    const store = plainStore()
    const { api, visit } = await appOn({
      ...store,
      read: () => Promise.reject(new Error('redis://:password@host')),
    })
    const { handle } = await visit({ a: 1 })
    const { status, body } = await api<ErrorBody>('GET', `/api/v1/sessions/${handle}`)
    expect([status, body.error.code]).toEqual([503, 'store-failed'])
    expect(JSON.stringify(body)).not.toContain('password')
  })
})

/** connect-redis and others give rows with their ids. */
class RowsStore extends expressSession.MemoryStore {
  override all(callback: (error: unknown, rows?: never) => void): void {
    super.all((error, rows) => {
      callback(error, Object.entries(rows ?? {}).map(([id, row]) => ({ ...row, id })) as never)
    })
  }
}

class GetSetDestroy extends expressSession.Store {
  readonly rows = new Map<string, string>()
  override get(
    sid: string,
    callback: (error: unknown, row?: expressSession.SessionData | null) => void,
  ): void {
    const text = this.rows.get(sid)
    callback(null, text === undefined ? null : JSON.parse(text))
  }
  override set(sid: string, row: expressSession.SessionData, callback?: (error?: unknown) => void): void {
    this.rows.set(sid, JSON.stringify(row))
    callback?.()
  }
  override destroy(sid: string, callback?: (error?: unknown) => void): void {
    this.rows.delete(sid)
    callback?.()
  }
}

describe.each([
  ['its own memory store', () => undefined, 'all'],
  ['the memory store of express-session', () => new expressSession.MemoryStore(), 'all'],
  ['a store whose rows have ids', () => new RowsStore(), 'all'],
  ['a store that only gets, sets and destroys', () => new GetSetDestroy(), 'seen'],
  ['a store of sessmw behind toExpressStore', () => toExpressStore(new MemoryStore()), 'all'],
])('an app on sessmw/express-session with %s', (_name, newStore, list) => {
  it('has its sessions listed, shown, edited, destroyed and brought back', async () => {
    const { api, visit, read } = await dropInApp(newStore())
    const { handle, cookie, id } = await visit({ views: 1, token: 'canary' })
    await visit({ other: 1 })
    const { capabilities, kind } = (await api<{ capabilities: object; kind: string }>('GET', '/api/v1/info'))
      .body
    expect(kind).toBe('express-session')
    expect(capabilities).toMatchObject({ list, destroy: true, edit: true, cookie: false, verdicts: 'load' })
    const { body } = await api<ListBody>('GET', '/api/v1/sessions')
    expect([body.total, body.sessions.map((session) => session.handle)]).toEqual([
      2,
      expect.arrayContaining([handle]),
    ])
    expect((await api<ListBody>('GET', '/api/v1/sessions?q=views:1')).body.matched).toBe(1)
    const path = `/api/v1/sessions/${handle}`
    const shown = (await api<DetailBody>('GET', path)).body
    expect(shown.data).toEqual({ views: 1, token: '[masked]' })
    const edit = { body: { set: { views: 5 } }, headers: { 'If-Match': `"${shown.version}"` } }
    expect((await api('PATCH', path, edit)).status).toBe(200)
    expect((await api('PATCH', path, edit)).status).toBe(412)
    expect(await read(cookie)).toEqual({ views: 5, token: 'canary' })
    await api('DELETE', path)
    expect(await read(cookie)).toEqual({})
    await api('POST', `${path}/undo`)
    expect(await read(cookie)).toEqual({ views: 5, token: 'canary' })
    expect(JSON.stringify([body, shown])).not.toContain(id)
  })

  it('has its rejected cookies told', async () => {
    const { api, visit, read } = await dropInApp(newStore())
    const { cookie } = await visit({ a: 1 })
    const provoked = {
      unsigned: 'connect.sid=plain',
      malformed: cookie.slice(0, -5),
      'bad-signature': `connect.sid=${signValue('i'.repeat(32), 'another secret')}`,
      unknown: `connect.sid=${signValue('u'.repeat(32), SECRET)}`,
    }
    for (const header of Object.values(provoked)) await read(header)
    const { requests } = (await api<RequestsBody>('GET', '/api/v1/requests?status=rejected')).body
    expect(requests.map(({ load }) => load).reverse()).toEqual(Object.keys(provoked))
    expect(requests[0]).toMatchObject({ save: null, cookie: null, problem: { code: 'unknown' } })
    expect(JSON.stringify(requests)).not.toContain(provoked.unknown)
  })

  it('cannot do what rows cannot, and says so', async () => {
    const { api, visit } = await dropInApp(newStore())
    const { handle } = await visit({ a: 1 })
    for (const path of [`/api/v1/sessions/${handle}/expire`, `/api/v1/sessions/${handle}/cookie`])
      expect((await api<ErrorBody>('POST', path)).body.error.code).toBe('store-incapable')
  })
})

describe('looking at an app on sessmw/express-session', () => {
  it('leaves the rows as they are, byte for byte', async () => {
    const store = new GetSetDestroy()
    const { api, visit, origin } = await dropInApp(store)
    const { handle } = await visit({ a: 1 })
    const before = JSON.stringify([...store.rows])
    const response = await fetch(`${origin}/__sessmw/sessions.json`, { headers: BEARER })
    expect(response.status).toBe(501)
    for (const path of ['', `/${handle}`, '?q=a:1']) await api('GET', `/api/v1/sessions${path}`)
    await api('POST', `/api/v1/sessions/${handle}/reveal`, { body: { pointer: '/a' } })
    expect(JSON.stringify([...store.rows])).toBe(before)
  })
})

describe('destroying in an app on sessmw/express-session', () => {
  it('holds against a slow request that has loaded the session before', async () => {
    const middleware = dropIn({ secret: SECRET, resave: false, saveUninitialized: false })
    const [loaded, destroyed] = [gate(), gate()]
    const app = express()
    app.use('/__sessmw', inspector(middleware, { auth: TOKEN }))
    app.use(middleware)
    app.get('/', (request, response) => {
      Object.assign(request.session, { n: 1 })
      response.json(request.sessionID)
    })
    app.get('/slow', async (request, response) => {
      loaded.open()
      await destroyed.opened
      Object.assign(request.session, { n: 2 })
      response.end()
    })
    const origin = `http://localhost:${await listen(app)}`
    const first = await fetch(origin)
    const handle = handleOf((await first.json()) as string)
    const cookie = first.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
    const slow = fetch(`${origin}/slow`, { headers: { Cookie: cookie } })
    await loaded.opened
    const api = apiAt(`${origin}/__sessmw`)
    expect((await api('DELETE', `/api/v1/sessions/${handle}`)).status).toBe(200)
    destroyed.open()
    await slow
    expect((await api<ListBody>('GET', '/api/v1/sessions')).body.sessions).toEqual([])
  })
})

describe('the list of a store that is slow to read', () => {
  it('follows the writes of the app without reading it all again', async () => {
    const memory = new MemoryStore()
    let reads = 0
    const store = {
      ...plainStore(memory),
      async *entries() {
        reads += 1
        const until = performance.now() + 100
        while (performance.now() < until) await nextTurn()
        yield* memory.entries()
      },
      ...{ count: () => memory.count(), clear: () => memory.clear() },
      ...{ findByOwner: () => Promise.resolve([]), deleteByOwner: () => Promise.resolve([]) },
    }
    const { sessions, visit } = await appOn(store)
    const recorder = followCore(coreOf(sessions) as SessionsCore)
    const query = { q: '', filter: 'all', sort: 'seen', limit: 50, cursor: null, isVisible: () => true }
    const owners = async () =>
      (await listSessions(recorder, { ...query, rules: MASK_ALL })).items.map(({ owner }) => owner)
    const first = await visit({ a: 1 }, 'ada')
    expect(await owners()).toEqual(['ada'])
    const second = await visit({ a: 2 }, 'bob')
    expect((await owners()).toSorted()).toEqual(['ada', 'bob'])
    await sessions.revoke(first.handle)
    const session = await sessions.open(second.cookie)
    session.data.b = 1
    await sessions.commit(session)
    const page = await listSessions(recorder, { ...query, rules: MASK_ALL })
    expect(page.items.map(({ owner, names, version }) => [owner, names, version])).toEqual([
      ['bob', ['a', 'b'], '2'],
    ])
    expect(reads).toBe(1)
  })
})
