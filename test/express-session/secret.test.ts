import { createHmac, createSecretKey } from 'node:crypto'
import { createRequire } from 'node:module'
import type { RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { bothShow, modules, SECRET, type SessionOptions } from './harness.js'
import { count, show, text } from './scenarios.js'

// The package brings no types.
const cookieParser: (secret?: string) => RequestHandler = createRequire(import.meta.url)('cookie-parser')

const OLD = 'an older secret of more than thirty-two bytes, for tests'

/** A cookie as any program could make it. */
function signed(id: string, secret: string, name = 'connect.sid'): string {
  const mac = createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, '')
  return `${name}=${encodeURIComponent(`s:${id}.${mac}`)}`
}

const stored = (options: Partial<SessionOptions> = {}) => ({
  options: ({ store }: { store: { put(sid: string, row: unknown): void } }) => {
    store.put('known', { cookie: { originalMaxAge: null, expires: null, httpOnly: true, path: '/' }, n: 7 })
    return options
  },
  handler: count,
})

describe('secret', () => {
  it('signs with the first of several and verifies with all', async () => {
    const options = { secret: [SECRET, OLD] }
    const cookies = [signed('known', OLD), signed('known', SECRET), signed('known', 'never used anywhere')]
    const requests = cookies.map((cookie) => ({ cookie }))
    const { answers } = await bothShow({ ...stored(options), requests })
    expect(answers.map(({ body }) => body)).toEqual(['8', '9', '1'])
    expect(text(answers[2])).toContain(signed('id-1', SECRET))
  })

  it.each([
    ['a Buffer', Buffer.from(SECRET)],
    ['a KeyObject', createSecretKey(Buffer.from(SECRET))],
    ['a Uint8Array in an array', [new Uint8Array(Buffer.from(SECRET))]],
  ])('may be %s', async (_name, secret) => {
    const requests = [{ cookie: signed('known', SECRET) }]
    const { answers } = await bothShow({ ...stored({ secret }), requests })
    expect(answers[0]?.body).toBe('8')
  })

  it('left out, and no req.secret, gives an error', async () => {
    const { log } = await bothShow({
      options: { secret: undefined as never },
      handler: count,
      requests: ['/'],
    })
    expect(log).toEqual(['error secret option required for sessions'])
  })

  it('left out is taken from req.secret', async () => {
    const before: RequestHandler[] = [cookieParser(SECRET)]
    const { answers } = await bothShow({
      ...stored({ secret: undefined as never }),
      before,
      requests: [{ cookie: signed('known', SECRET) }, { cookie: signed('known', OLD) }],
    })
    expect(answers.map(({ body }) => body)).toEqual(['8', '1'])
  })

  it.each([
    [{ secret: [] }, 'secret option array must contain one or more strings'],
    [{ secret: SECRET, genid: 'x' }, 'genid option must be a function'],
    [{ secret: SECRET, unset: 'forget' }, 'unset option must be "destroy" or "keep"'],
  ])('and other options that cannot be throw at once: %o', (options, message) => {
    for (const session of Object.values(modules)) {
      expect(() => session(options as never)).toThrow(new TypeError(message))
    }
  })
})

describe('the cookie of a request', () => {
  const good = signed('known', SECRET)
  it.each([
    ['signed', good],
    ['among others', `a=1; ${good}; b=2`],
    ['not percent-encoded', decodeURIComponent(good)],
    ['in double quotes', good.replace('=', '="').concat('"')],
    ['twice, the first good', `${good}; connect.sid=x`],
    ['twice, the first bad', `connect.sid=x; ${good}`],
    ['unsigned', 'connect.sid=known'],
    ['with s: but unsigned', 'connect.sid=s%3Aknown'],
    ['empty', 'connect.sid='],
    ['signed but empty', signed('', SECRET)],
    ['with a cut signature', good.slice(0, -3)],
    ['with a longer signature', `${good}AA`],
    ['that cannot be decoded', 'connect.sid=s%3Aknown.%E0%A4%A'],
    ['of another name', signed('known', SECRET, 'other.sid')],
    ['of a longer name', signed('known', SECRET, 'xconnect.sid')],
    ['unknown to the store', signed('unknown', SECRET)],
    ['with dots in the id', signed('a.b.c', SECRET)],
    ['with characters beyond ASCII in the id', signed('schlüssel', SECRET)],
  ])('is understood alike: %s', async (_name, cookie) => {
    const { answers } = await bothShow({ ...stored(), requests: [{ cookie }] })
    expect(answers[0]?.status).toBe(200)
  })
})

describe('cookie-parser', () => {
  it.each([
    ['with the same secret', SECRET],
    ['with another secret', OLD],
    ['without secret', undefined],
  ])('before it changes nothing: %s', async (_name, secret) => {
    const before = [cookieParser(secret)]
    const { answers } = await bothShow({
      ...stored(),
      before,
      requests: [{ cookie: signed('known', SECRET) }],
    })
    expect(answers[0]?.body).toBe('8')
  })

  it('may bring the id in req.signedCookies alone, or signed in req.cookies', async () => {
    const bring: RequestHandler = (req, _res, next) => {
      const [, value = ''] = decodeURIComponent(signed('known', SECRET)).split('=')
      if (req.path === '/signed') req.signedCookies = { 'connect.sid': 'known' }
      if (req.path === '/plain') req.cookies = { 'connect.sid': value }
      if (req.path === '/forged') req.cookies = { 'connect.sid': 's:known.abc' }
      if (req.path === '/unsigned') req.cookies = { 'connect.sid': 'known' }
      next()
    }
    const requests = ['/signed', '/plain', '/forged', '/unsigned'].map((path) => ({ path, cookie: '' }))
    const { answers } = await bothShow({ ...stored(), before: [bring], handler: show, requests })
    expect(answers.map(({ body }) => body.includes('"n":7'))).toEqual([true, true, false, false])
  })
})
