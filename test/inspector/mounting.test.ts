import { createRequire } from 'node:module'
import express from 'express'
import { afterEach, describe, expect, it } from 'vitest'
import { createSessions, session } from '../../src/index.js'
import { inspector } from '../../src/inspector.js'
import { BEARER, closeAll, type Data, listen, SECRET, TOKEN } from './inspector-helpers.js'

afterEach(closeAll)

const express4 = createRequire(import.meta.url)('express4') as typeof express

const newSessions = () => createSessions<Data>({ secretKey: SECRET })

const statusesOf = async (base: string): Promise<number[]> => {
  const get = async (path: string, headers: Record<string, string> = {}) =>
    (await fetch(`${base}${path}`, { headers })).status
  return [
    await get('/'),
    await get('/icon.svg'),
    await get('/sessions.json'),
    await get('/sessions.json', BEARER),
  ]
}

describe('the inspector', () => {
  it.each([
    ['Express 5', express],
    ['Express 4', express4],
  ])('works under any path of %s', async (_name, create) => {
    const sessions = newSessions()
    const app = create()
    app.use('/dev/sessions', inspector(sessions, { auth: TOKEN }))
    app.use(session(sessions))
    const base = `http://localhost:${await listen(app)}`
    expect(await statusesOf(`${base}/dev/sessions`)).toEqual([200, 200, 401, 200])
    expect((await fetch(`${base}/dev/sessions?a=1`)).url).toBe(`${base}/dev/sessions/`)
    const { error } = (await (await fetch(`${base}/dev/sessions/sessions.json`)).json()) as {
      error: { fix: string }
    }
    expect(error.fix).toContain(`'${base}/dev/sessions/sessions.json'`)
    expect((await fetch(`${base}/elsewhere`)).status).toBe(404)
  })

  it('works in a router inside of a router', async () => {
    const [outer, inner] = [express(), express.Router()]
    inner.use('/b', inspector(newSessions(), { auth: TOKEN }))
    outer.use('/a', inner)
    const base = `http://localhost:${await listen(outer)}`
    expect(await statusesOf(`${base}/a/b`)).toEqual([200, 200, 401, 200])
    expect((await fetch(`${base}/a/b`)).url).toBe(`${base}/a/b/`)
  })

  it('works without a framework', async () => {
    const handler = inspector(newSessions(), { auth: TOKEN })
    const port = await listen((request, response) => handler(request, response))
    expect(await statusesOf(`http://localhost:${port}`)).toEqual([200, 200, 401, 200])
  })

  it('sends the browser nowhere else, whatever the path', async () => {
    const app = express()
    app.use(inspector(newSessions(), { auth: TOKEN }))
    const base = `http://localhost:${await listen(app)}`
    for (const path of ['//evil.com', '//evil.com/', '/%2F%2Fevil.com', '/\\evil.com'])
      expect((await fetch(`${base}${path}`, { redirect: 'manual' })).headers.get('location')).toBeNull()
  })
})
