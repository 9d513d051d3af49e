import { execFileSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { signValue, verifyValue } from '../../src/cookie/signed-value.js'
import { run } from './run-in-process.js'
import { validJson } from './schemas.js'

const SECRET = 'Canary0123456789-Canary0123456789-xyzQ'
const ID = 'Qz7_canary-id-Qz7_canary-id-Qz7_canary-id-0'
const env = { SESSION_SECRET: SECRET }

const lineOf = async (...args: string[]): Promise<string> => {
  const { exit, stdout, stderr } = await run(['sign', ...args], { env })
  expect([exit, stderr, stdout.match(/\n/g)?.length]).toEqual([0, '', 1])
  return stdout.trimEnd()
}

describe('sessmw sign', () => {
  it('prints exactly one line: the percent-encoded signed value', async () => {
    expect(await lineOf(ID)).toBe(signValue(ID, SECRET))
  })

  it.each([
    ['cookie', /^app=s%3A\S+$/],
    ['header', /^Cookie: app=s%3A\S+$/],
    ['set-cookie', /^Set-Cookie: app=s%3A\S+; Path=\/; HttpOnly; Secure; SameSite=Lax$/],
    ['curl', /^curl -H 'Cookie: app=s%3A\S+' http:\/\/localhost:3000\/$/],
  ])('prints it as %s', async (as, form) => {
    expect(await lineOf(ID, '--as', as, '--name', 'app')).toMatch(form)
  })

  it('takes attributes for a Set-Cookie line', async () => {
    const flags = ['--max-age', '1d', '--path', '/app', '--same-site', 'strict', '--no-secure']
    expect(await lineOf(ID, '--as', 'set-cookie', ...flags)).toMatch(
      /^Set-Cookie: sid=\S+; Max-Age=86400; Path=\/app; Expires=[^;]+ GMT; HttpOnly; SameSite=Strict$/,
    )
    expect(await lineOf(ID, '--as', 'set-cookie', '--max-age', '90')).toContain('Max-Age=90; ')
  })

  it.each([
    ['--max-age', '1d'],
    ['--as', 'set-cookie', '--max-age', 'soon'],
    ['--as', 'set-cookie', '--same-site', 'maybe'],
    ['--as', 'set-cookie', '--same-site', 'none', '--no-secure'],
    ['--as', 'set-cookie', '--path', 'app'],
    ['--as', 'set-cookie', '--name', '__Host-sid', '--path', '/app'],
    ['--as', 'set-cookie', '--style', 'cookie-session'],
    ['--as', 'poem'],
    ['--name', "a';b"],
  ])('refuses %j %j %j %j', async (...flags) => {
    const { exit, stdout } = await run(['sign', ID, '--json', ...flags], { env })
    expect(exit).toBe(2)
    validJson('error', stdout)
  })

  it('leaves the value as it is with --no-encode, if a header can hold it', async () => {
    expect(await lineOf('abc', '--no-encode')).toBe(decodeURIComponent(signValue('abc', SECRET)))
    expect(await lineOf('abc', '--no-encode', '--as', 'cookie')).toMatch(/^sid=s:abc\./)
    const refused = await run(['sign', 'a;b', '--no-encode', '--as', 'cookie'], { env })
    expect([refused.exit, refused.stderr]).toEqual([2, expect.stringContaining('leave --no-encode out')])
    expect(await lineOf('a;b', '--no-encode')).toMatch(/^s:a;b\./)
  })

  it('prints a curl line that a shell reads as one header, whatever the value', async () => {
    const line = await lineOf("it's $HOME `id`", '--as', 'curl')
    const words = execFileSync('sh', ['-c', `printf '%s\\n' ${line.slice('curl '.length)}`], {
      encoding: 'utf8',
    }).split('\n')
    expect(words).toHaveLength(4)
    const value = words[1]?.slice('Cookie: sid='.length) ?? ''
    expect(verifyValue(value, [SECRET])).toEqual({ ok: true, id: "it's $HOME `id`", secretIndex: 0 })
  })

  it('signs for cookie-session with the second cookie behind the first', async () => {
    const value = Buffer.from('{"views":1}').toString('base64')
    const signature = createHmac('sha1', SECRET).update(`session=${value}`).digest('base64url')
    const flags = ['--style', 'cookie-session', '--name', 'session', '--as', 'header']
    const line = await lineOf(value, ...flags)
    expect(line).toBe(`Cookie: session=${value}; session.sig=${signature}`)
    const { stdout } = await run(['verify', line, '--json'], { env })
    expect(validJson('verify', stdout)).toMatchObject({ status: 'valid', style: 'cookie-session' })
  })

  it.each([['{"a":1}'], ['{"a":1}', '--as', 'cookie'], ['a; b=c', '--as', 'header']])(
    'says what cookie-session holds when it is given something else: %j %j %j',
    async (...args) => {
      const { exit, stdout, stderr } = await run(['sign', ...args, '--style', 'cookie-session'], { env })
      expect([exit, stdout]).toEqual([2, ''])
      expect(stderr).toMatch(/cookie-session holds its JSON as base64/)
      expect(stderr).not.toContain('--no-encode')
    },
  )

  it('refuses what no browser keeps, and text that is none', async () => {
    expect((await run(['sign', 'x'.repeat(5000), '--as', 'cookie'], { env })).exit).toBe(2)
    expect((await run(['sign', '\ud800'], { env })).exit).toBe(2)
  })

  it('needs a value', async () => {
    expect((await run(['sign'], { env })).exit).toBe(2)
    expect((await run(['sign', '-'], { env, stdin: '\n' })).exit).toBe(2)
    expect((await run(['sign', '-', '--secret-stdin'], { stdin: 'x' })).exit).toBe(2)
  })

  it('names the secret by source and fingerprint in JSON', async () => {
    const { stdout } = await run(['sign', 'abc', '--json', '--as', 'cookie'], { env })
    const json = validJson('sign', stdout)
    expect(json).toMatchObject({
      name: 'sid',
      id: 'abc',
      text: `sid=${json.encoded}`,
      algorithm: 'HMAC-SHA256',
    })
    expect(json.secret).toEqual({
      source: 'env:SESSION_SECRET',
      index: 0,
      fingerprint: expect.stringMatching(/^[0-9a-f]{8}$/),
    })
  })

  it('tells a terminal which secret it took, and stays quiet with --quiet', async () => {
    expect((await run(['sign', 'abc'], { env, tty: true })).stderr).toMatch(
      /signed with SESSION_SECRET \(38 characters/,
    )
    expect((await run(['sign', 'abc', '--quiet'], { env, tty: true })).stderr).toBe('')
  })
})
