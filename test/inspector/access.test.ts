import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { coreOf } from '../../src/core/sessions.js'
import { createSessions, session } from '../../src/index.js'
import { STATIC_FILES } from '../../src/inspector/ui/static-files.js'
import { inspector } from '../../src/inspector.js'
import { BEARER, closeAll, listen, rig, SECRET, TOKEN } from './inspector-helpers.js'

afterEach(async () => {
  vi.unstubAllEnvs()
  await closeAll()
})

describe('the token (S60)', () => {
  it.each([
    ['no header', undefined],
    ['another token', `Bearer ${TOKEN}x`],
    ['a part of it', `Bearer ${TOKEN.slice(0, -1)}`],
    ['another case', `Bearer ${TOKEN.toUpperCase()}`],
    ['another scheme', `Basic ${TOKEN}`],
    ['no scheme', TOKEN],
    ['nothing after the scheme', 'Bearer '],
    ['two tokens', `Bearer ${TOKEN} ${TOKEN}`],
  ])('refuses %s', async (_name, authorization) => {
    const { get } = await rig()
    const headers: Record<string, string> =
      authorization === undefined ? {} : { Authorization: authorization }
    const response = await get('/sessions.json', headers)
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
  })

  it.each(['Bearer', 'bearer', 'BEARER'])('takes the scheme %s', async (scheme) => {
    const { get } = await rig()
    expect((await get('/sessions.json', { Authorization: `${scheme} ${TOKEN}` })).status).toBe(200)
  })

  it('is no cookie and no query', async () => {
    const { get } = await rig()
    expect((await get(`/sessions.json?token=${TOKEN}&t=${TOKEN}`)).status).toBe(401)
    expect((await get('/sessions.json', { Cookie: `token=${TOKEN}` })).status).toBe(401)
  })

  it('is missing: the answer is the command that works once the token is filled in', async () => {
    const { get, base } = await rig()
    const { error } = (await (await get('/sessions.json')).json()) as { error: Record<string, string> }
    expect(error).toEqual({
      code: 'token-required',
      message: expect.any(String),
      fix: `curl -H 'Authorization: Bearer TOKEN' '${base}/sessions.json'`,
    })
  })

  it('guards paths that do not exist as well, so that nothing is learnt from them', async () => {
    const { get } = await rig()
    expect((await get('/api/v1/nothing')).status).toBe(401)
    expect((await get('/api/v1/nothing', BEARER)).status).toBe(404)
  })

  it('is made and written once when there is no auth', async () => {
    const { get, written } = await rig({})
    expect(written).toHaveLength(1)
    const made = /#t=([A-Za-z0-9_-]{43})/.exec(written[0] ?? '')?.[1]
    expect((await get('/sessions.json', { Authorization: `Bearer ${made}` })).status).toBe(200)
    expect((await get('/sessions.json')).status).toBe(401)
    expect(written).toHaveLength(1)
    const files = await Promise.all([...STATIC_FILES.keys()].map(async (path) => (await get(path)).text()))
    expect(files.join()).not.toContain(made)
  })

  it('is another one in each process and for each inspector', async () => {
    const [one, other] = [await rig({}), await rig({})]
    expect(one.written).not.toEqual(other.written)
  })
})

describe('auth', () => {
  it('as a function decides alone', async () => {
    const { get, written } = await rig({ auth: async ({ headers }) => headers['x-admin'] === 'yes' })
    expect((await get('/sessions.json', { 'X-Admin': 'yes' })).status).toBe(200)
    expect((await get('/sessions.json', BEARER)).status).toBe(401)
    expect(written).toEqual([])
  })

  it('that throws shows nothing and goes to the error handler of the app', async () => {
    const { get } = await rig({
      auth: () => {
        throw Object.assign(new Error('ldap is down'), { status: 502 })
      },
    })
    expect((await get('/sessions.json')).status).toBe(502)
  })

  it('that throws without Express ends in a plain 500', async () => {
    const sessions = createSessions({ secretKey: SECRET })
    const failing = inspector(sessions, { auth: () => Promise.reject(new Error('no')) })
    const port = await listen((request, response) => failing(request, response))
    const response = await fetch(`http://localhost:${port}/sessions.json`)
    expect(response.status).toBe(500)
    expect(await response.json()).toMatchObject({ error: { code: 'failed' } })
  })

  it.each(['', 'short', 'a token with spaces in it'])('refuses the guessable token %j', async (auth) => {
    await expect(rig({ auth })).rejects.toMatchObject({ code: 'bad-option' })
  })
})

describe('mounting', () => {
  beforeEach(() => {
    vi.stubEnv('NODE_ENV', 'production')
  })
  const sessions = createSessions({ secretKey: SECRET })

  it.each([{}, { auth: TOKEN }, { allowInProduction: true }])(
    'throws in production with %j (S63)',
    (options) => {
      expect(() => inspector(sessions, options)).toThrow(
        expect.objectContaining({ code: 'inspector-in-production' }),
      )
    },
  )

  it('works in production when both are given', () => {
    expect(inspector(sessions, { allowInProduction: true, auth: TOKEN })).toBeTypeOf('function')
  })

  it('refuses what is no Sessions object', () => {
    vi.unstubAllEnvs()
    for (const wrong of [undefined, null, {}, () => undefined, new Map()])
      expect(() => inspector(wrong as never, { auth: TOKEN })).toThrow(
        expect.objectContaining({ code: 'bad-option' }),
      )
  })

  it('takes the middleware for its sessions', () => {
    vi.unstubAllEnvs()
    expect(inspector(session({ secretKey: SECRET }), { auth: TOKEN })).toBeTypeOf('function')
  })

  it.each([
    { readonly: true },
    { readOnly: 'yes' },
    { redact: 'ssn' },
    { visible: true },
    { allowedHosts: [1] },
  ])('refuses the options %j, so that no slip opens anything', (options) => {
    vi.unstubAllEnvs()
    expect(() => inspector(sessions, options as never)).toThrow(
      expect.objectContaining({ code: 'bad-option' }),
    )
  })

  it('leaves nothing behind when it refuses', () => {
    const before = coreOf(sessions)?.store
    expect(() => inspector(sessions, {})).toThrow()
    expect(coreOf(sessions)?.store).toBe(before)
  })
})

describe('the page', () => {
  it('is open, and moves to the address with a slash, where its files are', async () => {
    const { get, base } = await rig()
    const moved = await get('')
    expect(moved.status).toBe(308)
    expect(new URL(moved.headers.get('location') ?? '', base).href).toBe(`${base}/`)
    const page = await get('/')
    expect(page.status).toBe(200)
    expect(await page.text()).not.toContain(TOKEN)
  })
})
