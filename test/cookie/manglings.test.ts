// Sign, damage in a known way, diagnose: the damage is named.
import { sign } from 'cookie-signature'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diagnoseCookie } from '../../src/cookie/diagnosis.js'
import { explainChange, type SecretChange } from '../../src/cookie/secret-variants.js'
import type { Repair } from '../../src/cookie/value-repair.js'

const numRuns = Number(process.env.FC_RUNS ?? 300)
const ids = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/)
/** Of all characters that need care in one of the encodings, but without what looks like one of the damages. */
const secrets = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{20,40}[a-z]Z$/)
const encode = encodeURIComponent

const VALUES: readonly [repairs: Repair[], mangle: (value: string) => string][] = [
  [[], (value) => value],
  [['percent-decode'], encode],
  [['percent-decode', 'percent-decode'], (value) => encode(encode(value))],
  [['trim'], (value) => `  ${value}\r\n`],
  [['trim'], (value) => `${value};`],
  [['trim'], (value) => `\u200b${value}\u200b`],
  [['unquote'], (value) => `“${value}”`],
  [['unquote'], (value) => `«${value}»`],
  [['unquote'], (value) => `"${value}"`],
  [['trim', 'unquote', 'percent-decode'], (value) => ` '${encode(value)}' `],
  [['join-lines'], (value) => `${value.slice(0, 9)}\r\n  ${value.slice(9)}`],
  [['unescape'], (value) => value.replace('s:', 's\\:')],
  [['add-prefix'], (value) => value.slice(2)],
  [['add-prefix', 'remove-padding'], (value) => `${value.slice(2)}=`],
  [['remove-padding'], (value) => `${value}=`],
  [['space-to-plus'], (value) => value.replaceAll('+', ' ')],
  [
    ['base64url-to-base64'],
    (value) => {
      const dot = value.lastIndexOf('.')
      return value.slice(0, dot) + value.slice(dot).replaceAll('+', '-').replaceAll('/', '_')
    },
  ],
]

const AROUND: readonly ((value: string) => string)[] = [
  (value) => value,
  (value) => `Cookie: a=1; sid=${value}`,
  (value) => `Set-Cookie: sid=${value}; Path=/`,
  (value) => `curl http://a -b 'sid=${value}'`,
  (value) => `curl ^"http://a^" -b ^"sid=${value.replaceAll('%', '^%^')}^"`,
  (value) => JSON.stringify({ sid: value }),
]

/** What the signer made of the secret that we have. */
const SIGNERS: readonly [change: SecretChange, key: (secret: string) => string | Buffer][] = [
  ['double-quoted', (secret) => `"${secret}"`],
  ['single-quoted', (secret) => `'${secret}'`],
  ['newline-added', (secret) => `${secret}\n`],
  ['newline-added', (secret) => `${secret}\r\n`],
  ['newline-added', (secret) => `${secret}\r`],
  ['space-added', (secret) => `${secret} `],
  ['space-added', (secret) => ` ${secret}`],
  ['base64-encoded', (secret) => Buffer.from(secret).toString('base64')],
  ['hex-encoded', (secret) => Buffer.from(secret).toString('hex')],
  ['case-changed', (secret) => secret.toLowerCase()],
  ['case-changed', (secret) => secret.toUpperCase()],
  ['variable-name', () => 'process.env.SESSION_SECRET'],
  ['unset', () => 'undefined'],
  ['unset', () => ''],
  ['placeholder', () => 'keyboard cat'],
]

/** What we have of the signer's secret. */
const OURS: readonly [change: SecretChange, secret: (secret: string) => string][] = [
  ['unquoted', (secret) => `"${secret}"`],
  ['unquoted', (secret) => `'${secret}'`],
  ['trimmed', (secret) => `${secret}\n`],
  ['trimmed', (secret) => `  ${secret}\r\n`],
  ['trimmed', (secret) => `\ufeff${secret}`],
  ['comment-cut', (secret) => `${secret} # of production`],
  ['comment-cut', (secret) => `${secret}#1`],
  ['list-split', (secret) => `${secret},another`],
  ['percent-decoded', (secret) => secret.replace('Z', '%5A')],
  ['base64-decoded', (secret) => Buffer.from(secret).toString('base64')],
  ['hex-decoded', (secret) => Buffer.from(secret).toString('hex')],
  ['unescaped', (secret) => secret.replace('Z', '\\Z')],
  ['unescaped', (secret) => `${secret}$HOME`],
]

