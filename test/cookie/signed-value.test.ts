import { createServer, get, type RequestListener } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { sign, unsign } from 'cookie-signature'
import express, { type Express, type RequestHandler } from 'express'
import expressSession from 'express-session'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { readCookieValues } from '../../src/cookie/cookie-header.js'
import { PreparedHmac } from '../../src/cookie/prepared-hmac.js'
import { signValue, verifyValue } from '../../src/cookie/signed-value.js'

const cookieParser = createRequire(import.meta.url)('cookie-parser') as (secret: string) => RequestHandler

const SECRET = 'keyboard cat'
const numRuns = Number(process.env.FC_RUNS ?? 500)
const signature = sign('id', SECRET).slice(3)

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

async function request(app: RequestListener, cookie?: string): Promise<{ setCookie: string; body: string }> {
  const server = createServer(app)
  closers.push(() => server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return new Promise((resolve, reject) => {
    const headers = cookie === undefined ? {} : { cookie }
    get({ port, host: '127.0.0.1', headers, agent: false }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      response.on('end', () => resolve({ body, setCookie: response.headers['set-cookie']?.[0] ?? '' }))
    }).on('error', reject)
  })
}

function appOnExpressSession(store: expressSession.MemoryStore): Express {
  const app = express()
  app.use(expressSession({ secret: SECRET, store, resave: false, saveUninitialized: true }))
  app.get('/', (req, res) => {
    res.send(req.sessionID)
  })
  return app
}

const valueIn = (setCookie: string): string => setCookie.slice(setCookie.indexOf('=') + 1).split(';')[0] ?? ''

describe('signed values and their neighbours', () => {
  it('verifies the cookie that express-session sends', async () => {
    const { setCookie, body } = await request(appOnExpressSession(new expressSession.MemoryStore()))
    expect(body).toHaveLength(32)
    expect(verifyValue(valueIn(setCookie), [SECRET])).toEqual({ ok: true, id: body, secretIndex: 0 })
  })

  it('signs cookies that express-session accepts', async () => {
    const app = appOnExpressSession(new expressSession.MemoryStore())
    const first = await request(app)
    const ours = await request(app, `connect.sid=${signValue(first.body, SECRET)}`)
    expect(ours.body).toBe(first.body)
    expect(signValue(first.body, SECRET)).toBe(valueIn(first.setCookie))
  })

  it('verifies what res.cookie signs, and signs what cookie-parser accepts', async () => {
    const app = express()
    app.use(cookieParser(SECRET))
    app.get('/', (req, res) => {
      res.cookie('made', 'some id/+=', { signed: true })
      res.json(req.signedCookies)
    })
    const { setCookie, body } = await request(app, `ours=${signValue('some id/+=', SECRET)}`)
    expect(JSON.parse(body)).toEqual({ ours: 'some id/+=' })
    expect(verifyValue(valueIn(setCookie), [SECRET])).toEqual({ ok: true, id: 'some id/+=', secretIndex: 0 })
  })

  it('is the percent-encoded form of what cookie-signature signs, for any id and secret', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), fc.string(), (id, secret) => {
        const value = signValue(id, secret)
        expect(value).toMatch(/^[\w\-.!~*'()%]+$/)
        const decoded = decodeURIComponent(value)
        expect(decoded.slice(0, 2)).toBe('s:')
        expect(unsign(decoded.slice(2), secret)).toBe(id)
        expect(verifyValue(value, [secret])).toEqual({ ok: true, id, secretIndex: 0 })
        expect(verifyValue(decoded, ['another', secret])).toMatchObject(
          id.includes('%') ? {} : { ok: true, secretIndex: 1 },
        )
      }),
      { numRuns },
    )
  })

  it('survives the way through a Cookie header', () => {
    const header = `a=1; sid=${signValue('an id', SECRET)}; b="2"`
    const [raw] = readCookieValues(header, 'sid')
    expect(verifyValue(raw ?? '', [SECRET])).toEqual({ ok: true, id: 'an id', secretIndex: 0 })
  })
})

