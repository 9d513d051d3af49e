import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { signValue } from '../../src/cookie/signed-value.js'
import { handleOf } from '../../src/core/session-id.js'
import { run } from './run-in-process.js'
import { validJson } from './schemas.js'

const SECRET = 'Canary0123456789-Canary0123456789-xyzQ'
const OTHER = 'Other-Canary-9876543210-Other-Canary9'
const ID = 'Qz7_canary-id-Qz7_canary-id-Qz7_canary-id-0'
const env = { SESSION_SECRET: SECRET }
const signed = signValue(ID, SECRET)

const folder = mkdtempSync(join(tmpdir(), 'sessmw-verify-'))
afterAll(() => rmSync(folder, { recursive: true }))
writeFileSync(join(folder, 'quoted.env'), `SESSION_SECRET="${SECRET}" # mine\n`)

const verify = async (text: string, flags: string[] = [], input: object = { env }) => {
  const { exit, stdout } = await run(['verify', '-', '--json', ...flags], { ...input, stdin: text })
  return { exit, ...validJson('verify', stdout) } as Record<string, unknown>
}

describe('sessmw verify', () => {
  it.each([
    ['valid', signed, 0],
    ['invalid', signValue(ID, 'another secret'), 1],
    ['unsigned', ID, 1],
  ])('answers %s with its exit code', async (status, cookie, exit) => {
    const text = await run(['verify', cookie], { env })
    expect([text.exit, text.stdout.split(/\s+/)[1]]).toEqual([exit, status])
    expect(await verify(`sid=${cookie}\n`)).toMatchObject({ exit, status })
  })

  it('shows the ends of the id and its handle; the whole id only on request', async () => {
    const { stdout } = await run(['verify', signed], { env })
    expect(stdout).toContain('Qz…-0')
    expect(stdout).toContain(handleOf(ID))
    expect(stdout).not.toContain(ID)
    expect((await run(['verify', signed, '--show-id'], { env })).stdout).toContain(ID)
    expect(await verify(signed)).toMatchObject({ id: 'Qz…-0', handle: handleOf(ID) })
    expect(await verify(signed, ['--show-id'])).toMatchObject({ id: ID })
  })

  it('names the secret that signed, and that it is an older one', async () => {
    const input = { env: { SESSION_SECRET: OTHER, SESSION_SECRET_OLD: SECRET } }
    expect(await verify(signed, [], input)).toMatchObject({
      needsResign: true,
      secret: { index: 1, source: 'env:SESSION_SECRET_OLD' },
    })
    expect((await run(['verify', signed], input)).stdout).toMatch(/#2 of 2: SESSION_SECRET_OLD .*anew/)
  })

  it('says what the secret of the signer looked like, and not what it is', async () => {
    const line = `"${SECRET}" # mine`
    const input = { cwd: folder }
    const cookie = signValue(ID, line)
    expect(await verify(cookie, ['--dotenv', 'quoted.env'], input)).toMatchObject({
      status: 'invalid',
      code: 'secret-mismatch',
      load: 'bad-signature',
      wouldMatch: { index: 0, source: 'quoted.env:SESSION_SECRET', change: 'line-of-file' },
    })
    const { stdout } = await run(['verify', cookie, '--dotenv', 'quoted.env'], input)
    expect(stdout).toMatch(/would match if the line of the file.*docker run --env-file/)
    expect(stdout).toMatch(/tried +SESSION_SECRET from quoted\.env \(38 characters/)
    expect(stdout).not.toContain(SECRET)
  })

  it('needs a secret, unless only the structure is asked for', async () => {
    const without = await run(['verify', signed])
    expect([without.exit, without.stderr.includes('[no-secret]')]).toEqual([2, true])
    expect(await verify(signed, ['--decode-only'], {})).toMatchObject({ exit: 0, status: 'unverified' })
    expect(await verify(ID, ['--decode-only'], {})).toMatchObject({ exit: 1, status: 'unsigned' })
  })

  it('repairs nothing when strict', async () => {
    const twice = encodeURIComponent(signed)
    expect(await verify(twice)).toMatchObject({ exit: 0, code: 'percent-encoded' })
    expect(await verify(twice, ['--strict'])).toMatchObject({
      exit: 1,
      code: 'percent-encoded',
      load: 'unsigned',
    })
    expect(await verify(signed, ['--strict'])).toMatchObject({ exit: 0 })
    expect(await verify(`'${signed}'`, ['--strict'])).toMatchObject({ exit: 1, code: 'mangled' })
    for (const text of [` ${signed} \n`, `"${signed}"`, `'${signed}'`, twice])
      expect((await run(['verify', text, '--strict'], { env })).stdout).not.toContain('repaired')
    expect((await run(['verify', twice], { env })).stdout).toMatch(/repaired +percent-decoded twice\n/)
  })

  it('looks for the cookie of the given name, and names the others', async () => {
    const line = `Cookie: connect.sid=${signed}; theme=dark`
    expect(await verify(line, ['--name', 'sid'])).toMatchObject({
      exit: 1,
      code: 'none',
      load: 'none',
      detail: expect.stringMatching(/connect\.sid, theme\. .*--name connect\.sid/),
    })
    expect(await verify(line, ['--name', 'connect.sid'])).toMatchObject({ exit: 0, name: 'connect.sid' })
  })

  it('says which of several cookies it looked at', async () => {
    const { stdout } = await run(['verify', `Cookie: a=1; other=${signed}; b=2`], { env })
    expect(stdout).toContain('taken from a Cookie line: other\n')
  })

  it('finds the cookie in what console.log(req.headers) prints, and names it', async () => {
    const text = `{\n  host: 'localhost:3000',\n  cookie: 'theme=dark; app:sid=${signed}'\n}`
    expect(await verify(text)).toMatchObject({ exit: 0, form: 'code', name: 'app:sid' })
    expect((await run(['verify', text], { env })).stdout).toContain('taken from code: app:sid\n')
    const { stdout } = await run(['verify', `document.cookie = "sid=${signed}"`], { env })
    expect(stdout).toContain('taken from text: sid\n')
  })

  it('lists all cookies of one name', async () => {
    const line = `Cookie: sid=abc; sid=${signed}`
    expect(await verify(line)).toMatchObject({
      code: 'duplicate-cookie',
      duplicates: [
        { status: 'unsigned', code: 'unsigned' },
        { status: 'valid', code: null },
      ],
    })
    expect((await run(['verify', line], { env })).stdout).toMatch(/cookie 1 +unsigned.*\n +cookie 2 +valid\n/)
  })

  it('judges attributes by --url, without asking there', async () => {
    const line = `Set-Cookie: sid=${signed}; Path=/app; HttpOnly; SameSite=Lax; Max-Age=86400`
    const found = await verify(line, ['--url', 'http://never.invalid/x'])
    expect(found).toMatchObject({
      exit: 0,
      code: 'path-mismatch',
      attributes: { path: '/app', httpOnly: true, secure: false, sameSite: 'lax' },
      store: { checked: false },
    })
    const { stdout } = await run(['verify', line], { env })
    expect(stdout).toMatch(/Set-Cookie Path=\/app HttpOnly SameSite=Lax · expires in (1 d|23 h)/)
    expect((await run(['verify', signed, '--url', 'http://a/'], { env })).stderr).toMatch(/there is none/)
    expect((await run(['verify', signed, '--url', 'ftp://a'], { env })).exit).toBe(2)
  })

  it('shows time, age and masked data of a cookie of itsdangerous', async () => {
    const secret = 'a secret of the python app, long enough'
    const token = 'eyJ1c2VyX2lkIjo0Mn0.ZVPxAA.5f6I909nD2bvcUzUwv6eUhuaX6Y'
    const input = { env: { SESSION_SECRET: secret } }
    expect(await verify(token, [], input)).toMatchObject({
      style: 'itsdangerous',
      signedAt: '2023-11-14T22:13:20.000Z',
      payload: { user_id: 42 },
      needsResign: false,
    })
    expect((await verify(token, [], input)).age).toBeGreaterThan(60_000_000)
    const { stdout } = await run(['verify', token], input)
    expect(stdout).toMatch(/signed at +2023-11-14T22:13:20\.000Z, \d+ d( \d+ h)? ago\n/)
    expect(stdout).toContain('data       {"user_id":42}')
  })

  it('says how far the time of such a cookie lies ahead', async () => {
    const at = Math.floor(Date.now() / 1000) + 3 * 86_400 + 60
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(at)
    const signedText = `eyJ1c2VyX2lkIjo0Mn0.${bytes.toString('base64url')}`
    const key = createHmac('sha1', SECRET).update('cookie-session').digest()
    const token = `${signedText}.${createHmac('sha1', key).update(signedText).digest('base64url')}`
    const found = await verify(token)
    expect(found).toMatchObject({ exit: 0, signedAt: new Date(at * 1000).toISOString() })
    expect(found.age).toBeLessThan(-3 * 86_400)
    const { stdout } = await run(['verify', token], { env })
    expect(stdout).toMatch(/Flask's session.* its time lies ahead.*set the clock/)
    expect(stdout).toMatch(/signed at +\S+Z, 3 d( 1 min)? ahead\n/)
    expect(stdout).toContain('data       {"user_id":42}')
  })

  it('masks data whose names say that they are secret', async () => {
    const value = encodeURIComponent(signValue('j:{"csrfToken":"abcdef","a":1}', SECRET))
    expect(await verify(decodeURIComponent(value))).toMatchObject({
      payload: { csrfToken: '[masked]', a: 1 },
    })
    expect(await verify(value, ['--show-id'])).toMatchObject({ payload: { csrfToken: 'abcdef' } })
  })

  it('prints no control characters of the cookie', async () => {
    const cookie = signValue('\u001b[31m\u202e\u0007abcdefghijklmnop\u001b]0;x\u0007', SECRET)
    const { stdout } = await run(['verify', cookie, '--show-id'], { env })
    expect(stdout.split('\n').filter((line) => /[\p{Cc}\p{Cf}]/u.test(line))).toEqual([])
  })

  it('accepts whatever sign made, as every form', async () => {
    const forms = fc.constantFrom('value', 'cookie', 'header', 'set-cookie', 'curl')
    const ids = fc
      .string({ minLength: 1, maxLength: 40 })
      .filter((id) => id.trim() === id && id !== '-' && !id.startsWith('j:'))
    await fc.assert(
      fc.asyncProperty(ids, forms, async (id, as) => {
        const made = await run(['sign', '-', '--as', as], { env, stdin: id })
        expect(await verify(made.stdout, ['--show-id'])).toMatchObject({ status: 'valid', id })
      }),
      { numRuns: 60 },
    )
  })

  it('explains each of its codes with sessmw help', async () => {
    const codes = ['none', 'unsigned', 'mangled', 'percent-encoded', 'secret-mismatch', 'duplicate-cookie']
    const hints = [
      'expired-or-units',
      'samesite-blocks',
      'secure-on-http',
      'domain-rejected',
      'path-mismatch',
    ]
    for (const code of [...codes, ...hints, 'malformed', 'bad-signature', 'secret-exists'])
      expect([code, (await run(['help', code])).exit]).toEqual([code, 0])
  })

  it('points to its own help when it is called in a wrong way', async () => {
    for (const args of [['verify'], ['verify', 'x', '--bogus'], ['verify', '-']]) {
      const { exit, stdout, stderr } = await run([...args, '--json'], { env })
      expect(exit).toBe(2)
      expect(validJson('error', stdout)).toMatchObject({
        error: { code: 'usage', fix: 'See `sessmw verify --help`.' },
      })
      expect(stderr).toContain('sessmw verify --help')
    }
    expect((await run(['bogus'])).stderr).toContain('See `sessmw --help`.')
  })
})
