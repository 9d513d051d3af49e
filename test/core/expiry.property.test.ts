// Random options and random lives of a session: its cookie ends when it ends, and it ends when it must.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SessionRecord } from '../../src/index.js'
import { Browser, setup } from './harness.js'

const NUM_RUNS = Number(process.env.FC_RUNS ?? 400)
const MINUTE = 60_000
const DAY = 1440 * MINUTE
/** What clocks of hosts may differ by. */
const SKEW = 5 * MINUTE

type Action =
  | {
      readonly do:
        | 'visit'
        | 'write'
        | 'login'
        | 'regenerate'
        | 'noTouch'
        | 'noTouchWrite'
        | 'touch'
        | 'update'
    }
  | { readonly do: 'maxAge'; readonly ms: number | null }
  | { readonly do: 'clock'; readonly ms: number }

const seconds = (max: number) => fc.integer({ min: 1, max })

const optionSets = fc
  .record(
    {
      maxAge: fc.oneof(fc.constant(0), seconds(40 * 86_400)),
      idleTimeout: seconds(10 * 86_400),
      absoluteLifetime: seconds(20 * 86_400),
      touchEvery: fc.integer({ min: 0, max: 300 }),
    },
    { requiredKeys: [] },
  )
  .filter(({ touchEvery = 0, idleTimeout, maxAge }) => touchEvery < (idleTimeout ?? (maxAge || 86_400)))

const actions: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<Action>({ do: 'visit' }, { do: 'write' }, { do: 'update' }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Action>(
      { do: 'login' },
      { do: 'regenerate' },
      { do: 'noTouch' },
      { do: 'noTouchWrite' },
      { do: 'touch' },
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .oneof(fc.constant(null), fc.integer({ min: 1, max: 60 * DAY }))
      .map((ms): Action => ({ do: 'maxAge', ms })),
  },
  {
    weight: 6,
    arbitrary: fc
      .oneof(
        fc.integer({ min: 0, max: 10 * MINUTE }),
        fc.integer({ min: 0, max: DAY }),
        fc.integer({ min: -2 * MINUTE, max: 0 }),
        fc.integer({ min: -3 * DAY, max: 3 * DAY }),
      )
      .map((ms): Action => ({ do: 'clock', ms })),
  },
)

/** The cookie as a browser keeps it: `expiresAt` is undefined for one that ends with the browser. */
interface Kept {
  maxAgeEnd: number | undefined
  expires: number | undefined
}

function keptFrom(setCookie: string, now: number): Kept {
  const maxAge = /Max-Age=(\d+)/.exec(setCookie)?.[1]
  const expires = /Expires=([^;]+)/.exec(setCookie)?.[1]
  return {
    maxAgeEnd: maxAge === undefined ? undefined : now + Number(maxAge) * 1000,
    expires: expires === undefined ? undefined : Date.parse(expires),
  }
}

describe('random lives of a session', () => {
  it('the cookie ends when the session does; no limit is exceeded; time never goes back', async () => {
    await fc.assert(
      fc.asyncProperty(
        optionSets,
        fc.array(actions, { minLength: 2, maxLength: 25 }),
        async (given, life) => {
          const { sessions, clock, memory, faults } = setup(given)
          const browser = new Browser(sessions)
          const absoluteOf = (record: SessionRecord) => {
            if (given.absoluteLifetime !== undefined) return given.absoluteLifetime * 1000
            return Math.max(7 * DAY, (given.maxAge ?? 0) * 1000, record.cookie?.maxAge ?? 0)
          }
          let kept: Kept | undefined
          let before: { key: string; record: SessionRecord } | undefined
          let lastTouch: number | undefined
          for (const action of life) {
            if (action.do === 'clock') {
              clock.advance(action.ms)
              continue
            }
            const now = clock()
            const isServable = before !== undefined && isAlive(before.record, now, absoluteOf(before.record))
            const touches = faults.calls('touch')
            const { session, setCookie, verdict } = await browser.visit(async (opened) => {
              const { data } = opened
              expect(opened.verdict.load === 'loaded', 'served if and only if alive').toBe(isServable)
              if (!isServable) data.fresh = now
              else if (action.do === 'write') data.n = (data.n ?? 0) + 1
              else if (action.do === 'login') await opened.login('u1', { keep: ['n'] })
              else if (action.do === 'regenerate') {
                await opened.regenerate()
                data.toString()
                opened.data.renewed = true
              } else if (action.do === 'maxAge') data.cookie.maxAge = action.ms
              else if (action.do === 'noTouch') opened.noTouch()
              else if (action.do === 'noTouchWrite') opened.noTouch().data.quiet = `${now}${Math.random()}`
              else if (action.do === 'touch') await opened.touch()
              else if (action.do === 'update') await opened.update('count', (count) => (count ?? 0) + 1)
            })
            const record = await memory.read(session.handle)
            if (record === null) throw new Error(`no record after ${action.do}: ${JSON.stringify(verdict)}`)
            if (setCookie !== undefined) kept = keptFrom(setCookie, now)

            const persists = record.cookie === undefined ? (given.maxAge ?? 0) > 0 : record.cookie.maxAge > 0
            if (!persists) expect(kept).toEqual({ maxAgeEnd: undefined, expires: undefined })
            else {
              expect(Math.abs((kept?.expires ?? 0) - record.expiresAt), 'Expires').toBeLessThan(1000)
              if (setCookie !== undefined)
                expect(
                  Math.abs((kept?.maxAgeEnd ?? 0) - Math.max(now, record.expiresAt)),
                  'Max-Age',
                ).toBeLessThan(1000)
            }

            const idleMs = record.cookie?.maxAge || (given.idleTimeout ?? (given.maxAge || 86_400)) * 1000
            expect(record.expiresAt, 'the rule').toBe(
              Math.min(record.lastSeenAt + idleMs, record.createdAt + absoluteOf(record)),
            )
            expect(record.expiresAt, 'absolute lifetime').toBeLessThanOrEqual(
              record.createdAt + absoluteOf(record),
            )
            const isSame = before?.key === session.handle
            if (isSame && before !== undefined) {
              expect(record.createdAt).toBe(before.record.createdAt)
              expect(record.lastSeenAt, 'F10').toBeGreaterThanOrEqual(before.record.lastSeenAt)
            }
            if (action.do === 'regenerate' && isServable)
              expect(record.createdAt).toBe(before?.record.createdAt)

            const touched = faults.calls('touch') - touches
            if (touched > 0 && action.do !== 'touch') {
              const every = given.touchEvery ?? 60
              const own = record.cookie?.maxAge ? record.cookie.maxAge / 10 : Number.POSITIVE_INFINITY
              expect(touched).toBe(1)
              if (isSame && lastTouch !== undefined && given.touchEvery !== undefined)
                expect(record.lastSeenAt - lastTouch, 'touchEvery').toBeGreaterThanOrEqual(
                  Math.min(every * 1000, own),
                )
            }
            if (action.do.startsWith('noTouch') && isServable)
              expect([record.lastSeenAt, record.expiresAt]).toEqual([
                before?.record.lastSeenAt,
                before?.record.expiresAt,
              ])
            lastTouch = record.lastSeenAt
            before = { key: session.handle, record }
          }
        },
      ),
      { numRuns: NUM_RUNS },
    )
  }, 120_000)
})

/** Told from the rules alone. */
function isAlive(record: SessionRecord, now: number, absoluteMs: number): boolean {
  return now < record.expiresAt && now < record.createdAt + absoluteMs && record.createdAt <= now + SKEW
}
