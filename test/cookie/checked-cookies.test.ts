// What is remembered of cookie values, and for whom.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CheckedCookies } from '../../src/cookie/checked-cookies.js'
import { createSessions, MemoryStore } from '../../src/index.js'
import { SECRET } from '../support/http.js'

/** Long enough to be found by its end alone, which many of them share. */
const values = fc
  .tuple(fc.constantFrom('a', 'b', 'ü', ''), fc.integer({ min: 0, max: 40 }), fc.constantFrom('x', 'y'))
  .map(([head, length, tail]) => head.repeat(length) + tail.repeat(12))

describe('remembered values', () => {
  it('are found whole, or not at all', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(values, fc.nat()), { maxLength: 40 }),
        fc.array(values),
        (added, asked) => {
          const cookies = new CheckedCookies<number>(8)
          const last = new Map<string, number>()
          for (const [value, found] of added) {
            cookies.add(value, found)
            last.set(value, found)
            expect(cookies.get(value)).toBe(found)
          }
          for (const value of asked) expect([undefined, last.get(value)]).toContain(cookies.get(value))
        },
      ),
    )
  })

  it('are as many as were asked for, whatever comes in, and the ones in use among them', () => {
    const cookies = new CheckedCookies<number>(1000)
    const nth = (n: number) => `s%3A${String(n).padStart(60, '0')}`
    cookies.add('in use', -1)
    for (let n = 0; n < 20_000; n++) {
      cookies.add(nth(n), n)
      if (n % 400 === 0) expect(cookies.get('in use')).toBe(-1)
    }
    const found = Array.from({ length: 20_000 }, (_, n) => cookies.get(nth(n))).filter((n) => n !== undefined)
    expect(found.length).toBeGreaterThan(400)
    expect(found.length).toBeLessThanOrEqual(1000)
  })

  it('are not those that nobody was given: they may be of any length', () => {
    const cookies = new CheckedCookies<number>(10)
    cookies.add('x'.repeat(513), 1)
    expect(cookies.get('x'.repeat(513))).toBeUndefined()
  })
})

describe('a forged value', () => {
  it('is refused and told of each time, and takes nothing from the genuine one that ends the same', async () => {
    const sessions = createSessions({ secretKey: SECRET, store: new MemoryStore() })
    const codes: unknown[] = []
    sessions.events.on('rejected', ({ code }) => void codes.push(code))
    const visitor = await sessions.open()
    visitor.data.n = 1
    const genuine = (await sessions.commit(visitor))?.split(';', 1)[0] as string
    const letter = genuine.at(8) === 'A' ? 'B' : 'A'
    const forged = genuine.slice(0, 8) + letter + genuine.slice(9)
    for (const [cookie, n] of [
      [forged, undefined],
      [genuine, 1],
      [forged, undefined],
      [forged, undefined],
      [genuine, 1],
    ] as const)
      expect((await sessions.open(cookie)).data.n).toBe(n)
    expect(codes).toEqual(['bad-signature', 'bad-signature', 'bad-signature'])
  })
})
