// What the session says in the headers of a response, over real HTTP.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Request } from 'express'
import { describe, expect, it } from 'vitest'
import { sessionOf } from '../../src/index.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { Client } from '../support/http.js'
import { app } from './http-app.js'

describe('S54: Vary', () => {
  const uses: [string, (req: Request) => unknown, boolean][] = [
    ['nothing', () => undefined, false],
    ['req.session itself', (req) => void req.session, false],
    ['a read', (req) => req.session.user, true],
    ['in', (req) => 'user' in req.session, true],
    ['keys', (req) => Object.keys(req.session), true],
    ['the id', (req) => req.session.id, true],
    ['touch', (req) => req.session.touch(), true],
    ['regenerate', (req) => req.session.regenerate(), true],
    ['the owner', (req) => sessionOf(req).owner, true],
    ['the verdict', (req) => sessionOf(req).verdict, true],
    ['peek', (req) => sessionOf(req).peek(), true],
    ['flash', (req) => sessionOf(req).flash('notice'), true],
  ]

  it.each(uses)('after %s', async (_what, use, varies) => {
    for (const given of [{}, { ownerOf: (data: { user?: string }) => data.user }]) {
      const { client } = await app((server) => {
        server.get('/', async (req, res) => {
          await use(req)
          res.end()
        })
      }, given)
      expect((await client.get('/')).headers.get('vary')).toBe(varies ? 'Cookie' : null)
    }
  })

  it.each([
    ['Accept', 'Accept, Cookie'],
    ['*', '*'],
    ['accept, COOKIE', 'accept, COOKIE'],
    ['Cookie-Policy', 'Cookie-Policy, Cookie'],
  ])('Vary: %s becomes %s', async (given, expected) => {
    const { client } = await app((server) => {
      server.get('/', (req, res) => {
        res.setHeader('Vary', given)
        res.json(req.session.user ?? null)
      })
    })
    expect((await client.get('/')).headers.get('vary')).toBe(expected)
  })
})

describe('S55: Cache-Control', () => {
  it('is no-store when the id is new or cleared, whatever the app says', async () => {
    const { client } = await app((server) => {
      server.get('/new', async (req, res) => {
        await sessionOf(req).login('u1')
        res.setHeader('Cache-Control', 'public, max-age=60')
        res.end()
      })
      server.get('/end', async (req, res) => {
        await req.session.destroy()
        res.writeHead(200, { 'Cache-Control': 'public' })
        res.end()
      })
    })
    expect((await client.get('/new')).headers.get('cache-control')).toBe('no-store')
    expect((await client.get('/end')).headers.get('cache-control')).toBe('no-store')
  })

  it.each([
    [undefined, 'private'],
    ['public, max-age=60', 'private, max-age=60'],
    ['max-age=60, S-MaxAge=99', 'private, max-age=60'],
    ['private, no-cache', 'private, no-cache'],
    ['no-store', 'no-store'],
  ])('of a cookie that is only sent again: %s becomes %s', async (given, expected) => {
    const clock = fakeClock(Date.now())
    const { client } = await app(
      (server) => {
        server.get('/', (_req, res) => {
          if (given !== undefined) res.setHeader('Cache-Control', given)
          res.end()
        })
      },
      { maxAge: 3600, touchEvery: 0, clock },
    )
    await client.get('/start')
    clock.advance(1000)
    const answer = await client.get('/')
    expect(answer.setCookies).toHaveLength(1)
    expect(answer.headers.get('cache-control')).toBe(expected)
  })

  it('is left alone when no cookie is sent', async () => {
    const { client } = await app((server) => {
      server.get('/', (req, res) => {
        res.setHeader('Cache-Control', 'public, max-age=60')
        res.json(req.session.user ?? null)
      })
    })
    await client.get('/start')
    expect((await client.get('/')).headers.get('cache-control')).toBe('public, max-age=60')
  })
})

describe('S13, S14: Set-Cookie', () => {
  const forms: [string, (res: ServerResponse) => unknown][] = [
    ['an object', (res) => res.writeHead(200, { 'Set-Cookie': ['a=1', 'b=2'] })],
    ['an object and a message', (res) => res.writeHead(200, 'Fine', { 'set-cookie': ['a=1', 'b=2'] })],
    ['a flat list', (res) => res.writeHead(200, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'])],
    [
      'setHeader',
      (res) => {
        res.setHeader('Set-Cookie', ['a=1', 'b=2'])
        res.writeHead(200)
      },
    ],
    [
      'setHeader, with one of our name',
      (res) => {
        res.setHeader('Set-Cookie', ['a=1', 'sid=mine', 'b=2'])
      },
    ],
    [
      'appendHeader',
      (res) => {
        res.appendHeader('Set-Cookie', 'a=1')
        res.appendHeader('Set-Cookie', 'b=2')
      },
    ],
  ]

  it.each(forms)('others stay, ours is there once: %s', async (_what, write) => {
    const { client } = await app((server) => {
      server.get('/', async (req, res) => {
        req.session.user = 'u1'
        await req.session.regenerate()
        req.session.user = 'u1'
        await req.session.regenerate({ keep: ['user'] })
        write(res)
        res.end()
      })
    })
    const { setCookies } = await client.get('/')
    expect(setCookies.map((line) => line.split('=', 1)[0]).sort()).toEqual(['a', 'b', 'sid'])
    expect(setCookies.filter((line) => line.startsWith('sid=s%3A'))).toHaveLength(1)
  })

  it('a deletion repeats the attributes', async () => {
    const { url } = await app(
      (server) => {
        server.get('/end', (req, res) => {
          Reflect.set(req, 'session', null)
          res.end()
        })
      },
      {
        sessionCookie: '__Secure-sid',
        path: '/',
        domain: 'example.com',
        sameSite: 'none',
        partitioned: true,
        trustProxy: true,
      },
    )
    const client = new Client(url)
    const proxied = { 'x-forwarded-proto': 'https' }
    const [set = ''] = (await client.get('/start', proxied)).setCookies
    const [cleared = ''] = (await client.get('/end', proxied)).setCookies
    const attributes = (line: string) =>
      line
        .split('; ')
        .slice(1)
        .filter((part) => !/^(?:Max-Age|Expires)=/.test(part))
    expect(cleared).toMatch(/^__Secure-sid=; Max-Age=0; .*Expires=Thu, 01 Jan 1970/)
    expect(attributes(cleared)).toEqual(attributes(set))
    expect(attributes(set)).toEqual([
      'Domain=example.com',
      'Path=/',
      'HttpOnly',
      'Secure',
      'SameSite=None',
      'Partitioned',
    ])
  })

  it('a cookie function gives attributes by request, and impossible ones fail it', async () => {
    const cookie = (req: IncomingMessage) =>
      req.headers['x-tenant'] === 'bad'
        ? { sameSite: 'none' as const, secure: false }
        : { path: `/${req.headers['x-tenant']}`, sameSite: 'strict' as const }
    const { client } = await app(() => undefined, { cookie, secure: 'auto' })
    expect((await client.get('/start', { 'x-tenant': 'blue' })).setCookies[0]).toMatch(
      /Path=\/blue; .*SameSite=Strict/,
    )
    client.cookies.clear()
    const answer = await client.get('/start', { 'x-tenant': 'bad' })
    expect([answer.status, answer.setCookies, answer.json()]).toEqual([500, [], { code: 'bad-cookie' }])
  })
})