describe('verifyValue', () => {
  it('S19: says which secret verified, and forgets a removed one', () => {
    const value = signValue('id', 'old')
    expect(verifyValue(value, ['new', 'old'])).toEqual({ ok: true, id: 'id', secretIndex: 1 })
    expect(verifyValue(value, ['new'])).toEqual({ ok: false, reason: 'bad-signature' })
    expect(verifyValue(value, [])).toEqual({ ok: false, reason: 'bad-signature' })
  })

  it.each([
    ['', 'malformed'],
    ['%E0%A4%A', 'malformed'],
    ['s%3Aid.%', 'malformed'],
    [`s:${'i'.repeat(4096)}.${signature}`, 'malformed'],
    [`s:.${signature}`, 'malformed'],
    [`s:id.${signature.slice(1)}`, 'malformed'],
    [`s:id.${signature}=`, 'malformed'],
    [`s:id.${signature} `, 'malformed'],
    [`s:id.${signature}\n`, 'malformed'],
    [`s:id.${'-'.repeat(43)}`, 'malformed'],
    ['s:id.', 'malformed'],
    ['id', 'unsigned'],
    [`id.${signature}`, 'unsigned'],
    [`j:{"a":1}.${signature}`, 'unsigned'],
    ['s:id', 'unsigned'],
    ['s:', 'unsigned'],
    [`S:id.${signature}`, 'unsigned'],
    [`s%253Aid.${signature}`, 'unsigned'],
    [`s:ID.${signature}`, 'bad-signature'],
    [`s:id.${'A'.repeat(43)}`, 'bad-signature'],
    [`s:i.d.${signature}`, 'bad-signature'],
  ])('S20: refuses %j as %s', (raw, reason) => {
    expect(verifyValue(raw, [SECRET])).toEqual({ ok: false, reason })
  })

  it('S18: refuses a signature of any length without throwing', () => {
    for (let length = 0; length < 100; length += 1) {
      expect(verifyValue(`s:id.${'a'.repeat(length)}`, [SECRET]).ok).toBe(false)
    }
  })

  it('refuses a signed value in which any one character differs', () => {
    const value = `s:id.${signature}`
    for (let at = 0; at < value.length; at += 1) {
      const other = value[at] === 'x' ? 'y' : 'x'
      expect(verifyValue(value.slice(0, at) + other + value.slice(at + 1), [SECRET]).ok).toBe(false)
    }
  })

  it('S49: never throws and never accepts, whatever a client sends', () => {
    const part = fc.constantFrom(
      's:',
      's%3A',
      '%',
      '%25',
      '.',
      'id',
      signature,
      '=',
      ' ',
      '+',
      '\ud800',
      'é',
      '\0',
    )
    const values = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(part, { maxLength: 8 }).map((parts) => parts.join('')),
    )
    const genuine = new Set([`s:id.${signature}`, `s%3Aid.${signature}`])
    const prepared = new PreparedHmac(SECRET)
    fc.assert(
      fc.property(values, (raw) => {
        expect(verifyValue(raw, [SECRET]).ok).toBe(genuine.has(raw))
        expect(verifyValue(raw, [prepared])).toEqual(verifyValue(raw, [SECRET]))
      }),
      { numRuns },
    )
  })
})

describe('signValue', () => {
  it('writes what encodeURIComponent makes of a signed text, whatever the id, prepared or not', () => {
    const ids = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .uint8Array({ minLength: 32, maxLength: 32 })
        .map((bytes) => Buffer.from(bytes).toString('base64url')),
      fc.string({ unit: fc.constantFrom('a', '+', '/', ':', '%', '.', ' ') }),
    )
    fc.assert(
      fc.property(ids, fc.string({ minLength: 1, maxLength: 100 }), (id, secret) => {
        const expected = encodeURIComponent(`s:${sign(id, secret)}`)
        expect(signValue(id, secret)).toBe(expected)
        expect(signValue(id, new PreparedHmac(secret))).toBe(expected)
      }),
      { numRuns },
    )
  })
})

describe('PreparedHmac', () => {
  it('verifies exactly what cookie-signature signs, for any texts and secret, one after the other', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 80 })
    fc.assert(
      fc.property(fc.array(text, { minLength: 1 }), fc.string({ maxLength: 150 }), (ids, secret) => {
        const prepared = new PreparedHmac(secret)
        for (const id of ids) {
          const right = sign(id, secret).slice(-43)
          expect(prepared.verifies(id, right)).toBe(true)
          expect(prepared.verifies(`${id}.`, right)).toBe(false)
          expect(prepared.verifies(id, sign(id, `${secret}x`).slice(-43))).toBe(false)
        }
      }),
      { numRuns },
    )
  })

  it.each([63, 64, 65, 128])('pads or hashes a secret of %i bytes as RFC 2104 says', (length) => {
    const secret = 'ü'.repeat(length / 2).padEnd(length % 2 === 0 ? length / 2 : Math.ceil(length / 2), 'x')
    expect(Buffer.byteLength(secret)).toBe(length)
    expect(new PreparedHmac(secret).verifies('id', sign('id', secret).slice(-43))).toBe(true)
  })

  it('refuses every other way to write the right signature', () => {
    const prepared = new PreparedHmac(SECRET)
    // Text that is the same in the lower byte of each character.
    const folded = String.fromCharCode(...[...signature].map((character) => character.charCodeAt(0) + 0x100))
    const others = ['', signature.slice(1), `${signature}=`, `${signature.slice(0, 42)}=`, folded]
    for (const other of others) expect(prepared.verifies('id', other)).toBe(false)
  })
})
