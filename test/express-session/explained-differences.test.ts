import { describe, expect, it } from 'vitest'
import { differences } from './explained-differences.js'
import { modules, observe } from './harness.js'

describe('a difference from express-session', () => {
  it.each(differences)('shows here: $what', async ({ scenario, of, ours }) => {
    expect(of(await observe(modules.ours, scenario))).toEqual(ours)
  })

  it.each(differences.filter(({ original }) => original !== 'no answer'))(
    'is still one there: $what',
    async ({ scenario, of, original }) => {
      expect(of(await observe(modules.original, scenario))).toEqual(original)
    },
  )
})
