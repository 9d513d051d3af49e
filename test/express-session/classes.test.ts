import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { modules, type SessionModule, START } from './harness.js'

type AnyCookie = Record<string, unknown> & { data: object; serialize(name: string, value: string): string }
type Store = InstanceType<SessionModule['MemoryStore']>

const { original, ours } = modules
const cookieOf = (session: SessionModule, options: unknown): AnyCookie =>
  Reflect.construct(Reflect.get(session, 'Cookie'), [options])

/** What a call gives or throws, with everything in it that can be seen. */
function seen(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    return String(error)
  }
}

const expiry = fc.constantFrom<unknown>(
  null,
  false,
  undefined,
  '2030-01-01T01:00:00.000Z',
  'soon',
  new Date(START + 60_000),
  new Date(Number.NaN),
  0,
  1000,
)
const options = fc.record(
  {
    maxAge: fc.constantFrom<unknown>(
      null,
      false,
      undefined,
      0,
      1,
      60_000,
      -5,
      Number.NaN,
      '5',
      new Date(START),
    ),
    expires: expiry,
    originalMaxAge: fc.constantFrom<unknown>(null, undefined, 0, 7000),
    path: fc.constantFrom<unknown>('/', '/shop', '', null, '/a;b'),
    domain: fc.constantFrom<unknown>('example.com', '.example.com', '', 'a b', 'localhost'),
    httpOnly: fc.constantFrom<unknown>(true, false, 1, undefined),
    secure: fc.constantFrom<unknown>(true, false, 'auto'),
    sameSite: fc.constantFrom<unknown>(true, false, 'Lax', 'strict', 'NONE', 'other', null, 5),
    priority: fc.constantFrom<unknown>('low', 'Medium', 'HIGH', 'other', 5),
    partitioned: fc.boolean(),
    data: fc.constant({ path: '/never' }),
    other: fc.constant('kept'),
  },
  { requiredKeys: [] },
)
const change = fc.oneof(
  fc.record({ key: fc.constant('expires'), value: expiry }),
  fc.record({
    key: fc.constant('maxAge'),
    value: fc.constantFrom<unknown>(null, false, 0, 5000, '5', Number.NaN),
  }),
  fc.record({ key: fc.constant('originalMaxAge'), value: fc.constantFrom<unknown>(null, 3000) }),
)

/** All that can be seen of a cookie. */
const look = (cookie: AnyCookie) => ({
  keys: Object.keys(cookie),
  inherited: [
    ...(function* keys() {
      for (const key in cookie) yield key
    })(),
  ],
  json: seen(() => JSON.stringify(cookie)),
  data: cookie.data,
  times: [cookie.expires, cookie.maxAge, cookie.originalMaxAge],
  header: seen(() => cookie.serialize('sid', 'a b')),
})

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START })
  // Listening silences the warning about dates as maxAge.
  process.on('deprecation' as never, () => undefined)
})
afterEach(() => {
  vi.useRealTimers()
  process.removeAllListeners('deprecation' as never)
})

describe('nobody can tell apart', () => {
  it('cookies, whatever they are made with and set to', () => {
    fc.assert(
      fc.property(options, fc.array(change, { maxLength: 3 }), (given, changes) => {
        const [theirs, mine] = [original, ours].map((session) =>
          seen(() => {
            const cookie = cookieOf(session, { ...given })
            const steps = [look(cookie)]
            for (const { key, value } of changes) {
              const failure = seen(() => Reflect.set(cookie, key, value))
              steps.push({ ...look(cookie), header: failure })
            }
            return steps
          }),
        )
        expect(mine).toEqual(theirs)
      }),
      { numRuns: 500 },
    )
  })

  it('copies of cookies', () => {
    fc.assert(
      fc.property(options, (given) => {
        const [theirs, mine] = [original, ours].map((session) =>
          seen(() => look(cookieOf(session, cookieOf(session, given)))),
        )
        expect(mine).toEqual(theirs)
      }),
    )
  })

  it('sessions that are made of rows', () => {
    const row = fc.record(
      {
        cookie: fc.option(options, { nil: undefined }),
        user: fc.jsonValue(),
        id: fc.integer(),
        save: fc.integer(),
        toString: fc.string(),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(row, (given) => {
        const [theirs, mine] = [original, ours].map((session) => {
          const store: Store = new session.MemoryStore()
          const req = { sessionID: 'a', sessionStore: store }
          return seen(() => {
            const copy = { ...given, ...(given.cookie && { cookie: { ...given.cookie } }) }
            const made = store.createSession(req as never, copy as never)
            const { cookie } = made as unknown as { cookie: AnyCookie }
            const isOnRequest = Reflect.get(req, 'session') === made
            return [
              isOnRequest,
              made.id,
              Object.keys(made),
              JSON.stringify(made),
              look(cookie),
              made.touch() === made,
              look(cookie),
            ]
          })
        })
        expect(mine).toEqual(theirs)
      }),
      { numRuns: 500 },
    )
  })

  it('what a memory store answers, call by call', async () => {
    const call = fc.record({
      name: fc.constantFrom('get', 'set', 'touch', 'destroy', 'all', 'length', 'clear', 'load'),
      sid: fc.constantFrom('a', 'b', '__proto__'),
      ends: fc.constantFrom(null, -1, 0, 1000, 5000),
      n: fc.integer({ max: 9 }),
      after: fc.constantFrom(0, 0, 1000),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 12 }), async (calls) => {
        const run = async (session: SessionModule) => {
          vi.setSystemTime(START)
          const store = new session.MemoryStore()
          const answers: unknown[] = []
          for (const { name, sid, ends, n, after } of calls) {
            vi.setSystemTime(Date.now() + after)
            const expires = ends === null ? null : new Date(Date.now() + ends)
            const row = { n, cookie: { expires } }
            const ofSession = ['get', 'load', 'destroy'].includes(name) ? [sid] : []
            const args = ['set', 'touch'].includes(name) ? [sid, row] : ofSession
            const answer = await new Promise((resolve) =>
              Reflect.apply(Reflect.get(store, name), store, [
                ...args,
                (...given: unknown[]) => resolve(given),
              ]),
            )
            answers.push(JSON.stringify(answer))
          }
          return [answers, Object.entries(Reflect.get(store, 'sessions'))]
        }
        expect(await run(ours)).toEqual(await run(original))
      }),
      { numRuns: 100 },
    )
  })
})
