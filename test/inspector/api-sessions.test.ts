import { afterEach, describe, expect, it } from 'vitest'
import { handleOf } from '../../src/core/session-id.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import type { DetailBody, ErrorBody, ListBody } from './api-helpers.js'
import { closeAll, contentsOf, type Rig, rig, TOKEN } from './inspector-helpers.js'

afterEach(closeAll)

const AUTH = { auth: TOKEN }

/** An app with one session, and what the API says of it. */
async function withSession(data: Record<string, unknown> = { cart: [1], password: 'canary-1' }, app?: Rig) {
  const inspected = app ?? (await rig())
  const { id, cookie } = await inspected.visit(data)
  const handle = handleOf(id)
  const path = `/api/v1/sessions/${handle}`
  const read = async () => (await inspected.api<DetailBody>('GET', path)).body
  const whatTheBrowserHas = async () => {
    const response = await fetch(`${inspected.origin}/read`, { headers: { Cookie: `sid=${cookie}` } })
    return ((await response.json()) as { keys: string[] }).keys
  }
  return { ...inspected, handle, path, read, cookie, id, whatTheBrowserHas }
}

describe('a session', () => {
  it('has its data masked, its version as ETag, and neither id nor cookie', async () => {
    const { api, path, id, cookie } = await withSession({
      cart: [1],
      password: 'canary-1',
      note: 'n'.repeat(300),
    })
    const { body, headers } = await api<DetailBody>('GET', path)
    expect(body).toMatchObject({ state: 'alive', owner: null, version: '1', keys: 3 })
    expect(body.data).toMatchObject({ cart: [1], password: '[masked]' })
    expect(body.fields.map(({ name, complete }) => [name, complete])).toEqual([
      ['cart', true],
      ['password', false],
      ['note', false],
    ])
    expect(headers.get('etag')).toBe('"1"')
    for (const secret of [id, cookie, 'canary-1']) expect(JSON.stringify(body)).not.toContain(secret)
  })

  it('knows the last request and the waiting flash messages', async () => {
    const { sessions, api } = await rig()
    const session = await sessions.open()
    await session.flash('notice', 'hello')
    session.data.a = 1
    await sessions.commit(session)
    const { body } = await api('GET', `/api/v1/sessions/${session.handle}`)
    expect(body).toMatchObject({ flash: ['notice'], data: { a: 1 }, lastRequest: null })
    const visited = await withSession()
    expect(await visited.read()).toMatchObject({ lastRequest: { method: 'POST', path: '/visit' } })
  })

  it.each(['x'.repeat(43), 'x'.repeat(42), '..', '%2e%2e', `${'x'.repeat(43)}/nothing`])(
    'is not there as %s',
    async (name) => {
      const { api } = await rig()
      expect((await api('GET', `/api/v1/sessions/${name}`)).status).toBe(404)
    },
  )
})

describe('an edit', () => {
  it('sets and unsets keys, and the browser has them at once', async () => {
    const { api, path, read, whatTheBrowserHas } = await withSession()
    const body = {
      set: { theme: 'dark', at: { $type: 'Date', value: '2030-01-01T00:00:00.000Z' } },
      unset: ['cart'],
    }
    const edited = await api<DetailBody>('PATCH', path, { body, headers: { 'If-Match': '"1"' } })
    expect(edited.status).toBe(200)
    expect(edited.headers.get('etag')).toBe('"2"')
    expect(edited.body.data).toEqual({ password: '[masked]', ...body.set })
    expect(await read()).toEqual(edited.body)
    expect(await whatTheBrowserHas()).toEqual(['password', 'theme', 'at'])
  })

  it('of a version that is no more is refused, with the present one, and changes nothing', async () => {
    const { api, path, store } = await withSession()
    await api('PATCH', path, { body: { set: { a: 1 } }, headers: { 'If-Match': '"1"' } })
    const before = await contentsOf(store)
    const late = await api<ErrorBody>('PATCH', path, {
      body: { set: { a: 2 } },
      headers: { 'If-Match': '"1"' },
    })
    expect([late.status, late.body.error.code, late.body.error.version]).toEqual([
      412,
      'session-changed',
      '2',
    ])
    expect(await contentsOf(store)).toBe(before)
  })

  it.each([undefined, '*', '1', 'W/"1"', '""'])(
    'with If-Match %j needs the one of a read',
    async (ifMatch) => {
      const { api, path } = await withSession()
      const headers: Record<string, string> = ifMatch === undefined ? {} : { 'If-Match': ifMatch }
      expect((await api('PATCH', path, { body: { set: { a: 1 } }, headers })).status).toBe(428)
    },
  )

  it.each([
    ['a member of the session', { set: { save: 1 } }, 'bad-key'],
    ['a prototype', '{"set":{"__proto__":{"isAdmin":true}}}', 'bad-key'],
    ["what is sessmw's own", { unset: ['$sessmw.flash.a'] }, 'bad-key'],
    ['too much', { set: { big: 'x'.repeat(70_000) } }, 'session-too-large'],
    ['too deep', `{"set":{"deep":${'['.repeat(60)}${']'.repeat(60)}}}`, 'unstorable-value'],
    ['what was not shown', { set: { user: { token: '[masked]' } } }, 'masked-value'],
  ])('of %s is refused and changes nothing', async (_name, body, code) => {
    const { api, path, store } = await withSession()
    const before = await contentsOf(store)
    const refused = await api<ErrorBody>('PATCH', path, { body, headers: { 'If-Match': '"1"' } })
    expect([refused.status, refused.body.error.code]).toEqual([422, code])
    expect(await contentsOf(store)).toBe(before)
  })

  it.each([{ set: [] }, { set: null }, { unset: 'a' }, { unset: [1] }, { data: {} }])(
    'that is none, such as %j, is refused',
    async (body) => {
      const { api, path } = await withSession()
      expect((await api('PATCH', path, { body, headers: { 'If-Match': '"1"' } })).status).toBe(400)
    },
  )
})

