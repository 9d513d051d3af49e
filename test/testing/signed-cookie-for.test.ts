import express from 'express'
import { describe, expect, it } from 'vitest'
import { createSessions, MemoryStore, session, sessionOf } from '../../src/index.js'
import { signedCookieFor } from '../../src/testing.js'
import { Client, SECRET, serve } from '../support/http.js'

async function app(options: object = {}) {
  const middleware = session<{ cart: string[] }>({ secretKey: SECRET, ...options })
  const server = express()
  server.use(middleware)
  server.get('/', async (req, res) => {
    const own = await sessionOf<{ cart: string[] }>(req).load()
    res.json({ owner: own.owner ?? null, cart: own.data.cart ?? null, id: own.handle })
  })
  return { client: new Client(await serve(server)), sessions: middleware.sessions }
}

describe('signedCookieFor', () => {
  it('makes a cookie with which requests have the data and the owner', async () => {
    const { client, sessions } = await app()
    const cookie = await signedCookieFor(sessions, { cart: ['tea'] }, { owner: 7 })
    expect(cookie).toMatch(/^sid=s%3A[\w-]{43}\.[\w%]+$/)
    expect((await client.get('/', { cookie })).json()).toMatchObject({ owner: '7', cart: ['tea'] })
    expect((await sessions.list({ owner: 7 })).sessions).toHaveLength(1)
  })

  it('makes another session each time', async () => {
    const { client, sessions } = await app()
    const cookies = [
      await signedCookieFor(sessions, { cart: ['tea'] }),
      await signedCookieFor(sessions, { cart: [] }),
    ]
    const answers = await Promise.all(
      cookies.map(async (cookie) => (await client.get('/', { cookie })).json()),
    )
    expect(answers.map(({ cart }) => cart)).toEqual([['tea'], []])
    expect(answers[0].id).not.toBe(answers[1].id)
  })

  it.each([
    ['lazy sessions', { lazy: true }],
    ['a prefixed name', { sessionCookie: '__Host-sid' }],
    ['a cookie that persists', { maxAge: '1h' }],
  ])('works with %s', async (_what, options) => {
    const { client, sessions } = await app(options)
    const cookie = await signedCookieFor(sessions, { cart: ['tea'] })
    expect((await client.get('/', { cookie })).json().cart).toEqual(['tea'])
  })

  it('refuses to store nothing, and passes on what cannot be stored', async () => {
    const sessions = createSessions({ secretKey: SECRET, store: new MemoryStore() })
    await expect(signedCookieFor(sessions, {})).rejects.toMatchObject({ code: 'bad-option' })
    await expect(signedCookieFor(sessions, { f: () => 1 })).rejects.toMatchObject({
      code: 'unstorable-value',
    })
  })
})
