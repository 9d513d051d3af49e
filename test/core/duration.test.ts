import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { looksLikeMilliseconds, parseDuration } from '../../src/core/duration.js'
import { SessmwError } from '../../src/errors.js'

describe('parseDuration', () => {
  it.each<[number | string, number]>([
    [0, 0],
    [1, 1000],
    [0.25, 250],
    [1.1, 1100],
    [34_560_000, 34_560_000_000],
    ['500ms', 500],
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['1.5h', 5_400_000],
    ['7d', 604_800_000],
    ['2w', 1_209_600_000],
    ['400d', 34_560_000_000],
    ['0s', 0],
  ])('reads %j as %d milliseconds', (value, milliseconds) => {
    expect(parseDuration(value, 'maxAge')).toBe(milliseconds)
  })

  it.each<unknown>([
    [-1],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [Number.NEGATIVE_INFINITY],
    [''],
    ['30'],
    ['m'],
    ['-5m'],
    ['+5m'],
    ['5 m'],
    ['5M'],
    ['5min'],
    ['1e3s'],
    ['.5h'],
    ['1.h'],
    ['1h30m'],
    ['5m\n'],
    ['Infinitys'],
    ['5constructor'],
    [`${'9'.repeat(400)}d`],
    [null],
    [undefined],
    [true],
    [{}],
    [new Date(0)],
  ])('refuses %j and names the option and the forms that it takes', (value) => {
    const parse = () => parseDuration(value as string, 'idleTimeout')
    expect(parse).toThrow(SessmwError)
    expect(parse).toThrow(/^Option idleTimeout is .*'30m'/)
  })

  it('refuses more than 400 days, and tells a number that it looks like milliseconds', () => {
    expect(() => parseDuration(86_400_000, 'maxAge')).toThrow('looks like milliseconds (86400 seconds)')
    expect(() => parseDuration(34_560_000.5, 'maxAge')).toThrow('looks like milliseconds')
    expect(() => parseDuration('401d', 'maxAge')).toThrow('Option maxAge is "401d", more than 400 days.')
  })

  it('reads every number of seconds the same as a number and as text', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 34_560_000 }), (seconds) => {
        expect(parseDuration(`${seconds}s`, 'x')).toBe(parseDuration(seconds, 'x'))
      }),
    )
  })
})

describe('looksLikeMilliseconds', () => {
  it.each([600_000, 900_000, 1_000_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000])(
    'suspects %d',
    (value) => {
      expect(looksLikeMilliseconds(value)).toBe(true)
    },
  )

  it.each([
    0,
    1800,
    86_400,
    599_000,
    604_800,
    1_209_600,
    2_592_000,
    7_776_000,
    31_536_000,
    600_001,
    Number.NaN,
    '600000',
  ])('takes %j as it is', (value) => {
    expect(looksLikeMilliseconds(value)).toBe(false)
  })
})
