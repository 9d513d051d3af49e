import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { cookieJar, fakeClock } from '../../src/testing.js'

/** The Cookie header for `to` after a response from `from` with these Set-Cookie headers. */
function sent(from: string, headers: string | string[], to = from): string | undefined {
  const jar = cookieJar()
  jar.store(from, [headers].flat())
  return jar.header(to)
}

const SITE = 'https://shop.example.com/'

describe('which cookies a jar takes', () => {
  it.each([
    ['a plain cookie', 'a=1', 'a=1'],
    ['a value with = and quotes', 'a="b=c"', 'a="b=c"'],
    ['an empty value', 'a=', 'a='],
    ['a cookie without a name', 'just-a-value', 'just-a-value'],
    ['white space around', '  a = 1 ; Path = / ', 'a=1'],
    ['nothing at all', '=', undefined],
    ['a control character', 'a=1\u0001', undefined],
    ['a tab inside', 'a=1\t2', 'a=1\t2'],
    ['more than 4096 bytes', `a=${'x'.repeat(4096)}`, undefined],
    ['exactly 4096 bytes', `a=${'x'.repeat(4095)}`, `a=${'x'.repeat(4095)}`],
    ['an attribute that is too long', `a=1; Path=/${'x'.repeat(1024)}`, 'a=1'],
    ['SameSite=None with Secure', 'a=1; SameSite=None; Secure', 'a=1'],
    ['SameSite=None without Secure', 'a=1; SameSite=None', undefined],
    ['Partitioned without Secure', 'a=1; Partitioned', undefined],
    ['__Host- as it must be', '__Host-a=1; Secure; Path=/', '__Host-a=1'],
    ['__Host- without Secure', '__Host-a=1; Path=/', undefined],
    ['__Host- without Path', '__Host-a=1; Secure', undefined],
    ['__Host- with Domain', '__Host-a=1; Secure; Path=/; Domain=shop.example.com', undefined],
    ['__HOST- in other letters without Secure', '__HOST-a=1; Path=/', undefined],
    ['__Secure- as it must be', '__Secure-a=1; Secure', '__Secure-a=1'],
    ['__Secure- without Secure', '__Secure-a=1', undefined],
    ['a nameless cookie that poses as __Host-', '=__Host-a=1', undefined],
  ])('decides on %s', (_, header, expected) => {
    expect(sent(SITE, header)).toBe(expected)
  })

  it.each([
    ['http://shop.example.com/', undefined],
    ['https://shop.example.com/', 'a=1'],
    ['http://localhost:3000/', 'a=1'],
    ['http://app.localhost/', 'a=1'],
    ['http://127.0.0.1:8080/', 'a=1'],
    ['http://[::1]/', 'a=1'],
    ['http://127.0.0.1.example.com/', undefined],
    ['http://notlocalhost/', undefined],
  ])('takes and sends Secure cookies only over HTTPS or on this machine: %s', (url, expected) => {
    expect(sent(url, 'a=1; Secure')).toBe(expected)
  })

  it('does not let a page in clear text cover a Secure cookie', () => {
    const jar = cookieJar()
    jar.store(SITE, ['a=good; Secure; Path=/account'])
    jar.store('http://shop.example.com/account/x', ['a=evil; Path=/account/x'])
    jar.store('http://shop.example.com/', ['b=other'])
    expect(jar.header('https://shop.example.com/account/x')).toBe('a=good; b=other')
  })
})

describe('where a jar sends cookies', () => {
  it.each([
    ['a=1', 'https://shop.example.com/', 'a=1'],
    ['a=1', 'https://api.shop.example.com/', undefined],
    ['a=1', 'https://example.com/', undefined],
    ['a=1; Domain=example.com', 'https://api.example.com/', 'a=1'],
    ['a=1; Domain=.EXAMPLE.com', 'https://example.com/', 'a=1'],
    ['a=1; Domain=example.com', 'https://badexample.com/', undefined],
    ['a=1; Domain=other.com', 'https://other.com/', undefined],
    ['a=1; Domain=com', 'https://shop.example.com/', undefined],
    ['a=1; Domain=', 'https://api.shop.example.com/', undefined],
    ['a=1; Domain=api.shop.example.com', 'https://api.shop.example.com/', undefined],
    ['a=1', 'http://shop.example.com:8080/', 'a=1'],
  ])('%s goes to %s: %s', (header, to, expected) => {
    expect(sent(SITE, header, to)).toBe(expected)
  })

  it('takes addresses as hosts of their own', () => {
    expect(sent('http://127.0.0.1/', 'a=1; Domain=0.0.1')).toBeUndefined()
    expect(sent('http://127.0.0.1/', 'a=1; Domain=127.0.0.1')).toBe('a=1')
  })

  it.each([
    ['/', 'a=1; Path=/cart', '/cart', 'a=1'],
    ['/', 'a=1; Path=/cart', '/cart/1', 'a=1'],
    ['/', 'a=1; Path=/cart', '/carts', undefined],
    ['/', 'a=1; Path=/cart/', '/cart', undefined],
    ['/', 'a=1; Path=cart', '/anywhere', 'a=1'],
    ['/shop/cart/add', 'a=1', '/shop/cart', 'a=1'],
    ['/shop/cart/add', 'a=1', '/shop', undefined],
    ['/login', 'a=1', '/', 'a=1'],
  ])('a page %s that sets %s sends to %s: %s', (from, header, to, expected) => {
    expect(sent(new URL(from, SITE).href, header, new URL(to, SITE).href)).toBe(expected)
  })

  it('sends longer paths first, then older cookies, and keeps the place of a replaced one', () => {
    const headers = ['a=1; Path=/', 'b=2; Path=/', 'c=3; Path=/shop', 'a=4; Path=/']
    expect(sent(SITE, headers, `${SITE}shop`)).toBe('c=3; a=4; b=2')
  })
})

