import { describe, expect, it } from 'vitest'
import { COOKIE_CODES, LOAD_CODES, SAVE_CODES } from '../../src/core/verdict-table.js'
import { CAUSE_CODES, FINDINGS } from '../../src/doctor/finding-table.js'
import { counting, original } from '../doctor/live-cases.js'
import { folderWith, har, headers, runDoctor, type Situation, source } from '../doctor/situations.js'
import { run } from './run-in-process.js'

const COOKIE = 'connect.sid=s%3Acanary-value-0123456789.canary-signature-0123456789-abcdefghijkl'

describe('sessmw doctor --json', () => {
  it('answers on one line, with codes that the table has', async () => {
    const { stdout } = await runDoctor({ app: counting(original({ maxAge: 60 })) }, '--json')
    expect(stdout.trim().split('\n')).toHaveLength(1)
    const { findings, summary, target, requests } = JSON.parse(stdout)
    expect(findings[0]).toMatchObject({
      code: 'expired-or-units',
      level: 'error',
      ...FINDINGS['expired-or-units'],
    })
    expect(summary).toEqual({ error: 1, warning: 0, ok: 0 })
    expect(target).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
    expect(requests).toMatchObject([{ id: 1, purpose: 'plain', status: 200, setCookie: true, failure: null }])
  })
})

describe('sessmw doctor', () => {
  it('says first what is the case, then each finding with its evidence and its fix', async () => {
    const { exit, stdout, stderr } = await runDoctor(headers(`Set-Cookie: ${COOKIE}; Path=/; SameSite=None`))
    expect(exit).toBe(1)
    expect(stdout.split('\n')).toEqual([
      '✖ The session cannot work. 1 error',
      '',
      `✖ ${FINDINGS['samesite-blocks'].title}  [samesite-blocks]`,
      '    Set-Cookie: connect.sid=…; Path=/; SameSite=None',
      '    browsers refuse SameSite=None without Secure',
      `  → ${FINDINGS['samesite-blocks'].fix}`,
      '',
    ])
    expect(stderr).toBe('Explain one: sessmw help samesite-blocks\n')
  })

  it('puts errors before warnings, and says of a warning alone that nothing is sure', async () => {
    const both = await runDoctor(headers('Host: a.test', `Set-Cookie: ${COOKIE}; Path=/app; SameSite=None`))
    expect(both.stdout).toMatch(/^✖ The session cannot work\. 2 errors\n/)
    const { exit, stdout } = await runDoctor(headers(`Set-Cookie: ${COOKIE}; Path=/app`))
    expect([exit, stdout.split('\n')[0]]).toEqual([0, '! Nothing is surely wrong. 1 warning'])
    const mixed = await runDoctor(headers(`Set-Cookie: ${COOKIE}; Path=/app; SameSite=None`))
    expect(mixed.stdout.match(/^[✖!].*\[[a-z-]+\]$/gm)?.map((line) => line.charAt(0))).toEqual(['✖', '!'])
  })

  it('says so when nothing is wrong, and where it looked', async () => {
    const { exit, stdout } = await runDoctor({ app: counting(original()) })
    expect([exit, stdout.split('\n')[0]]).toEqual([0, '✔ Nothing is wrong in 2 requests.'])
  })

  it('looks for the cookie of the given name', async () => {
    const app = counting(original({ path: '/app' }, { name: 'ticket' }))
    const named: Situation = { app, path: '/app', args: ['--name', 'ticket'] }
    expect((await runDoctor(named)).stdout).toContain('Set-Cookie: ticket=…; Path=/app')
    const wrong = await runDoctor({ app, path: '/app', args: ['--name', 'nothing'] })
    expect(wrong.stdout).toContain('no session cookie is set, only ticket (--name?)')
  })

  it('reads a bare host as http', async () => {
    const { stderr } = await run(['doctor', 'localhost:1', '--json'])
    expect(stderr).toContain('GET http://localhost:1/')
  })

  it('says that a HAR file has no cookies in it, which proves nothing', async () => {
    const { exit, stdout } = await runDoctor(har({ url: 'https://a.test/' }), '--json')
    expect(exit).toBe(0)
    expect(JSON.parse(stdout).findings).toMatchObject([{ code: 'har-sanitised', level: 'warning' }])
  })

  it('colours the marks on a terminal, and nothing elsewhere', async () => {
    const cwd = folderWith({ 'h.txt': `Set-Cookie: ${COOKIE}; SameSite=None` })
    const args = ['doctor', '--headers', 'h.txt']
    const esc = String.fromCharCode(27)
    expect((await run(args, { cwd, tty: true })).stdout).toContain(`${esc}[31m✖`)
    for (const plain of [await run(args, { cwd }), await run([...args, '--no-color'], { cwd, tty: true })])
      expect(plain.stdout + plain.stderr).not.toContain(esc)
  })

  it('lets no control character of a stranger through', async () => {
    const esc = String.fromCharCode(27)
    const { stdout } = await runDoctor(headers(`Set-Cookie: ${COOKIE}; SameSite=None; Path=/${esc}[2J\u202e`))
    expect(stdout).toContain('Path=/?[2J?')
  })
})

