import { sign } from 'cookie-signature'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Diagnosis, type DiagnosisOptions, diagnoseCookie } from '../../src/cookie/diagnosis.js'

const SECRET = 'keyboard cat'
const numRuns = Number(process.env.FC_RUNS ?? 300)

const signatureOf = (id: string): string => sign(id, SECRET).slice(id.length + 1)

/** An id whose signature has both characters that encodings damage. */
const ID = Array.from({ length: 1000 }, (_, index) => `4ZxPq7Lm2Kd9Rt5Vw8Yb3Nc6Hf1Jg0S${index}`).find((id) =>
  /(?=.*\+.*\+)(?=.*\/)/.test(signatureOf(id)),
) as string
const SIGNATURE = signatureOf(ID)
const PLAIN = `s:${ID}.${SIGNATURE}`
const ENCODED = encodeURIComponent(PLAIN)

const diagnose = (pasted: string, options: Partial<DiagnosisOptions> = {}): Diagnosis =>
  diagnoseCookie(pasted, { secrets: [SECRET], ...options })

describe('every way in which people paste a valid cookie', () => {
  const curl = `curl 'http://localhost:3000/' \\\n  -H 'Accept: */*' \\\n  -H 'Cookie: a=1; connect.sid=${ENCODED}' --compressed`

  it.each<[string, string, Diagnosis['code'], string[]]>([
    ['decoded', PLAIN, null, []],
    ['as headers show it', ENCODED, null, ['percent-decode']],
    ['encoded twice', encodeURIComponent(ENCODED), 'percent-encoded', ['percent-decode', 'percent-decode']],
    ['with + turned into space', PLAIN.replaceAll('+', ' '), 'mangled', ['space-to-plus']],
    ['in double quotes', `"${ENCODED}"`, null, ['unquote', 'percent-decode']],
    ['in single quotes', `'${PLAIN}'`, null, ['unquote']],
    ['as name=value', `connect.sid=${ENCODED}`, null, ['percent-decode']],
    ['as a Cookie line', `Cookie: a=1; connect.sid=${ENCODED}; b=2`, null, ['percent-decode']],
    [
      'as a Set-Cookie line',
      `set-cookie: connect.sid=${ENCODED}; Path=/; HttpOnly`,
      null,
      ['percent-decode'],
    ],
    ['as a curl command', curl, null, ['percent-decode']],
    ['as a curl command with -b', `$ curl -b "connect.sid=${ENCODED}" http://a`, null, ['percent-decode']],
    [
      'as a curl command with --cookie=',
      `curl --cookie=connect.sid=${ENCODED} http://a`,
      null,
      ['percent-decode'],
    ],
    [
      'as a curl command of the Windows prompt',
      `curl ^"http://a^" ^\n -b ^"connect.sid=${ENCODED.replaceAll('%', '^%^')}^"`,
      null,
      ['percent-decode'],
    ],
    [
      'as a curl command with $ quotes',
      `curl http://a -H $'Cookie: connect.sid=${ENCODED}'`,
      null,
      ['percent-decode'],
    ],
    [
      'as JSON of Firefox',
      JSON.stringify({ 'Request Cookies': { a: '1', 'connect.sid': ENCODED } }),
      null,
      ['percent-decode'],
    ],
    [
      'as JSON of a cookie list',
      JSON.stringify([
        { name: 'a', value: '1' },
        { name: 'connect.sid', value: ENCODED, path: '/' },
      ]),
      null,
      ['percent-decode'],
    ],
    [
      'as JSON of HAR headers',
      JSON.stringify({ headers: [{ name: 'Cookie', value: `connect.sid=${ENCODED}` }] }),
      null,
      ['percent-decode'],
    ],
    [
      'as one line of a request',
      `GET / HTTP/1.1\r\nHost: a\r\nCookie: connect.sid=${ENCODED}\r\n\r\n`,
      null,
      ['percent-decode'],
    ],
    ['without s:', `${ID}.${SIGNATURE}`, 'mangled', ['add-prefix']],
    ['with a trailing newline', `${PLAIN}\n`, null, ['trim']],
    ['with padding', `${PLAIN}=`, 'mangled', ['remove-padding']],
    [
      'as base64url',
      `s:${ID}.${SIGNATURE.replaceAll('+', '-').replaceAll('/', '_')}`,
      'mangled',
      ['base64url-to-base64'],
    ],
  ])('%s: valid, with the repairs named', (_, pasted, code, repairs) => {
    expect(diagnose(pasted)).toMatchObject({ status: 'valid', code, id: ID, secretIndex: 0, repairs })
  })
})

