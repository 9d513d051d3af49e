import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type CookieOptions,
  checkCookie,
  formatClearCookie,
  formatSetCookie,
} from '../../src/cookie/set-cookie.js'
import { SessmwError } from '../../src/errors.js'

const refusal = (name: unknown, attributes: object): SessmwError => {
  try {
    checkCookie(name as string, attributes as CookieOptions)
  } catch (error) {
    if (error instanceof SessmwError) return error
    throw error
  }
  throw new Error('The cookie was accepted.')
}

describe('formatSetCookie', () => {
  it('writes every attribute in its place', () => {
    const header = formatSetCookie(
      'sid',
      's%3Aa.b',
      {
        path: '/app',
        domain: 'example.com',
        httpOnly: true,
        secure: true,
        sameSite: 'none',
        partitioned: true,
        priority: 'high',
      },
      { expiresAt: Date.UTC(2030, 0, 2, 3, 4, 5), maxAgeSeconds: 60.9 },
    )
    expect(header).toBe(
      'sid=s%3Aa.b; Max-Age=60; Domain=example.com; Path=/app; Expires=Wed, 02 Jan 2030 03:04:05 GMT; HttpOnly; Secure; SameSite=None; Partitioned; Priority=High',
    )
  })

  it('writes neither what is false nor what is left out, and no expiry for a cookie that ends with the browser', () => {
    const attributes = { path: '/', domain: undefined, httpOnly: false, secure: false, partitioned: false }
    expect(formatSetCookie('sid', 'v', attributes)).toBe('sid=v; Path=/')
    expect(formatSetCookie('sid', 'v', {})).toBe('sid=v')
  })

  it('never writes a negative Max-Age', () => {
    expect(formatSetCookie('sid', 'v', {}, { expiresAt: 0, maxAgeSeconds: -5 })).toContain('Max-Age=0;')
  })

  it('S12: refuses a name and value that browsers would drop, without repeating the value', () => {
    expect(formatSetCookie('sid', 'v'.repeat(4093), {})).toHaveLength(4097)
    const tooLong = () => formatSetCookie('sid', 'v'.repeat(4094), {})
    expect(tooLong).toThrow(SessmwError)
    expect(tooLong).toThrow('Cookie "sid" has 4097 octets of name and value; browsers keep at most 4096.')
    expect(tooLong).not.toThrow(/vvv/)
  })

  it('S14: clears with the attributes that it set with', () => {
    const attributes = {
      path: '/',
      httpOnly: true,
      secure: true,
      sameSite: 'lax',
      partitioned: true,
    } as const
    expect(formatClearCookie('__Host-sid', attributes)).toBe(
      '__Host-sid=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax; Partitioned',
    )
  })
})

