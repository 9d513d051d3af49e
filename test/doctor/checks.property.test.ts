import fc from 'fast-check'
import { expect, it } from 'vitest'
import { headers, log, runDoctor, source } from './situations.js'

const RUNS = Number(process.env.SESSMW_FUZZ_RUNS ?? 60)
const WORDS = [
  'Set-Cookie: ',
  'Cookie: ',
  'connect.sid=',
  's%3A',
  '; Path=/',
  '; Domain=',
  '; Expires=',
  '; Max-Age=',
  'Host: a.test',
  'Origin: https://b.test',
  'GET / HTTP/1.1',
  'HTTP/1.1 302 Found',
  'Location: ',
  '\n',
]
const CODE = [
  "require('express-session')",
  'const s = ',
  's(',
  '({',
  '})',
  'cookie: {',
  'maxAge: 1 * ',
  '`${',
  '/*',
  '//',
  "'",
  '\n',
]

const pieces = (words: readonly string[]) =>
  fc
    .array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 12 })), { maxLength: 24 })
    .map((all) => all.join(''))

it('whatever is pasted or written gets an answer or is refused, and is no bug of sessmw', async () => {
  await fc.assert(
    fc.asyncProperty(pieces(WORDS), pieces(CODE), async (text, code) => {
      for (const situation of [headers(text), log(text), source(code, { '.env': text })]) {
        const { exit, stderr } = await runDoctor(situation)
        expect([0, 1, 2], stderr).toContain(exit)
      }
    }),
    { numRuns: RUNS },
  )
})

it('a cookie value is nowhere in what is said about the header', async () => {
  const value = fc.stringMatching(/^[A-Za-z0-9%.:_-]{12,60}$/)
  const attributes = fc.constantFrom(
    '',
    '; Path=/app',
    '; SameSite=None',
    '; Domain=x.test; Secure',
    '; X-Secret=hidden-hidden',
  )
  await fc.assert(
    fc.asyncProperty(value, attributes, async (secret, more) => {
      const lines = [
        'Host: a.test',
        `Cookie: sid=${secret}; sid=${secret}`,
        `Set-Cookie: sid=${secret}${more}`,
      ]
      const { stdout, stderr } = await runDoctor(headers(...lines))
      expect(stdout + stderr).not.toContain(secret)
      expect(stdout + stderr).not.toContain('hidden')
    }),
    { numRuns: RUNS },
  )
})
