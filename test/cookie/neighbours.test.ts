import { createHash, createHmac } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { sign } from 'cookie-signature'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diagnoseCookie } from '../../src/cookie/diagnosis.js'

const SECRET = 'a secret of the python app, long enough'
const SIGNED_AT = 1_700_000_000
const NOW = SIGNED_AT * 1000 + 60_000
const diagnose = (text: string, options: object = {}) =>
  diagnoseCookie(text, { secrets: ['newer', SECRET], now: NOW, ...options })

/** Made by itsdangerous 2.2.0 with SECRET, at SIGNED_AT. */
const MADE_BY_PYTHON = {
  Signer: 'session-id-123.v1dZklU0y-f11bP9DzoarFk5LKQ',
  TimestampSigner: 'session-id-123.ZVPxAA.qUlquMXjf9gm1WrF39x20wyXb4g',
  URLSafeSerializer: 'eyJ1c2VyX2lkIjo0Mn0.0Y4JOzG9iwXnh9cJJcJuOXp7_iQ',
  URLSafeTimedSerializer: 'InNlc3Npb24taWQtMTIzIg.ZVPxAA.xLaC3aDKmOC3LofnigpR70uO9PY',
  "Flask's session": 'eyJ1c2VyX2lkIjo0Mn0.ZVPxAA.5f6I909nD2bvcUzUwv6eUhuaX6Y',
  "Flask's session, compressed":
    '.eJyrVkpOLCpRsopWSiwoyElV0hmlyaJjawE0sWf9.ZVPxAA.pYbNHXFC6K1hHhEsBSUmLd7mPS4',
  'SessionMiddleware of Starlette':
    'eyJ1c2VyX2lkIjogNDIsICJuYW1lIjogIsO/Pz8+PiJ9.ZVPxAA.Ut-ucuoMBOQOhJi20Bg6JFlcprY',
  'TimestampSigner with SHA-256': 'session-id-123.ZVPxAA.ocQgIVWistmoOoY3LzjmH7SBUsk_A8L1jC-vIbHZxn0',
  'Signer with key derivation concat': 'x1.D6NjRKhvu7PAx-YdZNrhKQ7oPto',
  'Signer with key derivation none': 'x1.CPb4KIVEoXUC16wW99tYMef1OyU',
}