describe('checkCookie', () => {
  const host = { secure: true, path: '/', httpOnly: true }

  it.each<[string, CookieOptions]>([
    ['sid', {}],
    ['sid', { path: '/', secure: 'auto', sameSite: 'none', partitioned: true }],
    ['connect.sid', { path: '/a/b c', domain: '.Example.com', priority: 'low' }],
    ['sid', { domain: 'localhost' }],
    ['__Host-sid', host],
    ['__Secure-sid', { secure: true, domain: 'example.com', path: '/app' }],
    ['__Http-sid', { secure: true, httpOnly: true, domain: 'example.com' }],
    ['__Host-Http-sid', host],
    ['__Hostsid', {}],
  ])('accepts %s with %j', (name, attributes) => {
    expect(() => checkCookie(name, attributes)).not.toThrow()
  })

  it.each<[string, object, string]>([
    ['__Host-sid', { ...host, secure: false }, 'names with __Host- need secure: true.'],
    ['__Host-sid', { ...host, secure: 'auto' }, "need secure: true ('auto' is not enough)."],
    ['__Host-sid', { ...host, secure: undefined }, 'need secure: true.'],
    ['__host-sid', { ...host, secure: false }, 'names with __Host- need secure: true.'],
    ['__HOST-sid', { ...host, path: '/app' }, "need path: '/'."],
    ['__Host-sid', { ...host, path: undefined }, "need path: '/'."],
    ['__Host-sid', { ...host, domain: 'example.com' }, 'need domain left out.'],
    ['__Secure-sid', { secure: false }, 'names with __Secure- need secure: true.'],
    ['__secure-sid', { secure: 'auto' }, 'names with __Secure- need secure: true'],
    ['__Http-sid', { secure: true, httpOnly: false }, 'names with __Http- need httpOnly: true.'],
    ['__http-sid', { secure: false, httpOnly: true }, 'names with __Http- need secure: true.'],
    ['__Host-Http-sid', { ...host, httpOnly: false }, 'names with __Host-Http- need httpOnly: true.'],
    ['__host-http-sid', { ...host, path: '/x' }, "names with __Host-Http- need path: '/'."],
    ['sid', { sameSite: 'none', secure: false }, "sameSite: 'none' needs secure: true."],
    ['sid', { sameSite: 'none' }, "sameSite: 'none' needs secure: true."],
    ['sid', { partitioned: true, secure: false }, 'partitioned needs secure: true.'],
  ])('S8: refuses %s with %j', (name, attributes, words) => {
    expect(refusal(name, attributes)).toMatchObject({
      code: 'bad-cookie',
      message: expect.stringContaining(words),
    })
  })

  it.each<[unknown, object, string]>([
    ['a=b; Max-Age=1; x', {}, 'cookie name'],
    ['', {}, 'cookie name'],
    ['a b', {}, 'cookie name'],
    ['sid\r\n', {}, 'cookie name'],
    ['sid\n', {}, 'cookie name'],
    ['sïd', {}, 'cookie name'],
    ['n'.repeat(257), {}, 'cookie name has 257 characters'],
    [undefined, {}, 'cookie name'],
    [7, {}, 'cookie name'],
    ['sid', { path: '/;Secure' }, 'cookie path'],
    ['sid', { path: 'app' }, 'cookie path'],
    ['sid', { path: '' }, 'cookie path'],
    ['sid', { path: '/\r\nX: y' }, 'cookie path'],
    ['sid', { path: '/\n' }, 'cookie path'],
    ['sid', { path: '/é' }, 'cookie path'],
    ['sid', { path: 1 }, 'cookie path'],
    ['sid', { path: `/${'p'.repeat(1024)}` }, 'cookie path has 1025 characters'],
    ['sid', { domain: 'a;b' }, 'cookie domain'],
    ['sid', { domain: 'example.com\r\n' }, 'cookie domain'],
    ['sid', { domain: 'example.com\n' }, 'cookie domain'],
    ['sid', { domain: 'https://example.com' }, 'cookie domain'],
    ['sid', { domain: 'example.com:3000' }, 'cookie domain'],
    ['sid', { domain: '' }, 'cookie domain'],
    ['sid', { domain: '..example.com' }, 'cookie domain'],
    ['sid', { domain: `${'a.'.repeat(127)}a` }, 'cookie domain'],
    ['sid', { domain: true }, 'cookie domain'],
    ['sid', { httpOnly: 'yes' }, 'attribute httpOnly must be true or false'],
    ['sid', { partitioned: 1 }, 'attribute partitioned must be true or false'],
    ['sid', { secure: 'always' }, "attribute secure must be true, false or 'auto'"],
    ['sid', { sameSite: 'Lax' }, "attribute sameSite must be 'lax', 'strict', 'none'"],
    ['sid', { sameSite: true }, 'attribute sameSite must be'],
    ['sid', { priority: 'urgent' }, 'attribute priority must be'],
  ])('S11: refuses name %j with %j', (name, attributes, words) => {
    expect(refusal(name, attributes)).toMatchObject({
      code: 'bad-cookie',
      message: expect.stringContaining(words),
    })
  })

  it('S11: what it accepts can never start another attribute or header', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', '/', '.', ';', '=', '\r', '\n', ' ', '-', '\0', 'é'),
      maxLength: 6,
    })
    fc.assert(
      fc.property(text, text, text, (name, path, domain) => {
        try {
          checkCookie(name, { path, domain })
        } catch (error) {
          expect(error).toBeInstanceOf(SessmwError)
          return
        }
        const header = formatSetCookie(name, 'v', { path, domain })
        expect(header.split(';')).toHaveLength(3)
        expect(header).not.toMatch(/[^\x20-\x7e]/)
      }),
    )
  })
})