describe('cookies that are not valid', () => {
  it.each<[string, string, Diagnosis['status'], Diagnosis['code'], RegExp]>([
    [
      'cut 5 characters short',
      PLAIN.slice(0, -5),
      'invalid',
      'mangled',
      /signature is 38 characters, expected 43/,
    ],
    ['with more at its end', `${PLAIN}abc`, 'invalid', 'mangled', /signature is 46 characters, expected 43/],
    ['shortened with dots', `${ENCODED.slice(0, 30)}…`, 'invalid', 'mangled', /ends in dots: it was cut/],
    ['shortened with three dots', `${PLAIN.slice(0, 20)}...`, 'invalid', 'mangled', /it was cut/],
    ['cut within an escape', 's%3Aid.abc%2', 'invalid', 'mangled', /percent-encoding is broken/],
    ['the id only', ID, 'unsigned', 'unsigned', /no signature/],
    ['the id with s: only', `s:${ID}`, 'unsigned', 'unsigned', /no signature/],
    ['an id with a dot', 'my.id', 'unsigned', 'unsigned', /no signature/],
    [
      'with the case of the id changed',
      `s:${ID.toLowerCase()}.${SIGNATURE}`,
      'invalid',
      'secret-mismatch',
      /the secret does not match/,
    ],
    ['with other characters', `s:${ID}.${'é'.repeat(43)}`, 'invalid', 'mangled', /no base64/],
    ['without an id', `s:.${SIGNATURE}`, 'invalid', 'mangled', /no id/],
    [
      'encoded three times',
      encodeURIComponent(encodeURIComponent(ENCODED)),
      'invalid',
      'percent-encoded',
      /more than twice/,
    ],
    ['empty', '', 'invalid', 'mangled', /empty/],
    ['much too long', 's:'.repeat(9000), 'invalid', 'mangled', /18000 characters/],
    ['a Cookie line without cookies', 'Cookie:', 'invalid', 'none', /no cookie in the text/],
    ['empty JSON', '{}', 'invalid', 'none', /no cookie in the text/],
  ])('%s', (_, pasted, status, code, words) => {
    const diagnosis = diagnose(pasted)
    expect(diagnosis).toMatchObject({ status, code, id: null, secretIndex: null })
    expect(diagnosis.detail).toMatch(words)
  })

  it('are no more valid without a secret: only the structure is known', () => {
    expect(diagnose(ENCODED, { secrets: [] })).toMatchObject({
      status: 'unverified',
      code: null,
      id: ID,
      secretIndex: null,
    })
    expect(diagnose(PLAIN.slice(0, -1), { secrets: [] })).toMatchObject({
      status: 'invalid',
      code: 'mangled',
    })
    expect(diagnose(ID, { secrets: [] })).toMatchObject({ status: 'unsigned' })
  })

  it('are those that only a repair makes valid, when strict', () => {
    expect(diagnose(ENCODED, { strict: true })).toMatchObject({ status: 'valid' })
    expect(diagnose(`Cookie: sid=${ENCODED}`, { strict: true })).toMatchObject({ status: 'valid' })
    for (const pasted of [
      encodeURIComponent(ENCODED),
      PLAIN.replaceAll('+', ' '),
      `${PLAIN}=`,
      PLAIN.slice(2),
    ]) {
      expect(diagnose(pasted, { strict: true })).toMatchObject({ status: 'invalid', id: null })
    }
  })
})

describe('a strict look', () => {
  it.each([
    ['decoded', PLAIN],
    ['encoded', ENCODED],
    ['with blanks around it, as headers may have', `  ${ENCODED}\n`],
    ['with the ; that ends a pair', `${ENCODED};`],
    ['in double quotes, as headers may have', `"${ENCODED}"`],
    ['in a header', `Cookie: a=1; sid="${ENCODED}" ; b=2`],
    ['in code', `{ cookie: 'sid=${ENCODED}' }`],
  ])('takes a value %s, and repairs nothing', (_, pasted) => {
    const found = { status: 'valid', code: null, load: null, id: ID, repairs: [] }
    expect(diagnose(pasted, { strict: true })).toMatchObject(found)
  })

  it.each([
    ['in single quotes', `'${ENCODED}'`],
    ['in single quotes in a header', `Cookie: sid='${ENCODED}'`],
    ['in typographic quotes', `“${ENCODED}”`],
    ['in two pairs of quotes', `"'${ENCODED}'"`],
    ['with a comma', `${ENCODED},`],
    ['with a character without width', `\u200b${ENCODED}`],
    ['with more behind it', `Cookie: sid=${ENCODED}' --compressed`],
  ])('refuses a value %s, as servers do', (_, pasted) => {
    const found = { status: 'invalid', code: 'mangled', id: null, repairs: [] }
    expect(diagnose(pasted, { strict: true })).toMatchObject(found)
    expect(diagnose(pasted)).toMatchObject({ status: 'valid', id: ID })
    expect(diagnose(pasted, { strict: true }).load).not.toBeNull()
  })
})

