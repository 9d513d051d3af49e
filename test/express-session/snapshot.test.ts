import fc from 'fast-check'
import { expect, it } from 'vitest'
import { dataText } from '../../src/express/express-session/data-text.js'
import { Snapshot } from '../../src/express/express-session/snapshot.js'

class Money {
  constructor(readonly amount: number) {}
}

/** Everything that an app may put into a session, JSON or not. */
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string(),
    fc.double(),
    fc.constantFrom(0, -0, null, undefined, true, false, Number.NaN, new Date(0), new Date(1), /x/),
    fc.constantFrom(new Money(1), new String('a'), new Number(1), () => 1, Symbol('s'), new Map([[1, 2]])),
    fc.constantFrom(
      { toJSON: () => 1 },
      { toJSON: () => undefined },
      Object.assign([1], { toJSON: () => 2 }),
    ),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.sparseArray(fc.nat(3), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'cookie', '__proto__', '1', 'toJSON'), tie('value'), {
      maxKeys: 3,
    }),
  ),
}))
const data = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'cookie', '1'), value, { maxKeys: 4 })

it('a snapshot matches exactly what has the same JSON without the cookie', () => {
  fc.assert(
    fc.property(data, data, (one, other) => {
      expect(new Snapshot(one).matches(other)).toBe(dataText(one) === dataText(other))
      expect(new Snapshot(one).matches(one)).toBe(true)
    }),
    { numRuns: 5000 },
  )
})

it('a snapshot notices a change anywhere, and that it was taken back', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (before, after) => {
      const session = { cookie: 1, deep: [{ value: before }] }
      const snapshot = new Snapshot(session)
      Object.assign(session.deep[0] ?? {}, { value: after })
      expect(snapshot.matches(session)).toBe(JSON.stringify(before) === JSON.stringify(after))
      Object.assign(session.deep[0] ?? {}, { value: before })
      expect(snapshot.matches({ ...session, cookie: 2 })).toBe(true)
    }),
  )
})

it('a snapshot of a cycle throws as JSON does', () => {
  const session: Record<string, unknown> = {}
  session.self = session
  expect(() => new Snapshot(session)).toThrow(TypeError)
})

it('the order of keys counts, as in JSON', () => {
  expect(new Snapshot({ a: 1, b: 2 }).matches({ b: 2, a: 1 })).toBe(false)
})
