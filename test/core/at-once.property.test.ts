// A store in memory answers without a promise; whatever a request does, it must come out as if it had taken its time.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSessions, MemoryStore, type Session, type Store } from '../../src/index.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { SESSION_EVENTS } from '../support/events.js'
import { Browser, options, rejection } from './harness.js'

const NUM_RUNS = Number(process.env.FC_RUNS ?? 400)

/** The same store behind methods of its own, which are asked and awaited like those of a database. */
const behindPromises = (store: Store): Store => ({
  create: async (key, record) => store.create(key, record),
  read: async (key) => store.read(key),
  update: async (key, change) => store.update(key, change),
  touch: async (key, times) => store.touch(key, times),
  delete: async (key) => store.delete(key),
})

type Action = readonly [name: string, run: (session: Session, n: number) => unknown]

function addToCart({ data }: Session, n: number): void {
  data.cart ??= []
  const cart = data.cart as number[]
  cart.push(n)
}

const ACTIONS: readonly Action[] = [
  ['set', (session, n) => (session.data.n = n)],
  ['set the same', (session) => (session.data.same = 'x')],
  ['change within', addToCart],
  ['delete', (session) => delete session.data.n],
  ['read', (session) => session.data.n],
  ['save', (session) => session.save()],
  ['touch', (session) => session.touch()],
  ['update', (session) => session.update('count', (count: number | undefined) => (count ?? 0) + 1)],
  ['flash', (session, n) => session.flash('note', n)],
  ['login', (session, n) => session.login(`u${n % 2}`, { keep: ['cart'] })],
  ['login that nobody awaits', (session) => void session.login('u0').catch(() => undefined)],
  ['logout', (session) => session.logout()],
  ['regenerate', (session) => session.regenerate({ keep: ['n'] })],
  ['remember me', (session) => (session.data.cookie.maxAge = 5_000)],
  ['forget me', (session) => (session.data.cookie.maxAge = null)],
  ['no touch', (session) => session.noTouch()],
  ['readonly', (session) => session.readonly()],
]

const requests = fc.array(
  fc.record({
    browser: fc.nat(1),
    wait: fc.constantFrom(0, 1_000, 61_000, 4_000_000),
    actions: fc.array(fc.tuple(fc.constantFrom(...ACTIONS), fc.nat(9)), { maxLength: 4 }),
  }),
  { maxLength: 8 },
)

type Requests = typeof requests extends fc.Arbitrary<infer Value> ? Value : never

/** All that can be seen of these requests, from outside and in the store. */
async function seenOf(isAtOnce: boolean, given: Requests): Promise<unknown[]> {
  const clock = fakeClock()
  const memory = new MemoryStore({ clock })
  let ids = 0
  const sessions = createSessions(
    options({
      clock,
      store: isAtOnce ? memory : behindPromises(memory),
      idleTimeout: '1h',
      logger: { debug() {}, info() {}, warn() {} },
      generateId: () => `id-${String(ids++).padStart(20, '0')}`,
    }),
  )
  const seen: unknown[] = []
  for (const name of SESSION_EVENTS)
    sessions.events.on(name, (event: object) => void seen.push([name, event]))
  const browsers = [new Browser(sessions), new Browser(sessions)]
  for (const { browser, wait, actions } of given) {
    clock.advance(wait)
    const client = browsers[browser] as Browser
    const session = await sessions.open(client.header)
    for (const [[name, run], n] of actions)
      seen.push([name, String(await rejection((async () => run(session, n))()))])
    const setCookie = await sessions.commit(session).catch(String)
    if (!setCookie?.startsWith('SessmwError')) client.take(setCookie)
    // Nobody waits for the record of mere activity.
    await new Promise((resolve) => setImmediate(resolve))
    const records: unknown[] = []
    for await (const [key, record] of memory.entries()) records.push([key, record])
    seen.push({ setCookie, verdict: session.verdict, data: { ...session.data }, records })
  }
  return seen
}

describe('a store that answers at once', () => {
  it('leaves the same behind as one that is waited for', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async (given) => {
        expect(await seenOf(true, given)).toEqual(await seenOf(false, given))
      }),
      { numRuns: NUM_RUNS },
    )
  })
})
