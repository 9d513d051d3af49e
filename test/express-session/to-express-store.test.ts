import original from 'express-session'
import { describe, expect, it } from 'vitest'
import dropIn, { toExpressStore } from '../../src/express-session.js'
import { MemoryStore, type Store } from '../../src/index.js'
import { fakeClock } from '../../src/testing.js'
import { modules, observe, START } from './harness.js'
import { count, show } from './scenarios.js'

const HOUR = 3_600_000

function make() {
  const clock = fakeClock(START)
  const native = new MemoryStore({ clock })
  return { clock, native, store: toExpressStore(native, { clock }) }
}

function ask<Value>(call: (callback: (error?: unknown, value?: Value | null) => void) => void) {
  return new Promise<Value | null | undefined>((resolve, reject) =>
    call((error, value) => (error ? reject(error as Error) : resolve(value))),
  )
}

const row = (data: object, expires: Date | null = null) =>
  ({ cookie: { originalMaxAge: expires && HOUR, expires, httpOnly: true, path: '/' }, ...data }) as never

describe.each(Object.keys(modules) as (keyof typeof modules)[])('with %s, toExpressStore', (name) => {
  it('keeps sessions as MemoryStore of express-session does', async () => {
    const run = (own: boolean) =>
      observe(modules[name], {
        options: ({ session }) => ({
          cookie: { maxAge: HOUR },
          store: own ? toExpressStore(new MemoryStore()) : new session.MemoryStore(),
        }),
        handler: count,
        requests: ['/', '/', { after: HOUR / 2 }, { after: HOUR * 2 }, '/'],
      })
    const observed = await run(true)
    expect(observed).toEqual(await run(false))
    expect(observed.answers.map(({ body }) => body)).toEqual(['1', '2', '3', '1', '2'])
  })

  it('replaces the whole session', async () => {
    const { answers } = await observe(modules[name], {
      options: () => ({ store: toExpressStore(new MemoryStore()) }),
      handler: (req, res, next, context) => {
        if (req.path === '/forget') delete req.session.n
        return show(req, res, next, context)
      },
      requests: ['/set', '/forget', '/'],
    })
    expect(answers[2]?.body).not.toContain('"n"')
  })
})

describe('toExpressStore', () => {
  it('is a Store of this package', () => {
    expect(make().store).toBeInstanceOf(dropIn.Store)
    expect(make().store).not.toBeInstanceOf(original.Store)
  })

  it('keeps ids only as hashes', async () => {
    const { store, native } = make()
    await ask((done) => store.set('secret id', row({ n: 1 }), done))
    for await (const entry of native.entries()) expect(JSON.stringify(entry)).not.toContain('secret id')
    expect(await native.count()).toBe(1)
  })

  it('lists, counts and clears living sessions', async () => {
    const { store, clock } = make()
    await ask((done) => store.set('a', row({ n: 1 }), done))
    await ask((done) => store.set('b', row({ n: 2 }, new Date(START + HOUR)), done))
    expect(await ask((done) => store.all?.(done as never))).toHaveLength(2)
    clock.advance(HOUR)
    expect(await ask((done) => store.length?.(done))).toBe(1)
    await ask((done) => store.clear?.(done))
    expect(await ask((done) => store.length?.(done))).toBe(0)
  })

  it('moves the expiry of a session when it is touched, and leaves its data', async () => {
    const { store, clock } = make()
    await ask((done) => store.set('a', row({ n: 1 }, new Date(START + HOUR)), done))
    clock.advance(HOUR - 1)
    await ask((done) => store.touch?.('a', row({ n: 2 }, new Date(START + 2 * HOUR)), done))
    clock.advance(HOUR / 2)
    const found = await ask((done) => store.get('a', done))
    expect(found).toMatchObject({ n: 1, cookie: { expires: new Date(START + 2 * HOUR).toISOString() } })
  })

  it('touches and destroys what is not there without an error, and creates nothing', async () => {
    const { store, native } = make()
    await ask((done) => store.touch?.('a', row({}), done))
    await ask((done) => store.destroy('a', done))
    expect(await native.count()).toBe(0)
  })

  it('keeps the last of two sessions that are created at once', async () => {
    const { store } = make()
    await Promise.all([1, 2].map((n) => ask((done) => store.set('a', row({ n }), done))))
    expect(await ask((done) => store.get('a', done))).toMatchObject({ n: 2 })
  })

  it('stores the session as it was when it was given', async () => {
    const { store } = make()
    const session = { n: 1, cookie: {} }
    const stored = ask((done) => store.set('a', session as never, done))
    session.n = 2
    await stored
    expect(await ask((done) => store.get('a', done))).toMatchObject({ n: 1 })
  })

  it('gives errors of the store to the callbacks', async () => {
    const failing = new Proxy({} as Store, {
      get: (_target, key) =>
        key === 'keyOf' ? (id: string) => id : () => Promise.reject(new Error(`no ${String(key)}`)),
      has: () => false,
    })
    const store = toExpressStore(failing)
    await expect(ask((done) => store.get('a', done))).rejects.toThrow('no read')
    await expect(ask((done) => store.destroy('a', done))).rejects.toThrow('no delete')
    await expect(ask((done) => store.touch?.('a', row({}), done))).rejects.toThrow('no touch')
    await expect(ask((done) => store.set('a', row({}), done))).rejects.toThrow('no read')
    expect(store.all).toBeUndefined()
  })
})