describe('destroying', () => {
  it('ends the session for its browser, and undo brings it back for the old cookie', async () => {
    const { api, path, handle, store, whatTheBrowserHas } = await withSession()
    const before = await contentsOf(store)
    const destroyed = await api('DELETE', path)
    expect(destroyed.body).toEqual({ handle, undoMs: 10_000 })
    expect((await api('GET', path)).status).toBe(404)
    expect(await whatTheBrowserHas()).toEqual([])
    expect((await api('POST', `${path}/undo`)).body).toMatchObject({ handle, state: 'alive' })
    expect(await contentsOf(store)).toBe(before)
    expect(await whatTheBrowserHas()).toEqual(['cart', 'password'])
    expect((await api<ErrorBody>('POST', `${path}/undo`)).body.error.code).toBe('undo-over')
  })

  it('is told as an event of the app, once', async () => {
    const { api, path, handle, sessions } = await withSession()
    const told: unknown[] = []
    sessions.events.on('revoked', (event) => told.push(event.handle))
    await api('DELETE', path)
    expect((await api('DELETE', path)).status).toBe(404)
    expect(told).toEqual([handle])
  })

  it('is not undone over a session that is there', async () => {
    const { api, path, handle, store } = await withSession()
    await api('DELETE', path)
    const now = Date.now()
    const times = { createdAt: now, lastSeenAt: now, expiresAt: now + 1000 }
    await store.create(handle, { version: 1, ...times, fields: {} })
    expect((await api<ErrorBody>('POST', `${path}/undo`)).body.error.code).toBe('session-exists')
  })
})

describe('expiring', () => {
  it('now ends it, and later moves its end, never past the absolute one', async () => {
    const clock = fakeClock()
    const { api, path, handle } = await withSession({ a: 1 }, await rig(AUTH, clock))
    const at = async (seconds?: number) =>
      (
        await api<DetailBody>('POST', `${path}/expire`, {
          body: seconds === undefined ? {} : { in: seconds },
        })
      ).body
    expect((await at(60)).expiresAt).toBe(clock() + 60_000)
    expect((await at(30 * 86_400)).expiresAt).toBe(clock() + 7 * 86_400_000)
    expect((await at()).state).toBe('expired-idle')
    expect((await api<ListBody>('GET', '/api/v1/sessions')).body.sessions).toEqual([])
    const { sessions } = (await api<ListBody>('GET', '/api/v1/sessions?filter=expired')).body
    expect(sessions.map((session) => session.handle)).toEqual([handle])
  })

  it.each([-1, '60', null, 1e12])('in %j seconds is refused', async (seconds) => {
    const { api, path } = await withSession()
    expect((await api('POST', `${path}/expire`, { body: { in: seconds } })).status).toBe(400)
  })
})

