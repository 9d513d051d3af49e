// Store operations that a handler starts and does not wait for, or that end after the session was swapped.
import { describe, expect, it } from 'vitest'
import type { Session } from '../../src/index.js'
import { Browser, rejection, setup, unhandledDuring } from './harness.js'

async function loggedIn(given = {}) {
  const world = setup(given)
  const browser = new Browser(world.sessions)
  await browser.visit(async (session) => {
    await session.login('u1')
    session.data.user = 'u1'
    session.data.count = 1
  })
  return { ...world, browser }
}

const writes: [string, 'update' | 'read' | 'delete' | 'touch', (session: Session) => unknown][] = [
  [
    'save',
    'update',
    (session) => {
      session.data.x = 1
      session.save()
    },
  ],
  [
    'saveSession',
    'update',
    (session) => {
      session.data.x = 1
      session.data.saveSession()
    },
  ],
  ['update', 'update', (session) => void session.update('count', (n) => n + 1)],
  ['flash', 'update', (session) => void session.flash('notice', 'hello')],
  ['reload', 'read', (session) => void session.reload()],
  ['touch', 'touch', (session) => void session.touch()],
  ['destroy', 'delete', (session) => void session.destroy()],
  ['logout', 'delete', (session) => void session.logout()],
  ['regenerate', 'delete', (session) => void session.regenerate()],
  ['login', 'delete', (session) => void session.login('u2')],
]

describe('an operation that nobody awaits', () => {
  it.each(writes)(
    '%s: its failure fails the commit, and is no unhandled rejection',
    async (_name, method, start) => {
      const { browser, faults, sessions } = await loggedIn()
      const session = await sessions.open(browser.header)
      faults.fail(method)
      let error: unknown
      const unhandled = await unhandledDuring(async () => {
        await start(session)
        error = await rejection(sessions.commit(session))
      })
      expect(unhandled).toEqual([])
      expect(error).toMatchObject({ code: 'store-failed', status: 503 })
    },
  )

  it.each(writes)('%s: it is done before the commit is', async (_name, method, start) => {
    const { browser, faults } = await loggedIn()
    const before = faults.calls(method)
    await browser.visit((session) => void start(session))
    expect(faults.calls(method)).toBeGreaterThan(before)
  })

  it('update refused for unsaved changes fails the commit, and is no unhandled rejection', async () => {
    const { browser, sessions } = await loggedIn()
    const session = await sessions.open(browser.header)
    let error: unknown
    const unhandled = await unhandledDuring(async () => {
      session.data.count = 9
      void session.update('count', (n) => n + 1)
      error = await rejection(sessions.commit(session))
    })
    expect(unhandled).toEqual([])
    expect(error).toMatchObject({ code: 'unsaved-changes' })
  })

  it('a failure that the handler caught does not fail the commit', async () => {
    const { browser, faults } = await loggedIn()
    faults.fail('touch')
    const { verdict } = await browser.visit(async (session) => {
      expect(await rejection(session.touch())).toMatchObject({ code: 'store-failed' })
    })
    expect(verdict.save).toBe('unchanged')
  })
})

