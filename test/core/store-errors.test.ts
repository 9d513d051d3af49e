// Stores that fail, hang or answer nonsense.
import { describe, expect, it } from 'vitest'
import { createSessions, type Session, SessmwError } from '../../src/index.js'
import { Browser, options, rejection, setup } from './harness.js'

async function stored(given = {}) {
  const world = setup(given)
  const browser = new Browser(world.sessions)
  await browser.visit((session) => void Object.assign(session.data, { user: 'u1' }))
  return { ...world, browser }
}

describe('onStoreError', () => {
  it("'fail': open rejects with a 503, and the event tells", async () => {
    const { browser, sessions, faults, events } = await stored()
    faults.fail('read', new Error('ECONNREFUSED'))
    const error = await rejection(sessions.open(browser.header))
    expect(error).toMatchObject({ code: 'store-failed', status: 503, cause: { message: 'ECONNREFUSED' } })
    expect(events.at(-1)).toMatchObject(['store-error', { error }])
  })

  it("'anonymous': an empty session that cannot be written, and the cookie stays", async () => {
    const { browser, faults } = await stored({ onStoreError: 'anonymous' })
    faults.fail('read')
    const { session, setCookie, verdict } = await browser.visit((opened) => {
      expect([opened.degraded, { ...opened.data }, opened.owner]).toEqual([true, {}, undefined])
      expect(() => Object.assign(opened.data, { a: 1 })).toThrow(
        expect.objectContaining({ code: 'session-degraded' }),
      )
    })
    expect([setCookie, verdict.load, verdict.save]).toEqual([undefined, 'store-error', 'unchanged'])
    for (const call of [
      session.login('u2'),
      session.destroy(),
      session.regenerate(),
      session.update('a', () => 1),
    ])
      expect(await rejection(call)).toMatchObject({ code: 'session-degraded', status: 503 })
    expect(await session.flash('notice')).toEqual([])
    faults.heal()
    expect(await browser.data()).toEqual({ user: 'u1' })
  })

  it('a function is asked with the error', async () => {
    const asked: unknown[] = []
    const onStoreError = (error: SessmwError) => {
      asked.push(error.code)
      return error.code === 'store-failed' ? 'anonymous' : 'fail'
    }
    const { browser, sessions, faults } = await stored({ onStoreError })
    faults.fail('read')
    expect((await sessions.open(browser.header)).degraded).toBe(true)
    faults.fail('read', new SessmwError('store-closed', 'closed'))
    expect(await rejection(sessions.open(browser.header))).toMatchObject({ code: 'store-closed' })
    expect(asked).toEqual(['store-failed', 'store-closed'])
  })

  it('a function that throws fails the request with the error of the store', async () => {
    const { browser, sessions, faults } = await stored({
      onStoreError: () => {
        throw new Error('mine')
      },
    })
    faults.fail('read')
    expect(await rejection(sessions.open(browser.header))).toMatchObject({ code: 'store-failed' })
  })

  it('concerns loading only: without a cookie the store is not asked', async () => {
    const { sessions, faults } = setup()
    faults.fail('read')
    expect((await sessions.open()).verdict.load).toBe('none')
  })
})

describe('a commit that fails', () => {
  it('sends no cookie, drops the changes, and the next request works', async () => {
    const { sessions, faults, memory } = setup()
    const browser = new Browser(sessions)
    const session = await sessions.open()
    session.data.a = 1
    faults.fail('create')
    expect(await rejection(sessions.commit(session))).toMatchObject({ code: 'store-failed' })
    expect(session.verdict).toMatchObject({ save: 'failed', cookie: 'withheld-failed' })
    expect(await sessions.commit(session)).toBeUndefined()
    faults.heal()
    expect(await memory.count()).toBe(0)
    await browser.visit(({ data }) => void Object.assign(data, { a: 2 }))
    expect(await browser.data()).toEqual({ a: 2 })
  })

  it('of an update leaves the stored session as it was', async () => {
    const { browser, sessions, faults } = await stored()
    const session = await sessions.open(browser.header)
    session.data.user = 'u2'
    faults.fail('update')
    expect(await rejection(sessions.commit(session))).toMatchObject({ code: 'store-failed' })
    expect({ ...session.data }).toEqual({ user: 'u1' })
    faults.heal()
    expect(await browser.data()).toEqual({ user: 'u1' })
  })

  it('save() that failed can be tried again', async () => {
    const { browser, faults } = await stored()
    await browser.visit(async (session) => {
      session.data.user = 'u2'
      delete session.data.absent
      faults.fail('update')
      expect(await rejection(session.save())).toMatchObject({ code: 'store-failed' })
      faults.heal()
    })
    expect(await browser.data()).toEqual({ user: 'u2' })
  })

  it('a deletion that was not saved is saved by the next try', async () => {
    const { browser, faults } = await stored()
    await browser.visit(async (session) => {
      delete session.data.user
      session.data.b = 1
      faults.fail('update')
      await rejection(session.save())
      session.data.c = 2
      faults.heal()
    })
    expect(await browser.data()).toEqual({ b: 1, c: 2 })
  })
})