describe('cookies of itsdangerous', () => {
  it('a cookie of Starlette whose base64 is padded is a value, not a pair', () => {
    const payload = `${Buffer.from('{"user":"ada"}').toString('base64')}.ZVPxAA`
    expect(payload).toMatch(/[^=]=\./)
    const key = createHash('sha1').update(`itsdangerous.Signersigner${SECRET}`).digest()
    const token = `${payload}.${createHmac('sha1', key).update(payload).digest('base64url')}`
    for (const text of [token, `session=${token}`])
      expect(diagnose(text)).toMatchObject({ status: 'valid', payload: { user: 'ada' }, signedAt: SIGNED_AT })
  })

  it.each(Object.entries(MADE_BY_PYTHON))('%s: verified', (_, token) => {
    const found = diagnose(token)
    expect(found).toMatchObject({
      status: 'valid',
      style: 'itsdangerous',
      secretIndex: 1,
      load: null,
      code: null,
    })
    expect(found.signedAt).toBe(token.includes('.ZVPxAA.') ? SIGNED_AT : null)
  })

  it.each(Object.entries(MADE_BY_PYTHON))('%s: refused when one character differs', (_, token) => {
    const changed = token.replace(/[a-z]/, (letter) => (letter === 'a' ? 'b' : 'a'))
    expect(diagnose(changed)).toMatchObject({
      status: 'invalid',
      style: 'itsdangerous',
      code: 'secret-mismatch',
      id: null,
      payload: null,
    })
  })

  it('show what they carry: an id, or data', () => {
    const { Signer, URLSafeTimedSerializer } = MADE_BY_PYTHON
    expect(diagnose(Signer)).toMatchObject({ id: 'session-id-123', payload: null })
    expect(diagnose(URLSafeTimedSerializer)).toMatchObject({ id: 'session-id-123', payload: null })
    expect(diagnose(MADE_BY_PYTHON["Flask's session"])).toMatchObject({ id: null, payload: { user_id: 42 } })
    expect(diagnose(MADE_BY_PYTHON["Flask's session, compressed"]).payload).toEqual({
      cart: Array(40).fill('apple'),
    })
    expect(diagnose(MADE_BY_PYTHON['SessionMiddleware of Starlette']).payload).toEqual({
      user_id: 42,
      name: 'ÿ??>>',
    })
  })

  it('name their maker by salt and key derivation', () => {
    expect(diagnose(MADE_BY_PYTHON["Flask's session"]).detail).toMatch(
      /Flask's session: salt "cookie-session", key derivation hmac, SHA-1/,
    )
    expect(diagnose(MADE_BY_PYTHON['SessionMiddleware of Starlette']).detail).toMatch(
      /Starlette.*"itsdangerous\.Signer", key derivation django-concat/,
    )
    expect(diagnose(MADE_BY_PYTHON['TimestampSigner with SHA-256']).detail).toMatch(/SHA-256/)
  })

  it('with a salt of their own need --salt', () => {
    // URLSafeTimedSerializer(SECRET, salt='mine', signer_kwargs={'digest_method': hashlib.sha512})
    const token =
      'eyJhIjoxfQ.ZVPxAA.0_F__fpkTT0KIynl7tnHiegb0eNpphsQx8O550lmZPHr_ZPWKuQ97CQ1Y_bJco1eWG5eixRBh0lsMb-ArsD9ng'
    expect(diagnose(token)).toMatchObject({ status: 'invalid', detail: expect.stringMatching(/--salt/) })
    expect(diagnose(token, { salts: ['mine'] })).toMatchObject({ status: 'valid', payload: { a: 1 } })
  })

  it('are repaired and cut, and their secrets misread, like ours', () => {
    const token = MADE_BY_PYTHON['SessionMiddleware of Starlette']
    expect(diagnose(`Cookie: session=${encodeURIComponent(token)}`)).toMatchObject({
      status: 'valid',
      name: 'session',
      repairs: ['percent-decode'],
    })
    expect(diagnose(`"${token}"\n`)).toMatchObject({ status: 'valid', repairs: ['trim', 'unquote'] })
    expect(diagnose(token.slice(0, -5))).toMatchObject({
      status: 'invalid',
      code: 'mangled',
      detail: expect.stringMatching(/22 characters, expected 27/),
    })
    expect(diagnose(token, { secrets: [`${SECRET}\n`] })).toMatchObject({
      wouldMatch: { change: 'trimmed', index: 0 },
    })
    expect(diagnose(encodeURIComponent(encodeURIComponent(token)), { strict: true })).toMatchObject({
      status: 'invalid',
      code: 'percent-encoded',
    })
  })

  it('are only decoded without a secret', () => {
    expect(diagnose(MADE_BY_PYTHON["Flask's session"], { secrets: [] })).toMatchObject({
      status: 'unverified',
      payload: { user_id: 42 },
      signedAt: SIGNED_AT,
    })
  })

  it.each([60, 86_400 * 3, 86_400 * 4000])('signed %i seconds ahead show their time and data', (seconds) => {
    const at = NOW / 1000 + seconds
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(at)
    const time = bytes.toString('base64url')
    const tokenOf = (payload: string) => {
      const key = createHash('sha1').update(`itsdangerous.Signersigner${SECRET}`).digest()
      const signed = `${payload}.${time}`
      return `${signed}.${createHmac('sha1', key).update(signed).digest('base64url')}`
    }
    const found = { status: 'valid', signedAt: at, detail: expect.stringMatching(/Starlette.*lies ahead/) }
    const data = Buffer.from('{"user":"ada"}').toString('base64url')
    expect(diagnose(tokenOf(data))).toMatchObject({ ...found, payload: { user: 'ada' } })
    expect(diagnose(tokenOf('session-id-123'))).toMatchObject({ ...found, id: 'session-id-123' })
    expect(diagnose(tokenOf(data), { secrets: ['another'] })).toMatchObject({
      code: 'secret-mismatch',
      signedAt: at,
    })
    expect(diagnose(tokenOf(data), { secrets: [] })).toMatchObject({ status: 'unverified', signedAt: at })
  })

  it('of any content and any salt are verified', () => {
    const salts = ['itsdangerous', 'itsdangerous.Signer', 'cookie-session']
    fc.assert(
      fc.property(
        fc.object({ maxDepth: 1 }),
        fc.constantFrom(...salts),
        fc.boolean(),
        fc.constantFrom('sha1', 'sha512'),
        (data, salt, hmac, digest) => {
          const json = JSON.stringify(data)
          const payload = `.${deflateSync(json).toString('base64url')}.ZVPxAA`
          const key = hmac
            ? createHmac(digest, SECRET).update(salt).digest()
            : createHash(digest).update(`${salt}signer${SECRET}`).digest()
          const found = diagnose(`${payload}.${createHmac(digest, key).update(payload).digest('base64url')}`)
          expect(found).toMatchObject({ status: 'valid', signedAt: SIGNED_AT })
          expect(JSON.stringify(found.payload)).toBe(json)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('that inflate without end are not inflated', () => {
    const payload = `.${deflateSync(JSON.stringify('a'.repeat(1 << 20))).toString('base64url')}`
    const key = createHash('sha1').update(`itsdangeroussigner${SECRET}`).digest()
    const token = `${payload}.${createHmac('sha1', key).update(payload).digest('base64url')}`
    expect(diagnose(token)).toMatchObject({ status: 'valid', payload: null, id: payload })
  })
})

describe('other cookies', () => {
  const base64 = (data: object) => Buffer.from(JSON.stringify(data)).toString('base64')

  it('of cookie-session are verified with the .sig beside them', () => {
    const value = base64({ views: 1 })
    const signature = createHmac('sha1', SECRET).update(`session=${value}`).digest('base64url')
    const line = `Cookie: a=1; session=${value}; session.sig=${signature}`
    expect(diagnose(line)).toMatchObject({
      status: 'valid',
      style: 'cookie-session',
      name: 'session',
      payload: { views: 1 },
      secretIndex: 1,
    })
    expect(diagnose(line.replace(/sig=./, 'sig=.'))).toMatchObject({
      status: 'invalid',
      code: 'secret-mismatch',
    })
    expect(diagnose(line.slice(0, -3))).toMatchObject({ status: 'invalid', code: 'mangled' })
    expect(diagnose(`session=${value}`)).toMatchObject({
      status: 'unsigned',
      style: 'cookie-session',
      detail: expect.stringMatching(/session\.sig/),
    })
  })

  it('that are signed JSON of res.cookie() are verified and called so', () => {
    const value = encodeURIComponent(`s:${sign('j:{"theme":"dark"}', SECRET)}`)
    expect(diagnose(value)).toMatchObject({
      status: 'valid',
      style: 'signed-json',
      id: null,
      payload: { theme: 'dark' },
    })
    expect(diagnose('j%3A%7B%22a%22%3A1%7D')).toMatchObject({
      status: 'unsigned',
      style: 'json',
      payload: { a: 1 },
    })
  })

  it.each<[string, string, string, string]>([
    ['iron-session', `Fe26.2*1*${'ab*'.repeat(5)}ef~2`, 'iron-session', 'unsigned'],
    ['iron-session, cut', 'Fe26.2*1*ab*cd', 'iron-session', 'mangled'],
    [
      'a JSON Web Token',
      `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.e30.${'a'.repeat(43)}`,
      'jwt',
      'unsigned',
    ],
    [
      'an encrypted one',
      `${Buffer.from('{"alg":"dir","enc":"A256GCM"}').toString('base64url')}..a.b.c`,
      'jwt',
      'unsigned',
    ],
  ])('are recognised: %s', (_, value, style, code) => {
    expect(diagnose(`Cookie: x=1; token=${value}`)).toMatchObject({
      status: 'invalid',
      style,
      code,
      name: 'token',
    })
  })

  it('are not looked for when the style is given', () => {
    const { Signer } = MADE_BY_PYTHON
    expect(diagnose(Signer, { style: 'express-session' })).toMatchObject({
      status: 'invalid',
      code: 'mangled',
    })
    expect(diagnose(Signer, { style: 'itsdangerous' })).toMatchObject({ status: 'valid' })
  })

  it.each(['abc', 'f47ac10b-58cc-4372-a567-0e02b2c3d479', '1700000000', 'GA1.1.123456.1700000000', 'my.id'])(
    'of nobody are unsigned: %s',
    (value) => {
      expect(diagnose(value)).toMatchObject({ status: 'unsigned', style: null, code: 'unsigned' })
    },
  )
})
