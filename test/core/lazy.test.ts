import { describe, expect, it } from 'vitest'
import { Browser, rejection, setup } from './harness.js'

async function stored(given = {}) {
  const world = setup({ lazy: true, ...given })
  const browser = new Browser(world.sessions)
  await browser.visit(async (session) => {
    const { data } = await session.load()
    data.user = 'u1'
  })
  return { ...world, browser }
}

describe('lazy: true', () => {
  it('asks the store nothing until load(), and commits nothing', async () => {
    const { browser, faults } = await stored()
    const calls = faults.calls()
    const { setCookie, verdict } = await browser.visit()
    expect(faults.calls()).toBe(calls)
    expect([setCookie, verdict.load, verdict.save]).toEqual([undefined, 'skipped', 'unchanged'])
  })

  it.each<[string, (data: Record<string, unknown>) => unknown]>([
    ['reading', (data) => data.user],
    ['in', (data) => 'user' in data],
    ['spread', (data) => ({ ...data })],
    ['JSON.stringify', (data) => JSON.stringify(data)],
    ['writing', (data) => Object.assign(data, { user: 1 })],
    ['id', (data) => data.id],
    ['getSessionId', (data) => (data.getSessionId as () => string)()],
    ['deleting', (data) => delete data.user],
    ['clearSession', (data) => (data.clearSession as () => void)()],
  ])('%s the bag before throws', async (_what, use) => {
    const { browser, sessions } = await stored()
    const session = await sessions.open(browser.header)
    expect(() => use(session.data)).toThrow(expect.objectContaining({ code: 'session-not-loaded' }))
  })

  it('console.log of the bag before does not throw', async () => {
    const { inspect } = await import('node:util')
    const { browser, sessions } = await stored()
    expect(inspect((await sessions.open(browser.header)).data)).toContain('not loaded')
  })

  it('everybody who awaits load() gets the loaded session, with one read', async () => {
    const { browser, sessions, faults } = await stored()
    const session = await sessions.open(browser.header)
    const reading = faults.barrier('read')
    const reads = faults.calls('read')
    const order: string[] = []
    const first = session.load().then(() => order.push('first'))
    const second = session.load().then(({ data }) => {
      order.push('second')
      return data.user
    })
    await reading.arrived
    expect(() => session.data.user).toThrow(/load\(\)/)
    expect(order).toEqual([])
    reading.release()
    await first
    expect(await second).toBe('u1')
    expect(faults.calls('read')).toBe(reads + 1)
  })

  it('load() rejects when the store fails, each time it is called', async () => {
    const { browser, sessions, faults } = await stored()
    const session = await sessions.open(browser.header)
    faults.fail('read')
    expect(await rejection(session.load())).toMatchObject({ code: 'store-failed' })
    expect(await rejection(session.load())).toMatchObject({ code: 'store-failed' })
    expect(session.verdict.load).toBe('store-error')
    expect(await sessions.commit(session)).toBeUndefined()
  })

  it("load() with onStoreError: 'anonymous' gives an empty session that cannot be written", async () => {
    const { browser, sessions, faults } = await stored({ onStoreError: 'anonymous' })
    const session = await sessions.open(browser.header)
    faults.fail('read')
    await session.load()
    expect([session.degraded, { ...session.data }]).toEqual([true, {}])
    expect(() => Object.assign(session.data, { a: 1 })).toThrow(expect.objectContaining({ status: 503 }))
  })

  it.each(['save', 'reload', 'touch', 'destroy', 'logout', 'regenerate'] as const)(
    '%s before rejects',
    async (name) => {
      const { browser, sessions } = await stored()
      const session = await sessions.open(browser.header)
      expect(await rejection(session[name]())).toMatchObject({ code: 'session-not-loaded' })
    },
  )
})