describe('storeTimeout', () => {
  const calls: [string, 'read' | 'update' | 'delete' | 'touch', (session: Session) => Promise<unknown>][] = [
    ['reload', 'read', (session) => session.reload()],
    [
      'save',
      'update',
      (session) => {
        session.data.x = 1
        return session.save()
      },
    ],
    ['update', 'update', (session) => session.update('n', () => 1)],
    ['destroy', 'delete', (session) => session.destroy()],
    ['touch', 'touch', (session) => session.touch()],
  ]

  it.each(calls)('F2: %s on a store that hangs rejects in time', async (_name, method, call) => {
    const { browser, sessions, faults } = await stored({ storeTimeout: 0.02 })
    const session = await sessions.open(browser.header)
    faults.hang(method)
    expect(await rejection(call(session))).toMatchObject({ code: 'store-timeout', status: 503 })
  })

  it('open on a store that hangs rejects in time, and works again afterwards', async () => {
    const { browser, sessions, faults } = await stored({ storeTimeout: 0.02 })
    faults.hang('read')
    expect(await rejection(sessions.open(browser.header))).toMatchObject({ code: 'store-timeout' })
    faults.heal()
    expect(await browser.data()).toEqual({ user: 'u1' })
  })

  it('update that loses every race gives up at the deadline', async () => {
    const { browser, memory, clock } = await stored()
    let version = 0
    const contested = Object.assign(Object.create(memory), {
      read: (key: string) => memory.read(key),
      create: (key: string, record: never) => memory.create(key, record),
      touch: (key: string, times: never) => memory.touch(key, times),
      delete: (key: string) => memory.delete(key),
      update: async () => {
        version += 1
        await new Promise((resolve) => setImmediate(resolve))
        return 'conflict'
      },
    })
    const events: unknown[] = []
    const sessions = createSessions(options({ store: contested, clock, storeTimeout: 0.02 }))
    sessions.events.on('conflict', (event) => void events.push(event))
    const session = await sessions.open(browser.header)
    expect(await rejection(session.update('n', () => version))).toMatchObject({
      code: 'session-conflict',
      status: 503,
    })
    expect(version).toBeGreaterThan(1)
    expect(events).toMatchObject([{ key: 'n', handle: session.handle }])
  })
})

describe('limits', () => {
  it('maxBytes counts the encoded fields with their names', async () => {
    const { sessions } = setup({ maxBytes: 100 })
    const browser = new Browser(sessions)
    const fit = 100 - 1 - 2
    await browser.visit(({ data }) => void Object.assign(data, { a: 'x'.repeat(fit) }))
    const session = await sessions.open(browser.header)
    session.data.a = 'x'.repeat(fit + 1)
    expect(await rejection(sessions.commit(session))).toMatchObject({
      code: 'session-too-large',
      status: 500,
    })
    expect(await browser.data()).toEqual({ a: 'x'.repeat(fit) })
  })

  it('maxBytes holds for what update and flash write, and counts UTF-8', async () => {
    const { sessions } = setup({ maxBytes: 100 })
    const browser = new Browser(sessions)
    await browser.visit(({ data }) => void Object.assign(data, { a: '€'.repeat(20) }))
    const session = await sessions.open(browser.header)
    expect(await rejection(session.update('b', () => '€'.repeat(20)))).toMatchObject({
      code: 'session-too-large',
    })
    expect(await rejection(session.flash('b', '€'.repeat(20)))).toMatchObject({ code: 'session-too-large' })
    expect(Object.keys(await browser.data())).toEqual(['a'])
  })

  it('maxDepth counts from the data itself, which is level 0', async () => {
    const { sessions } = setup({ maxDepth: 2 })
    const browser = new Browser(sessions)
    await browser.visit(({ data }) => void Object.assign(data, { a: { b: 1 }, c: [[1]] }))
    const session = await sessions.open(browser.header)
    session.data.a.b = { c: {} }
    expect(await rejection(sessions.commit(session))).toMatchObject({
      code: 'unstorable-value',
      path: 'session.a.b.c',
    })
  })
})

describe('records that are none', () => {
  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['text', '{}'],
    ['a list', []],
    ['an empty object', {}],
    ['no fields', { version: 1, createdAt: 1, lastSeenAt: 1, expiresAt: 1 }],
    ['times that are text', { version: 1, createdAt: '1', lastSeenAt: 1, expiresAt: 1, fields: {} }],
    ['times that are NaN', { version: 1, createdAt: 1, lastSeenAt: 1, expiresAt: Number.NaN, fields: {} }],
    [
      'an owner that is an object',
      { version: 1, createdAt: 1, lastSeenAt: 1, expiresAt: 1, owner: {}, fields: {} },
    ],
    [
      'a cookie that is text',
      { version: 1, createdAt: 1, lastSeenAt: 1, expiresAt: 1, cookie: 'x', fields: {} },
    ],
    ['corrupt', 'corrupt'],
  ])('%s: the request is anonymous, and the record is left alone', async (_what, answer) => {
    const { browser, memory, clock } = await stored()
    const store = Object.assign(Object.create(memory), {
      read: async () => answer,
      create: (key: string, record: never) => memory.create(key, record),
      update: (key: string, change: never) => memory.update(key, change),
      touch: (key: string, times: never) => memory.touch(key, times),
      delete: (key: string) => memory.delete(key),
    })
    const sessions = createSessions(options({ store, clock }))
    const other = new Browser(sessions)
    const { verdict } = await other.visit(({ data }) => void Object.assign(data, { a: 1 }), browser.header)
    expect(verdict.load).toBe(answer === undefined ? 'unknown' : 'corrupt')
    expect(verdict.save).toBe('created')
    expect(await memory.count()).toBe(2)
    expect(await browser.data()).toEqual({ user: 'u1' })
  })
})