describe('how long a jar keeps cookies', () => {
  const past = 'Thu, 01 Jan 1970 00:00:00 GMT'

  it.each([
    ['a=1; Max-Age=60', 59_999, 'a=1'],
    ['a=1; Max-Age=60', 60_000, undefined],
    [`a=1; Expires=${past}; Max-Age=60`, 0, 'a=1'],
    ['a=1; Max-Age=0; Expires=Fri, 01 Jan 2100 00:00:00 GMT', 0, undefined],
    ['a=1; Max-Age=-1', 0, undefined],
    ['a=1; Max-Age=soon', 9e15, 'a=1'],
    ['a=1; Max-Age=99999999999', 400 * 86_400_000 - 1, 'a=1'],
    ['a=1; Max-Age=99999999999', 400 * 86_400_000, undefined],
    ['a=1; Expires=Tue, 01 Jan 2030 00:01:00 GMT', 59_999, 'a=1'],
    ['a=1; Expires=Tue, 01 Jan 2030 00:01:00 GMT', 60_000, undefined],
    ['a=1; Expires=Tuesday, 01-Jan-30 00:01:00 GMT', 60_000, undefined],
    ['a=1; Expires=Tue Jan  1 00:01:00 2030', 60_000, undefined],
    ['a=1; Expires=30 Feb 2020 00:00:00 GMT', 9e15, 'a=1'],
    ['a=1; Expires=01 Jan 2020 24:00:00 GMT', 9e15, 'a=1'],
    ['a=1; Expires=never', 9e15, 'a=1'],
  ])('%s after %d ms: %s', (header, ms, expected) => {
    const clock = fakeClock(Date.UTC(2030, 0, 1))
    const jar = cookieJar({ clock })
    jar.store(SITE, [header])
    clock.advance(ms)
    expect(jar.header(SITE)).toBe(expected)
  })

  it('deletes a cookie that is set again in the past, on the same path only', () => {
    const jar = cookieJar()
    jar.store(SITE, ['a=1; Path=/', 'a=2; Path=/shop', `a=; Path=/; Expires=${past}`])
    expect(jar.header(`${SITE}shop`)).toBe('a=2')
  })

  it('drops the cookies of the browser session when the browser is closed', () => {
    const jar = cookieJar()
    jar.store(SITE, ['a=1', 'b=2; Max-Age=60'])
    jar.endBrowserSession()
    expect(jar.list().map(({ name }) => name)).toEqual(['b'])
  })
})

describe('fetch with a jar', () => {
  const servers: { close(): unknown }[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) server.close()
  })

  async function serve(handle: (req: IncomingMessage, res: ServerResponse) => void): Promise<string> {
    const server = createServer(handle)
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  /** `/login` sets a cookie and redirects to `/home`, which answers with what it got. */
  const login = (status: number) => (req: IncomingMessage, res: ServerResponse) => {
    if (req.url === '/login')
      return res.writeHead(status, { location: '/home', 'set-cookie': ['a=1; Secure', 'b=2'] }).end()
    let body = ''
    req.on('data', (part) => {
      body += part
    })
    return req.on('end', () => res.end(`${req.method} ${body}|${req.headers.cookie ?? ''}`))
  }

  it.each([
    [302, 'GET |a=1; b=2'],
    [303, 'GET |a=1; b=2'],
    [307, 'POST body|a=1; b=2'],
    [308, 'POST body|a=1; b=2'],
  ])('keeps the cookies of a %d and sends them on: %s', async (status, expected) => {
    const origin = await serve(login(status))
    const response = await cookieJar().fetch(`${origin}/login`, { method: 'POST', body: 'body' })
    expect(await response.text()).toBe(expected)
  })

  it('gives back the redirect itself when it is told to, with its cookies kept', async () => {
    const origin = await serve(login(302))
    const jar = cookieJar()
    const response = await jar.fetch(`${origin}/login`, { redirect: 'manual' })
    expect([response.status, jar.header(origin)]).toEqual([302, 'a=1; b=2'])
    await expect(jar.fetch(`${origin}/login`, { redirect: 'error' })).rejects.toThrow(TypeError)
  })

  it('adds its cookies to those of the request, and gives up on a redirect loop', async () => {
    const origin = await serve((req, res) => {
      if (req.url === '/loop') return res.writeHead(302, { location: '/loop' }).end()
      return res.end(req.headers.cookie)
    })
    const jar = cookieJar()
    jar.store(origin, ['a=1'])
    expect(await (await jar.fetch(origin, { headers: { cookie: 'own=1' } })).text()).toBe('own=1; a=1')
    await expect(jar.fetch(`${origin}/loop`)).rejects.toThrow('More than 20 redirects')
  })

  it('sends credentials to no other origin', async () => {
    const other = await serve((req, res) => res.end(JSON.stringify(req.headers.authorization ?? null)))
    const origin = await serve((_, res) => res.writeHead(302, { location: other }).end())
    const response = await cookieJar().fetch(origin, { headers: { authorization: 'Bearer x' } })
    expect(await response.json()).toBeNull()
  })
})
