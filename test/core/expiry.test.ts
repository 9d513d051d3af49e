// Remember-me, touches, and the limits of a session's life.
import { describe, expect, it } from 'vitest'
import { Browser, rejection, setup } from './harness.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR

describe('req.session.cookie.maxAge', () => {
  it('makes the cookie persist, and is the idle timeout of this session', async () => {
    const { sessions, clock } = setup()
    const browser = new Browser(sessions)
    const { setCookie } = await browser.visit((session) => {
      session.data.user = 'u1'
      session.data.cookie.maxAge = 30 * DAY
    })
    expect(setCookie).toContain(`; Max-Age=${(30 * DAY) / 1000};`)
    clock.advance('29d')
    expect(await browser.data()).toEqual({ user: 'u1' })
    await browser.visit()
    clock.advance(29 * DAY)
    expect((await browser.visit()).verdict.load).toBe('expired-absolute')
  })

  it('reads back what was set, before it is saved', async () => {
    const { sessions } = setup()
    const browser = new Browser(sessions)
    await browser.visit((session) => void Object.assign(session.data, { a: 1 }))
    await browser.visit(({ data: { cookie } }) => {
      expect([cookie.maxAge, cookie.originalMaxAge, cookie.expires]).toEqual([null, null, null])
      cookie.maxAge = HOUR
      expect([cookie.maxAge, cookie.originalMaxAge]).toEqual([HOUR, HOUR])
    })
  })

  it('sends the cookie although the expiry stays the same, as at the end of the absolute lifetime', async () => {
    const { sessions } = setup({ absoluteLifetime: '8h' })
    const browser = new Browser(sessions)
    const first = await browser.visit((session) => void Object.assign(session.data, { a: 1 }))
    expect(first.setCookie).not.toContain('Max-Age')
    const { setCookie } = await browser.visit((session) => {
      session.data.cookie.maxAge = 30 * DAY
    })
    expect(setCookie).toContain('; Max-Age=28800;')
  })

  it('null sends the cookie again as one that ends with the browser', async () => {
    const { sessions } = setup({ maxAge: '30d' })
    const browser = new Browser(sessions)
    await browser.visit((session) => void Object.assign(session.data, { a: 1 }))
    const { setCookie, verdict } = await browser.visit((session) => {
      session.data.cookie.maxAge = null
    })
    expect(setCookie).toBeDefined()
    expect(setCookie).not.toMatch(/Max-Age|Expires/)
    expect(verdict).toMatchObject({ save: 'updated', cookie: 're-sent' })
  })

  it('never exceeds an absolute lifetime that the options name', async () => {
    const { sessions, clock } = setup({ absoluteLifetime: '2d' })
    const browser = new Browser(sessions)
    const { setCookie } = await browser.visit((session) => {
      session.data.a = 1
      session.data.cookie.maxAge = 30 * DAY
    })
    expect(setCookie).toContain(`Max-Age=${(2 * DAY) / 1000}`)
    clock.advance('2d')
    expect((await browser.visit()).verdict.load).toBe('expired-absolute')
  })

  it('keeps whole milliseconds, since stores have columns for them', async () => {
    const { sessions, memory } = setup()
    const browser = new Browser(sessions)
    const { session } = await browser.visit(({ data }) => {
      data.a = 1
      data.cookie.maxAge = HOUR / 7
    })
    const record = await memory.read(session.handle)
    expect(Number.isInteger(record?.expiresAt)).toBe(true)
    expect(Number.isInteger(record?.cookie?.maxAge)).toBe(true)
  })

  it.each([0, -1, Number.NaN, 35_000_000_000, '1h', Number.POSITIVE_INFINITY])(
    'refuses %s',
    async (value) => {
      const { sessions } = setup()
      const session = await sessions.open()
      expect(() => Object.assign(session.data.cookie, { maxAge: value })).toThrow(/milliseconds/)
    },
  )

  it('expires sets it too', async () => {
    const { sessions, clock } = setup()
    const browser = new Browser(sessions)
    const { setCookie } = await browser.visit(({ data }) => {
      data.a = 1
      data.cookie.expires = new Date(clock() + HOUR)
    })
    expect(setCookie).toContain('Max-Age=3600')
  })

  it('an activity of a short session counts, however long touchEvery is', async () => {
    const { sessions, clock } = setup()
    const browser = new Browser(sessions)
    await browser.visit(({ data }) => {
      data.a = 1
      data.cookie.maxAge = 30_000
    })
    for (let n = 0; n < 5; n++) {
      clock.advance(20_000)
      expect((await browser.visit()).verdict.load).toBe('loaded')
    }
  })

  it('alone makes no session out of nothing', async () => {
    const { sessions, memory } = setup()
    const { setCookie, verdict } = await new Browser(sessions).visit((session) => {
      session.data.cookie.maxAge = HOUR
    })
    expect([setCookie, verdict.save, await memory.count()]).toEqual([undefined, 'empty', 0])
  })
})

