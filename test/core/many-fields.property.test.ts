// The size of many fields is carried along from copy to copy; it must stay that of the fields.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { areTexts, checkSize, type FieldChange, merge, type Texts } from '../../src/core/field-change.js'

const sizeOf = (texts: Texts): number =>
  Object.entries(texts).reduce(
    (sum, [name, text]) => sum + Buffer.byteLength(name) + Buffer.byteLength(text),
    0,
  )

/** Whether the fields after a change fit into so many bytes. */
function fits(texts: Texts, change: FieldChange, maxBytes: number): boolean {
  try {
    checkSize(texts, change, { maxBytes, maxDepth: 10, onToJson: () => undefined })
    return true
  } catch {
    return false
  }
}

const name = fc.integer({ min: 0, max: 400 }).map((n) => `ключ${n}`)
const text = fc.string({ unit: 'binary', maxLength: 40 }).map((value) => JSON.stringify(value))
const change = fc
  .record({ set: fc.dictionary(name, text, { maxKeys: 5 }), unset: fc.uniqueArray(name, { maxLength: 5 }) })
  .map(({ set, unset }) => ({ set, unset: unset.filter((one) => !Object.hasOwn(set, one)) }))

describe('many fields', () => {
  it('are refused from exactly one byte too many on, after any changes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 250, max: 300 }),
        fc.array(change, { maxLength: 8 }),
        (count, changes) => {
          let texts: Texts = Object.fromEntries(
            Array.from({ length: count }, (_, n) => [`ключ${n}`, `"${n}"`]),
          )
          for (const next of changes) {
            const after = merge(texts, next)
            const bytes = sizeOf(after)
            expect([fits(texts, next, bytes), fits(texts, next, bytes - 1)]).toEqual([true, false])
            expect(areTexts(after)).toBe(true)
            texts = after
          }
        },
      ),
    )
  })

  it('with one that is no text are never taken for texts', () => {
    const texts = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`field${n}`, '1']))
    const broken = merge(texts, { set: { bad: 1 as never }, unset: [] })
    expect(areTexts(broken)).toBe(false)
    expect(areTexts(merge(broken, { set: { more: '1' }, unset: [] }))).toBe(false)
  })
})