describe('a value signed with our secret', () => {
  it.each(VALUES.map(([repairs, mangle]) => ({ repairs, mangle })))(
    'and damaged is valid, whatever is around it: $repairs',
    ({ repairs, mangle }) => {
      fc.assert(
        fc.property(ids, secrets, fc.constantFrom(...AROUND), (id, secret, around) => {
          const value = `s:${sign(id, secret)}`
          const damaged = mangle(value)
          // Lines, blanks, quotes and semicolons belong to what is around a value, unless nothing is.
          fc.pre(around === AROUND[0] || !/[\s'";]/.test(damaged))
          fc.pre(damaged !== value || repairs.length === 0)
          const found = diagnoseCookie(around(damaged), { secrets: ['another', secret] })
          expect(found).toMatchObject({ status: 'valid', id, secretIndex: 1 })
          // A backslash is read by the shell or the JSON around, if there is one.
          if (!repairs.includes('unescape') || around === AROUND[0]) expect(found.repairs).toEqual(repairs)
        }),
        { numRuns: Math.ceil(numRuns / 4) },
      )
    },
  )
})

describe('a secret that was read in another way', () => {
  const check = (change: SecretChange, id: string, given: string, key: string | Buffer) => {
    const found = diagnoseCookie(encode(`s:${sign(id, key)}`), { secrets: ['newer', given] })
    expect(found).toMatchObject({
      status: 'invalid',
      code: 'secret-mismatch',
      id: null,
      load: 'bad-signature',
    })
    expect(found.wouldMatch?.change).toBe(change)
    expect(found.detail).toContain(explainChange(change).words)
    expect(found.detail).not.toContain(given)
  }

  it.each(SIGNERS.map(([change, key]) => ({ change, key })))(
    'by the signer is named: $change',
    ({ change, key }) => {
      fc.assert(
        fc.property(ids, secrets, (id, secret) => check(change, id, secret, key(secret))),
        { numRuns: 20 },
      )
    },
  )

  it.each(OURS.map(([change, ours]) => ({ change, ours })))('by us is named: $change', ({ change, ours }) => {
    fc.assert(
      fc.property(ids, secrets, (id, secret) => check(change, id, ours(secret), secret)),
      { numRuns: 20 },
    )
  })

  it('as bytes is named', () => {
    const bytes = Buffer.from('00ff10a0b0c0d0e0f0112233445566778899', 'hex')
    check('hex-decoded', 'abc', bytes.toString('hex'), bytes)
    check('base64-decoded', 'abc', bytes.toString('base64'), bytes)
  })

  it('as all secrets in one text is named', () => {
    const found = diagnoseCookie(`s:${sign('abc', 'one,two')}`, { secrets: ['one', 'two'] })
    expect(found.wouldMatch?.change).toBe('joined')
  })

  it('as the whole line of the file is named', () => {
    const line = '"abc def" # comment'
    const found = diagnoseCookie(`s:${sign('abc', line)}`, { secrets: ['abc def'], lines: [line] })
    expect(found.wouldMatch).toEqual({ change: 'line-of-file', index: 0 })
  })

  it('is not claimed where no reading matches', () => {
    fc.assert(
      fc.property(ids, secrets, secrets, (id, one, other) => {
        fc.pre(one.toLowerCase() !== other.toLowerCase())
        const found = diagnoseCookie(`s:${sign(id, one)}`, { secrets: [other] })
        expect([found.code, found.wouldMatch]).toEqual(['secret-mismatch', null])
      }),
      { numRuns: 50 },
    )
  })
})