describe('activity', () => {
  it('is written at most once per touchEvery', async () => {
    const { sessions, clock, faults } = setup({ touchEvery: 60 })
    const browser = new Browser(sessions)
    await browser.visit((session) => void Object.assign(session.data, { a: 1 }))
    for (let second = 0; second < 600; second += 5) {
      clock.advance(5_000)
      await browser.visit()
    }
    expect(faults.calls('touch')).toBe(10)
    expect(faults.calls('update')).toBe(0)
  })

  it('noTouch does not count', async () => {
    const { sessions, clock, faults } = setup({ idleTimeout: '10m' })
    const browser = new Browser(sessions)
    await browser.visit((session) => void Object.assign(session.data, { a: 1 }))
    clock.advance('5m')
    const { session } = await browser.visit((polled) => polled.noTouch())
    expect(session.peek().idle).toBe(300)
    expect(faults.calls('touch')).toBe(0)
    clock.advance('5m')
    expect((await browser.visit()).verdict.load).toBe('expired-idle')
  })

  it('noTouch saves what changed without extending the life', async () => {
    const { sessions, clock } = setup({ idleTimeout: '10m' })
    const browser = new Browser(sessions)
    await browser.visit((session) => void Object.assign(session.data, { a: 1 }))
    clock.advance('5m')
    await browser.visit((session) => {
      session.noTouch().data.b = 2
    })
    clock.advance('4m')
    expect(await browser.data()).toEqual({ a: 1, b: 2 })
    clock.advance('1m')
    expect((await browser.visit()).verdict.load).toBe('expired-idle')
  })

  it('peek tells both remaining times and extends nothing', async () => {
    const { sessions, clock, faults } = setup({
      idleTimeout: '1h',
      absoluteLifetime: '90m',
      touchEvery: '59m',
    })
    const browser = new Browser(sessions)
    await browser.visit((session) => void Object.assign(session.data, { a: 1 }))
    clock.advance('20m')
    await browser.visit((session) => expect(session.peek()).toEqual({ idle: 2400, absolute: 4200 }))
    expect(faults.calls('touch')).toBe(0)
  })

  it('a touch that fails does not fail the request, and sends no cookie', async () => {
    const { sessions, clock, faults } = setup({ maxAge: '1h' })
    const browser = new Browser(sessions)
    await browser.visit((session) => void Object.assign(session.data, { a: 1 }))
    clock.advance('30m')
    faults.fail('touch')
    const { setCookie, verdict } = await browser.visit()
    expect([setCookie, verdict.save]).toEqual([undefined, 'unchanged'])
  })
})

describe('F9, F10: clocks that jump', () => {
  it('back never moves lastSeenAt or the absolute end', async () => {
    const { sessions, clock, memory } = setup({ idleTimeout: '1h', absoluteLifetime: '8h' })
    const browser = new Browser(sessions)
    clock.advance('3h')
    const { session } = await browser.visit(({ data }) => void Object.assign(data, { a: 1 }))
    clock.advance('10m')
    await browser.visit()
    const before = await memory.read(session.handle)
    clock.advance(-5 * 60_000)
    await browser.visit((again) => void Object.assign(again.data, { a: 2 }))
    await browser.visit((again) => again.touch())
    expect(await memory.read(session.handle)).toMatchObject({
      createdAt: before?.createdAt,
      lastSeenAt: before?.lastSeenAt,
      expiresAt: before?.expiresAt,
    })
  })

  it('a record from further ahead than clocks differ is corrupt, and is left alone', async () => {
    const { sessions, clock, memory, events } = setup()
    const browser = new Browser(sessions)
    await browser.visit((session) => void Object.assign(session.data, { a: 1 }))
    clock.advance(-4 * 60_000)
    expect((await browser.visit()).verdict.load).toBe('loaded')
    clock.advance(-2 * 60_000)
    expect((await browser.visit()).verdict).toMatchObject({ load: 'corrupt', detail: /future/ })
    expect(await memory.count()).toBe(1)
    expect(events.map(([name]) => name)).toContain('corrupt')
  })

  it('a day ahead ends sessions and nothing else', async () => {
    const { sessions, clock } = setup()
    const browser = new Browser(sessions)
    await browser.visit((session) => void Object.assign(session.data, { a: 1 }))
    clock.advance('1d')
    const { verdict } = await browser.visit((session) => void Object.assign(session.data, { b: 1 }))
    expect(verdict).toMatchObject({ load: 'expired-idle', save: 'created', cookie: 'set' })
    expect(await browser.data()).toEqual({ b: 1 })
  })
})

describe('login', () => {
  it('starts the absolute clock anew; regenerate does not', async () => {
    const { sessions, clock } = setup({ absoluteLifetime: '8h', idleTimeout: '8h' })
    const browser = new Browser(sessions)
    await browser.visit((session) => void Object.assign(session.data, { a: 1 }))
    clock.advance('6h')
    await browser.visit((session) => session.regenerate({ keep: ['a'] }))
    await browser.visit((session) => expect(session.peek().absolute).toBe(2 * 3600))
    await browser.visit((session) => session.login('u1', { keep: ['a'] }))
    await browser.visit((session) => expect(session.peek().absolute).toBe(8 * 3600))
    expect(await browser.data()).toEqual({ a: 1 })
  })

  it('an expired session is gone for update and reload too', async () => {
    const { sessions, clock } = setup()
    const browser = new Browser(sessions)
    await browser.visit((session) => void Object.assign(session.data, { n: 1 }))
    const session = await sessions.open(browser.header)
    clock.advance('2d')
    expect(await rejection(session.update('n', (n) => n + 1))).toMatchObject({ code: 'session-gone' })
    expect(await rejection(session.reload())).toMatchObject({ code: 'session-gone' })
    expect(await sessions.commit(session)).toBeUndefined()
  })
})
