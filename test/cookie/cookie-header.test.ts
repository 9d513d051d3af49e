import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCookieValues } from '../../src/cookie/cookie-header.js'

const numRuns = Number(process.env.FC_RUNS ?? 500)

/** RFC 6265bis, as plainly as it can be written: pairs between semicolons, blanks around them, one pair of quotes. */
function readPlainly(header: string, name: string): string[] {
  return header
    .split(';')
    .map((pair) => pair.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1).replace(/^[ \t]+/, ''))
    .map((value) => (/^".*"$/s.test(value) && value.length > 1 ? value.slice(1, -1) : value))
    .slice(0, 4)
}

describe('readCookieValues', () => {
  it.each([
    ['sid=a', ['a']],
    ['a=1; sid=b; c=2', ['b']],
    ['sid=a;sid=b', ['a', 'b']],
    ['a=1;\t sid=b \t; c=2', ['b']],
    ['sid="quoted"', ['quoted']],
    ['sid="', ['"']],
    ['sid=""', ['']],
    ['sid=', ['']],
    ['sid= a', ['a']],
    ['sid=a=b=', ['a=b=']],
    ['sid=%E0%A4%A', ['%E0%A4%A']],
    ['sid=s%3Aid', ['s%3Aid']],
    ['SID=a', []],
    ['xsid=a', []],
    ['my-sid=a; sid2=b', []],
    ['other=sid=a', []],
    ['other= sid=a', []],
    ['other="; sid=a; "', ['a']],
    ['sid', []],
    ['sid =a', []],
    [';;;=', []],
    ['', []],
  ])('reads %j as %j', (header, values) => {
    expect(readCookieValues(header, 'sid')).toEqual(values)
  })

  it('reads nothing where there is no header', () => {
    expect(readCookieValues(undefined, 'sid')).toEqual([])
  })

  it('S15: looks at four cookies of the name at most, the first ones', () => {
    const header = Array.from({ length: 9 }, (_, index) => `sid=${index}`).join('; ')
    expect(readCookieValues(header, 'sid')).toEqual(['0', '1', '2', '3'])
  })

  it('finds names that characters of regular expressions are part of', () => {
    expect(readCookieValues('a.b=1; a+b*=2; axb=3', 'a.b')).toEqual(['1'])
    expect(readCookieValues('a.b=1; a+b*=2', 'a+b*')).toEqual(['2'])
  })

  it('S49: agrees with a plain reading of the standard on headers made of awkward parts', () => {
    const part = fc.constantFrom(
      'sid',
      's',
      'id',
      '=',
      ';',
      '; ',
      ' ',
      '\t',
      '"',
      'sid=',
      'x',
      '%E0',
      '\0',
      'é',
      'aa',
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), fc.constantFrom('sid', 'aa', 's'), (parts, name) => {
        const header = parts.join('')
        expect(readCookieValues(header, name)).toEqual(readPlainly(header, name))
      }),
      { numRuns },
    )
  })

  it('S49: never throws, and agrees with a plain reading on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (header) => {
        expect(readCookieValues(header, 'a')).toEqual(readPlainly(header, 'a'))
      }),
      { numRuns },
    )
  })

  it.each([
    ['blanks', `x${' '.repeat(1_000_000)}sid=a`],
    ['blanks between names', `x${'   sid='.repeat(150_000)}`],
    ['the name over and over', 'sid='.repeat(250_000)],
    ['almost the name', 'sid'.repeat(330_000)],
    ['semicolons', ';'.repeat(1_000_000)],
    ['quotes', `sid=${'"'.repeat(1_000_000)}`],
  ])('S49: takes linear time for a megabyte of %s', (_, header) => {
    const start = performance.now()
    readCookieValues(header, 'sid')
    // Linear takes a few milliseconds; quadratic would take minutes.
    expect(performance.now() - start).toBeLessThan(1000)
  })
})
