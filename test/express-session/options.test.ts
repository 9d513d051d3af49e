import { describe, expect, it } from 'vitest'
import { bothShow, START } from './harness.js'
import { attributes, count, show, text, withHttps } from './scenarios.js'

const HOUR = 3_600_000

describe('cookie', () => {
  it('is sent with path / and HttpOnly, and ends with the browser, by default', async () => {
    const { answers } = await bothShow({ handler: count, requests: ['/'] })
    expect(attributes(answers[0])).toEqual(['Path=/', 'HttpOnly'])
  })

  it.each([
    ['domain', { domain: 'example.com' }, 'Domain=example.com'],
    ['expires', { expires: new Date(START + HOUR) }, 'Expires=Tue, 01 Jan 2030 01:00:00 GMT'],
    ['maxAge', { maxAge: HOUR }, 'Expires=Tue, 01 Jan 2030 01:00:00 GMT'],
    ['path', { path: '/shop' }, 'Path=/shop'],
    ['partitioned', { partitioned: true }, 'Partitioned'],
    ['priority low', { priority: 'low' as const }, 'Priority=Low'],
    ['priority medium', { priority: 'medium' as const }, 'Priority=Medium'],
    ['priority high', { priority: 'high' as const }, 'Priority=High'],
    ['sameSite true', { sameSite: true }, 'SameSite=Strict'],
    ['sameSite lax', { sameSite: 'lax' as const }, 'SameSite=Lax'],
    ['sameSite none', { sameSite: 'none' as const }, 'SameSite=None'],
    ['sameSite strict', { sameSite: 'strict' as const }, 'SameSite=Strict'],
  ])('takes %s', async (_name, cookie, expected) => {
    const { answers } = await bothShow({ options: { cookie }, handler: count, requests: ['/shop/1'] })
    expect(attributes(answers[0])).toContain(expected)
  })

  it('with all attributes has them in one order', async () => {
    const cookie = {
      priority: 'high' as const,
      sameSite: 'lax' as const,
      partitioned: true,
      domain: 'a.example',
      maxAge: HOUR,
    }
    const { answers } = await bothShow({ options: { cookie }, handler: count, requests: ['/'] })
    expect(attributes(answers[0])).toHaveLength(7)
  })

  it.each([
    ['httpOnly false', { httpOnly: false }, 'HttpOnly'],
    ['sameSite false', { sameSite: false }, 'SameSite'],
    ['secure false', { secure: false }, 'Secure'],
    ['partitioned false', { partitioned: false }, 'Partitioned'],
  ])('with %s lacks the attribute', async (_name, cookie, missing) => {
    const { answers } = await bothShow({ options: { cookie }, handler: count, requests: ['/'] })
    expect(answers[0]?.setCookies).toHaveLength(1)
    expect(text(answers[0])).not.toContain(missing)
  })

  it.each([
    ['maxAge after expires', { expires: new Date(START), maxAge: HOUR }, '01:00:00'],
    ['expires after maxAge', { maxAge: HOUR, expires: new Date(START + 2 * HOUR) }, '02:00:00'],
  ])('uses the last of the two: %s', async (_name, cookie, time) => {
    const { answers } = await bothShow({ options: { cookie }, handler: count, requests: ['/'] })
    expect(text(answers[0])).toContain(time)
  })

  it('may be a function of the request', async () => {
    const { answers, log } = await bothShow({
      options: ({ note }) => ({
        cookie: (req) => {
          note(`options for ${req.url}`)
          return { path: `/${req.url.split('/')[1]}`, maxAge: 60_000, httpOnly: false }
        },
      }),
      handler: count,
      requests: ['/a/1', '/b/1'],
    })
    expect(attributes(answers[0])).toEqual(['Path=/a', 'Expires=Tue, 01 Jan 2030 00:01:00 GMT'])
    expect(log.filter((line) => line.startsWith('options'))).toHaveLength(3)
  })

  it.each([
    ['a bad sameSite', { sameSite: 'no' as never }, 'option sameSite is invalid'],
    ['a bad priority', { priority: 'top' as never }, 'option priority is invalid'],
    ['a bad domain', { domain: 'a b' }, 'option domain is invalid'],
    ['a bad path', { path: '/;' }, 'option path is invalid'],
  ])('with %s gives an error to the error handler', async (_name, cookie, message) => {
    const { log } = await bothShow({ options: { cookie }, handler: count, requests: ['/;'] })
    expect(log).toContain(`error ${message}`)
  })
})