describe('misuse', () => {
  const calls: [string, (session: Session) => Promise<unknown>][] = [
    ['destroy', (session) => session.destroy()],
    ['logout', (session) => session.logout()],
    ['regenerate', (session) => session.regenerate()],
    ['login', (session) => session.login('u2')],
    ['update', (session) => session.update('count', (n) => n + 1)],
    ['flash', (session) => session.flash('notice', 'hello')],
  ]

  it.each(calls)('%s in a readonly request rejects, and does not throw', async (_name, call) => {
    const { browser, sessions } = await loggedIn()
    const session = (await sessions.open(browser.header)).readonly()
    let promise: Promise<unknown> | undefined
    expect(() => {
      promise = call(session)
    }).not.toThrow()
    expect(await rejection(promise as Promise<unknown>)).toMatchObject({ code: 'session-readonly' })
    expect(session.data.user).toBe('u1')
  })

  it('a key that is no text is refused as such', async () => {
    const { browser, sessions } = await loggedIn()
    const session = await sessions.open(browser.header)
    const anyKey = session as unknown as Record<'update' | 'flash', (...args: unknown[]) => Promise<unknown>>
    for (const call of [anyKey.update(5, () => 1), anyKey.flash(), anyKey.flash(null, 'hello')])
      expect(await rejection(call)).toMatchObject({
        code: 'bad-key',
        message: expect.stringContaining('text'),
      })
  })

  it('open() with a request instead of its Cookie header is refused', async () => {
    const { sessions } = await loggedIn()
    expect(await rejection(sessions.open({ headers: {} } as unknown as string))).toMatchObject({
      code: 'bad-option',
      message: expect.stringContaining('request.headers.cookie'),
    })
  })

  it('a node callback gets the error: passport calls regenerate in callbacks of its own', async () => {
    const { browser, sessions } = await loggedIn()
    const session = (await sessions.open(browser.header)).readonly()
    const error = await new Promise((resolve) => session.data.regenerate(resolve))
    expect(error).toMatchObject({ code: 'session-readonly' })
  })

  it('login for nobody rejects', async () => {
    const { browser, sessions } = await loggedIn()
    const session = await sessions.open(browser.header)
    expect(await rejection(session.login(''))).toMatchObject({ code: 'bad-option' })
    expect(session.data.user).toBe('u1')
  })

  it('a readonly request takes no flash messages either', async () => {
    const { browser, sessions } = await loggedIn()
    await browser.visit((session) => session.flash('notice', 'hello'))
    const session = (await sessions.open(browser.header)).readonly()
    expect(await rejection(session.flash('notice'))).toMatchObject({ code: 'session-readonly' })
    await browser.visit(async (again) => expect(await again.flash('notice')).toEqual(['hello']))
  })
})

describe('an operation that ends after the session was swapped', () => {
  it('update leaves nothing in the new session', async () => {
    const { browser, faults } = await loggedIn()
    const updating = faults.barrier('update')
    await browser.visit(async (session) => {
      const updated = session.update('count', (n) => n + 1)
      await updating.arrived
      const renewed = session.regenerate()
      session.data.fresh = true
      updating.release()
      await Promise.all([updated, renewed])
    })
    expect(await browser.data()).toEqual({ fresh: true })
  })

  it.each(['update', 'flash', 'reload', 'touch'] as const)(
    '%s that finds its session gone does not undo a login',
    async (name) => {
      const { browser, faults, memory } = await loggedIn()
      const gate = faults.barrier(name === 'touch' ? 'touch' : name === 'reload' ? 'read' : 'update')
      gate.release()
      const stop = faults.barrier(name === 'touch' ? 'touch' : 'read')
      const header = browser.header
      stop.release()
      const session = await browser.sessions.open(header)
      const late = faults.barrier(name === 'touch' ? 'touch' : 'read')
      const start = {
        update: () => session.update('count', (n) => n + 1),
        flash: () => session.flash('notice', 'hello'),
        reload: () => session.reload(),
        touch: () => session.touch(),
      }[name]
      const failing = rejection(start())
      await late.arrived
      await memory.clear()
      const login = session.login('u9')
      late.release()
      await Promise.all([failing, login])
      browser.take(await browser.sessions.commit(session))
      await browser.visit((again) => expect(again.owner).toBe('u9'))
    },
  )

  it('reload does not bring the old data into the new session', async () => {
    const { browser, faults, sessions } = await loggedIn()
    const session = await sessions.open(browser.header)
    const reading = faults.barrier('read')
    const reloaded = rejection(session.reload())
    await reading.arrived
    const login = session.login('u9')
    reading.release()
    await Promise.all([reloaded, login])
    browser.take(await sessions.commit(session))
    await browser.visit((again) => expect([again.owner, { ...again.data }]).toEqual(['u9', {}]))
  })

  it('events name the session that they are about', async () => {
    const { sessions, events } = setup()
    const browser = new Browser(sessions)
    const handles: string[] = []
    await browser.visit((session) => {
      session.data.x = 1
      void session.save()
      handles.push(session.handle)
      void session.regenerate({ keep: ['x'] })
      handles.push(session.handle)
    })
    expect(events).toMatchObject([
      ['created', { handle: handles[0] }],
      ['regenerated', { handle: handles[1], previousHandle: handles[0] }],
    ])
  })
})