describe('several secrets and several cookies', () => {
  it('says which secret signed', () => {
    const diagnosis = diagnose(ENCODED, { secrets: ['new', SECRET] })
    expect(diagnosis).toMatchObject({ status: 'valid', secretIndex: 1 })
    expect(diagnosis.detail).toMatch(/secret 2 of 2/)
    expect(diagnose(ENCODED, { secrets: ['new', 'newer'] }).detail).toMatch(/none of 2 secrets matches/)
  })

  it('looks at the cookie of the given name', () => {
    const line = `Cookie: other=${ENCODED}; sid=abc`
    expect(diagnose(line)).toMatchObject({ name: 'other', status: 'valid' })
    expect(diagnose(line, { name: 'sid' })).toMatchObject({ name: 'sid', status: 'unsigned' })
    expect(diagnose(line, { name: 'no' })).toMatchObject({
      code: 'none',
      detail: expect.stringMatching(/^There is no cookie called "no" in the text\. There is other, sid\./),
    })
    expect(diagnose(ENCODED, { name: 'sid' })).toMatchObject({ name: null, status: 'valid' })
  })

  it('tries each cookie of one name and says that there are several', () => {
    const diagnosis = diagnose(`Cookie: sid=s%3Aold.${'A'.repeat(43)}; sid=${ENCODED}`)
    expect(diagnosis).toMatchObject({ status: 'valid', code: 'duplicate-cookie', id: ID })
    expect(diagnosis.detail).toMatch(/number 2 of 2 cookies of this name/)
    expect(diagnosis.duplicates).toEqual([
      { status: 'invalid', code: 'secret-mismatch' },
      { status: 'valid', code: null },
    ])
  })
})

describe('any text', () => {
  it('never throws, and is never valid without the signature', () => {
    const part = fc.constantFrom(
      'Cookie:',
      'curl ',
      '-H ',
      "'",
      '"',
      '{',
      '}',
      '[',
      '%',
      '%25',
      's:',
      '.',
      '=',
      ';',
      '\n',
      '\\',
      ' ',
      SIGNATURE,
      '\ud800',
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(part, { maxLength: 20 }).map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(text, fc.boolean(), (pasted, strict) => {
        const diagnosis = diagnose(pasted, { strict })
        expect(diagnosis.status).not.toBe('valid')
        expect(diagnosis.detail).not.toBe('')
      }),
      { numRuns },
    )
  })

  it.each([
    ['spaces', ' '.repeat(1_000_000)],
    ['quotes', '"'.repeat(1_000_000)],
    ['cookies', 'Cookie: '.repeat(120_000)],
    ['pairs', `Cookie: ${'sid=a;'.repeat(160_000)}`],
    ['brackets', '['.repeat(1_000_000)],
    ['nested JSON', `${'['.repeat(300_000)}${']'.repeat(300_000)}`],
    ['curl options', `curl ${"-H 'Cookie: a=1' ".repeat(50_000)}`],
    ['open quotes', `curl ${"'".repeat(999_999)}`],
    ['percents', '%'.repeat(1_000_000)],
    ['lines', '\n \t'.repeat(300_000)],
    ['beginnings of values', 's:'.repeat(500_000)],
    ['values that end in dots', 'a s:b.'.repeat(160_000)],
    ['signed values', `sid = ${PLAIN} `.repeat(10_000)],
    ['cookies in code', `cookie: '\\"`.repeat(90_000)],
  ])(
    'takes linear time for a megabyte of %s',
    (_, pasted) => {
      const start = process.cpuUsage()
      diagnose(pasted)
      const { user, system } = process.cpuUsage(start)
      // Linear takes some hundred milliseconds at most; quadratic would take minutes.
      expect((user + system) / 1000).toBeLessThan(5000)
    },
    60_000,
  )
})