describe('cookie.secure', () => {
  const options = { cookie: { secure: true } }

  it('true is not sent over plain HTTP, and the session is saved nevertheless', async () => {
    const { answers, log } = await bothShow({ options, handler: count, requests: ['/'] })
    expect(answers[0]?.setCookies).toEqual([])
    expect(log).toContain(
      'set id-1 {"cookie":{"originalMaxAge":null,"expires":null,"secure":true,"httpOnly":true,"path":"/"},"n":1}',
    )
  })

  it('true is sent over TLS', async () => {
    const { answers } = await bothShow({ options, before: [withHttps], handler: count, requests: ['/'] })
    expect(attributes(answers[0])).toContain('Secure')
  })

  it.each([
    [undefined, true, 'https', 1],
    [undefined, false, 'https', 0],
    [true, false, 'https', 1],
    [true, false, 'HTTPS , http', 1],
    [true, true, 'http,https', 0],
    [true, false, '', 0],
    [false, true, 'https', 0],
  ])(
    'with proxy %s and trust proxy %s takes X-Forwarded-Proto "%s": %i cookie',
    async (proxy, trustProxy, value, cookies) => {
      const { answers } = await bothShow({
        options: { ...options, proxy },
        trustProxy,
        handler: count,
        requests: [{ headers: { 'x-forwarded-proto': value } }],
      })
      expect(answers[0]?.setCookies).toHaveLength(cookies)
    },
  )

  it.each(['http', 'https'])("'auto' follows the connection: %s", async (protocol) => {
    const { answers } = await bothShow({
      options: { cookie: { secure: 'auto', sameSite: 'auto' as never } },
      trustProxy: true,
      handler: show,
      requests: [{ headers: { 'x-forwarded-proto': protocol }, path: '/set' }],
    })
    expect(attributes(answers[0]).includes('Secure')).toBe(protocol === 'https')
    expect(attributes(answers[0])).toContain(protocol === 'https' ? 'SameSite=None' : 'SameSite=Lax')
  })
})

describe('name', () => {
  it('is connect.sid by default', async () => {
    const { answers } = await bothShow({ handler: count, requests: ['/'] })
    expect(text(answers[0])).toMatch(/^connect\.sid=s%3Aid-1\./)
  })

  it.each([{ name: 'shop' }, { key: 'shop' }])('is read and written: %o', async (options) => {
    const { answers } = await bothShow({ options, handler: count, requests: ['/', '/'] })
    expect(text(answers[0])).toMatch(/^shop=/)
    expect(answers[1]?.body).toBe('2')
  })

  it('that no cookie may have gives an error', async () => {
    const { log } = await bothShow({ options: { name: 'a b' }, handler: count, requests: ['/'] })
    expect(log).toContain('error argument name is invalid')
  })
})

describe('genid', () => {
  it('gets the request and names the session', async () => {
    const { log } = await bothShow({
      options: { genid: (req) => `of ${req.url}` },
      handler: count,
      requests: ['/a', '/a'],
    })
    expect(log).toContain('get of /a')
  })

  it('that throws gives an error', async () => {
    const genid = () => {
      throw new Error('no ids today')
    }
    const { log } = await bothShow({ options: { genid }, handler: count, requests: ['/'] })
    expect(log).toEqual(['error no ids today'])
  })

  it('that gives no text leaves the session without cookie and unsaved', async () => {
    const genid = () => 7 as unknown as string
    const { log } = await bothShow({ options: { genid }, handler: count, requests: ['/'] })
    expect(log).toEqual([])
  })
})