describe('a new session with operations that nobody awaits', () => {
  it.each<[string, (session: Session) => void, unknown]>([
    ['flash', (session) => void session.flash('notice', 'added'), { cart: [1] }],
    ['update', (session) => void session.update('visits', () => 1), { cart: [1], visits: 1 }],
    ['touch', (session) => void session.touch(), { cart: [1] }],
    ['save', (session) => void session.save(), { cart: [1] }],
    [
      'login and flash',
      (session) => {
        void session.login('u1', { keep: ['cart'] })
        void session.flash('notice', 'welcome')
      },
      { cart: [1] },
    ],
  ])('is stored, with %s', async (_what, act, expected) => {
    const { sessions } = setup()
    const browser = new Browser(sessions)
    const { verdict, setCookie } = await browser.visit((session) => {
      session.data.cart = [1]
      act(session)
    })
    expect([verdict.save, setCookie]).toEqual(['created', expect.stringMatching(/^sid=/)])
    expect(await browser.data()).toEqual(expected)
  })

  it('is stored under its new id, with what was put in after a regenerate', async () => {
    const { sessions } = setup()
    const browser = new Browser(sessions)
    await browser.visit((session) => {
      session.data.cart = [1]
    })
    await browser.visit((session) => {
      void session.regenerate({ keep: ['cart'] })
      session.data.x = 1
      void session.flash('notice', 'moved')
    })
    expect(await browser.data()).toEqual({ cart: [1], x: 1 })
  })

  it('is not created by a commit after a logout that came meanwhile', async () => {
    const { sessions, memory } = setup()
    const session = await sessions.open()
    void session.login('u1')
    const committed = sessions.commit(session)
    await session.logout()
    await committed
    expect(await memory.count()).toBe(0)
  })

  it('goes again when a later save of the same request fails', async () => {
    const { sessions, memory, faults } = setup()
    const session = await sessions.open()
    session.data.x = 1
    await session.save()
    session.data.x = 2
    faults.fail('update')
    await expect(sessions.commit(session)).rejects.toMatchObject({ code: 'store-failed' })
    expect(await memory.count()).toBe(0)
  })
})

describe('a delete that fails', () => {
  it.each(['destroy', 'logout', 'regenerate', 'login'] as const)(
    '%s: the old session stays, whole, and it can be tried again',
    async (name) => {
      const { browser, faults, sessions } = await loggedIn()
      const header = browser.header
      const session = await sessions.open(header)
      const { data } = session
      faults.fail('delete')
      const run = () => (name === 'login' ? session.login('u2') : session[name]())
      expect(await rejection(run())).toMatchObject({ code: 'store-failed' })
      expect(session.data).toBe(data)
      expect({ ...session.data }).toEqual({ user: 'u1', count: 1 })
      expect(session.owner).toBe('u1')
      expect(session.verdict.save).toBe('unchanged')
      faults.heal()
      await run()
      await sessions.commit(session)
      expect((await new Browser(sessions).visit(undefined, header)).verdict.load).toBe('unknown')
      const living = await sessions.list()
      expect(living.sessions).toHaveLength(name === 'login' || name === 'regenerate' ? 1 : 0)
    },
  )

  it('destroy: a handler that goes on leaves the cookie in place', async () => {
    const { browser, faults } = await loggedIn()
    faults.fail('delete')
    const { setCookie } = await browser.visit((session) => rejection(session.destroy()))
    expect(setCookie).toBeUndefined()
    faults.heal()
    expect(await browser.data()).toEqual({ user: 'u1', count: 1 })
  })
})

describe('operations in one request run in the order of the calls', () => {
  it('F30: two saves at once write once', async () => {
    const { browser, faults } = await loggedIn()
    await browser.visit(async (session) => {
      session.data.x = 1
      await Promise.all([session.save(), session.save()])
    })
    expect(faults.calls('update')).toBe(1)
  })

  it('F30: regenerate during save leaves one session, with what was kept', async () => {
    const { browser, memory } = await loggedIn()
    await browser.visit(async (session) => {
      session.data.x = 1
      await Promise.all([session.save(), session.regenerate({ keep: ['x'] })])
    })
    expect(await memory.count()).toBe(1)
    expect(await browser.data()).toEqual({ x: 1 })
  })

  it('what a new session has is stored although an ended one was destroyed just before', async () => {
    const { browser, sessions } = await loggedIn()
    await browser.visit(async (session) => {
      await sessions.revoke(session.handle)
      session.data.x = 1
      await session.save()
      expect(session.verdict.save).toBe('discarded')
      void session.destroy()
      session.data.y = 2
    })
    expect(await browser.data()).toEqual({ y: 2 })
  })
})