describe('sessmw doctor ends', () => {
  it.each<[string, Situation, number, string]>([
    ['without anything to look at', {}, 3, 'no-project'],
    ['for something that is no address', { args: ['ftp://x.test'] }, 2, 'usage'],
    ['for a cookie instead of an address', { args: [COOKIE.replaceAll('%3A', '')] }, 2, 'usage'],
    ['for a front end that is no address', { args: ['http://x.test', '--origin', 'http://'] }, 2, 'usage'],
    ['for a HAR file that is no JSON', { args: ['--har', '-'], stdin: `{"cookie":"${COOKIE}"` }, 2, 'usage'],
    ['for JSON that is no HAR', { args: ['--har', '-'], stdin: '{}' }, 2, 'usage'],
    ['for a log of something else', { args: ['--log', '-'], stdin: `GET / ${COOKIE}` }, 2, 'usage'],
    ['for text without headers', { args: ['-'], stdin: `hello ${COOKIE}` }, 2, 'usage'],
    ['for two inputs on stdin', { args: ['--log', '-', '--har', '-'], stdin: 'x' }, 2, 'usage'],
    ['for a file that is not there', { args: ['--har', 'missing.har'] }, 5, 'io'],
    ['for a timeout that is no number', { args: ['http://x.test', '--timeout', 'soon'] }, 2, 'usage'],
    ['for a package.json that is none', { files: { 'package.json': '{' } }, 3, 'no-project'],
  ])('with the right exit code %s', async (_what, situation, exit, code) => {
    const result = await runDoctor(situation, '--json')
    expect([result.exit, JSON.parse(result.stdout).error.code]).toEqual([exit, code])
    expect(result.stdout + result.stderr).not.toContain('canary')
  })
})

describe('the codes of findings', () => {
  it.each(Object.entries(FINDINGS))('are explained by sessmw help: %s', async (code, { title, fix }) => {
    const { exit, stdout } = await run(['help', code])
    expect(exit).toBe(0)
    expect(stdout).toContain(title)
    expect(stdout).toContain(fix)
  })

  it('include every cause that a verdict names', () => {
    const tables = [LOAD_CODES, SAVE_CODES, COOKIE_CODES]
    const named = tables.flatMap((table) => Object.values(table).flatMap(({ causes }) => causes))
    expect(named.filter((cause) => !(CAUSE_CODES as readonly string[]).includes(cause))).toEqual([])
  })
})

describe('sessmw doctor shows no password of an address', () => {
  it('neither in its notes nor in its answer', async () => {
    const { stdout, stderr } = await run([
      'doctor',
      'http://user:canary@127.0.0.1:1/?canary#canary',
      '--json',
    ])
    expect(stdout + stderr).not.toContain('canary')
  })

  it('and no value of .env', async () => {
    const { stdout } = await runDoctor(
      source(
        `const s = require('express-session')\napp.use(s({ secret: 'canary', cookie: { secure: true } }))`,
        {
          '.env': 'SESSION_SECRET="canary # $x"',
        },
      ),
    )
    expect(stdout).toContain('[env-parse]')
    expect(stdout).not.toContain('canary')
  })
})