describe('revealing', () => {
  const data = { user: { email: 'a@b.c', list: [{ pin: '1234' }] }, 'a/b': { '~': 'tilde' } }

  it.each([
    ['/user/email', 'a@b.c'],
    ['/user/list/0/pin', '1234'],
    ['/user', data.user],
    ['/a~1b/~0', 'tilde'],
  ])('%s shows that value alone, and is remembered', async (pointer, value) => {
    const { api, path, handle } = await withSession(data)
    const { body } = await api('POST', `${path}/reveal`, { body: { pointer } })
    expect(body).toEqual({ handle, pointer, value })
    const { changes } = (await api<{ changes: object[] }>('GET', `${path}/history`)).body
    expect(changes[0]).toMatchObject({ kind: 'revealed', by: 'inspector' })
  })

  it.each([
    ['', 400],
    ['user', 400],
    ['/user~2', 400],
    [7, 400],
    ['/nobody', 404],
    ['/user/list/length', 404],
    ['/__proto__', 404],
    ['/user/constructor', 404],
    ['/toString', 404],
  ])('%j gives nothing', async (pointer, status) => {
    const { api, path } = await withSession(data)
    expect((await api('POST', `${path}/reveal`, { body: { pointer } })).status).toBe(status)
  })
})

describe('the history', () => {
  interface ChangeBody {
    kind: string
    by: string
    version: string
    request: { path: string } | null
    diff: { name: string; op: string; before?: unknown; after?: unknown }[]
  }

  it('has each change with its request, newest first, masked', async () => {
    const { api, path, origin, cookie } = await withSession({ views: 1, token: 'canary-2' })
    const change = (body: object) =>
      fetch(`${origin}/visit`, {
        method: 'POST',
        headers: { Cookie: `sid=${cookie}`, 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      })
    await change({ views: 2, token: 'canary-3' })
    await api('PATCH', path, { body: { unset: ['views'] }, headers: { 'If-Match': '"2"' } })
    const { changes } = (await api<{ changes: ChangeBody[] }>('GET', `${path}/history`)).body
    expect(changes.map(({ kind, by, version }) => [kind, by, version])).toEqual([
      ['updated', 'inspector', '3'],
      ['updated', 'app', '2'],
      ['created', 'app', '1'],
    ])
    expect(changes.map(({ diff }) => diff)).toEqual([
      [{ name: 'views', op: 'remove', before: 2 }],
      [
        { name: 'views', op: 'change', before: 1, after: 2 },
        { name: 'token', op: 'change', before: '[masked]', after: '[masked]' },
      ],
      [
        { name: 'views', op: 'add', after: 1 },
        { name: 'token', op: 'add', after: '[masked]' },
      ],
    ])
    expect(changes.map(({ request }) => request?.path)).toEqual([undefined, '/visit', '/visit'])
    expect(JSON.stringify(changes)).not.toContain('canary')
  })

  it('outlives the session, and forgets the oldest changes', async () => {
    const { api, path, handle, sessions, cookie } = await withSession({ n: 0 })
    for (let n = 1; n <= 60; n += 1) {
      const session = await sessions.open(`sid=${cookie}`)
      session.data.n = n
      await sessions.commit(session)
    }
    await sessions.revoke(handle)
    const { body } = await api<{ changes: ChangeBody[]; dropped: number }>('GET', `${path}/history`)
    expect([body.changes.length, body.dropped]).toEqual([50, 12])
    expect(body.changes[0]?.kind).toBe('ended')
  })

  it('of nobody is nothing', async () => {
    const { api } = await rig()
    expect((await api('GET', `/api/v1/sessions/${'x'.repeat(43)}/history`)).status).toBe(404)
  })
})

describe('a cookie for a listed session', () => {
  it('is that of a new session with the data and the owner, and its curl line works', async () => {
    const { sessions, api, origin } = await rig()
    const session = await sessions.open()
    session.data.cart = ['apple']
    await session.login('ada', { keep: ['cart'] })
    await session.flash('notice', 'not for others')
    await sessions.commit(session)
    const copied = await api<Record<'from' | 'handle' | 'cookie' | 'curl', string>>(
      'POST',
      `/api/v1/sessions/${session.handle}/cookie`,
    )
    const { from, handle, cookie, curl } = copied.body
    expect(from).toBe(session.handle)
    expect(handle).not.toBe(session.handle)
    expect(curl).toBe(`curl -b '${cookie}' '${origin}/'`)
    const other = await sessions.open(cookie)
    expect([other.handle, other.owner, { ...other.data }]).toEqual([handle, 'ada', { cart: ['apple'] }])
    expect(await other.flash('notice')).toEqual([])
  })
})
