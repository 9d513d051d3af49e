import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Prompts } from '../../src/cli/prompts.js'
import { signValue, verifyValue } from '../../src/cookie/signed-value.js'
import { run } from './run-in-process.js'

const CANARY = 'Canary0123456789-Canary0123456789-xyzQ'
const OTHER = 'Other-Canary-9876543210-Other-Canary9'
const ID = 'Qz7_canary-id-Qz7_canary-id-Qz7_canary-id-0'
const env = { SESSION_SECRET: CANARY }

const folder = mkdtempSync(join(tmpdir(), 'sessmw-cookies-'))
afterAll(() => rmSync(folder, { recursive: true }))
writeFileSync(join(folder, '.env'), `# SESSION_SECRET=wrong\nSESSION_SECRET="${OTHER}"\nMINE=${CANARY}\n`)
writeFileSync(join(folder, 'secret.txt'), `${CANARY}\r\n`)
writeFileSync(join(folder, 'empty.txt'), '\n')
writeFileSync(join(folder, 'other.env'), `SESSION_SECRET=${CANARY}\n`)

describe('secrets', () => {
  it.each([
    [['--secret-file', 'secret.txt'], ''],
    [['--secret-stdin'], `${CANARY}\n`],
    [['--secret', CANARY], ''],
    [['--secret-env', 'MINE'], ''],
    [['--dotenv', 'other.env'], ''],
  ])('come from %j', async (flags, stdin) => {
    const { exit, stdout } = await run(['sign', ID, ...flags], { cwd: folder, stdin })
    expect([exit, verifyValue(stdout.trim(), [CANARY]).ok]).toEqual([0, true])
  })

  it('come from the environment before .env', async () => {
    const fromFile = await run(['sign', ID], { cwd: folder })
    const fromEnv = await run(['sign', ID], { cwd: folder, env })
    expect([fromFile.stdout, fromEnv.stdout]).toEqual([
      `${signValue(ID, OTHER)}\n`,
      `${signValue(ID, CANARY)}\n`,
    ])
  })

  it('on the command line warn once on stderr', async () => {
    const { stderr } = await run(['sign', ID, '--secret', CANARY, '--secret', OTHER])
    expect(stderr.match(/visible in `ps`/g)).toHaveLength(1)
  })

  it.each([[['--secret-env', 'ABSENT']], [['--secret-file', 'empty.txt']], [['--secret-stdin']]])(
    'that were named and are not there end with exit 2: %j',
    async (flags) => {
      const { exit, stderr } = await run(['sign', ID, ...flags], { cwd: folder, env })
      expect(exit).toBe(2)
      expect(stderr).toContain('[no-secret]')
    },
  )

  it('are asked for on a terminal only, and not with --no-input', async () => {
    const prompts = { confirm: async () => true, hidden: async () => CANARY }
    const asked = await run(['sign', ID], { tty: true, prompts })
    expect(asked.stdout).toBe(`${signValue(ID, CANARY)}\n`)
    expect((await run(['sign', ID, '--no-input'], { tty: true, prompts })).exit).toBe(2)
    expect((await run(['sign', ID], { prompts })).exit).toBe(2)
  })
})

// What a user may paste in the wrong place is in every place once.
const VALUE_FLAGS = [
  '--secret-file',
  '--secret',
  '--secret-env',
  '--dotenv',
  '--name',
  '--salt',
  '--url',
  '--style',
  '--as',
  '--max-age',
  '--path',
  '--same-site',
  '--bytes',
  '--format',
]

describe('S70: no output holds a secret or, unasked, a whole id', () => {
  const signed = signValue(ID, CANARY)
  const python = 'eyJ1c2VyX2lkIjo0Mn0.ZVPxAA.5f6I909nD2bvcUzUwv6eUhuaX6Y'
  const pasted = [
    signed,
    signed.slice(0, -5),
    `${signed}%`,
    signed.replace('%3A', '%253A'),
    signValue(ID, `"${CANARY}"`),
    signValue(ID, OTHER),
    ID,
    `${ID}=${signed}`,
    `Cookie: sid=old; sid=${signed}`,
    `Set-Cookie: sid=${signed}; Max-Age=1`,
    `curl http://a -H 'Cookie: sid=${signed}'`,
    JSON.stringify({ log: { entries: [{ headers: [{ name: 'Cookie', value: `sid=${signed}` }] }] } }),
    `${ID}.v1dZklU0y-f11bP9DzoarFk5LKQ`,
    python,
    '',
  ]
  const common = [
    [],
    ['--json'],
    ['--verbose'],
    ['--strict'],
    ['--decode-only'],
    ['--name', 'x'],
    ['--bogus'],
  ]

  const leaks = async (args: string[], input: object = {}): Promise<string[]> => {
    const { exit, stdout, stderr } = await run(args, { env, cwd: folder, tty: true, ...input })
    // The answer of sign is made of what it was given.
    const output = args[0] === 'sign' && exit === 0 ? stderr : stdout + stderr
    return [CANARY, ID].filter((text) => output.includes(text)).map((text) => `${args.join(' ')} -> ${text}`)
  }

  it('of verify, whatever is pasted and whatever is wrong', async () => {
    for (const text of pasted) {
      for (const flags of common) {
        expect(await leaks(['verify', text, ...flags])).toEqual([])
        expect(await leaks(['verify', '-', ...flags], { stdin: text, tty: false })).toEqual([])
      }
      expect(await leaks(['verify', text], { env: { SESSION_SECRET: `"${CANARY}"` } })).toEqual([])
      expect(
        await leaks(['verify', text], { env: { SESSION_SECRET: OTHER, SESSION_SECRET_OLD: CANARY } }),
      ).toEqual([])
    }
  })

  it('of any command, wherever the secret or the id is put by mistake', async () => {
    for (const command of ['sign', 'verify', 'secret', 'help']) {
      for (const canary of [CANARY, ID]) {
        for (const rest of [[], ['--json'], ['--verbose']]) {
          for (const flag of VALUE_FLAGS) {
            expect(await leaks([command, 'abc', flag, canary, ...rest], { env: {} })).toEqual([])
            expect(await leaks([command, 'abc', `${flag}=${canary}`, ...rest])).toEqual([])
          }
          expect(await leaks([canary, ...rest])).toEqual([])
          expect(await leaks([command, `-${canary}`, ...rest])).toEqual([])
          expect(await leaks([command, 'abc', canary, ...rest])).toEqual([])
          expect(await leaks([command, 'abc', `--secrt=${canary}`, ...rest])).toEqual([])
        }
      }
    }
  }, 60_000)

  it('of secret --check, --write and --rotate', async () => {
    writeFileSync(
      join(folder, 'rotate.env'),
      `SESSION_SECRET=${CANARY}
`,
    )
    for (const flags of [['--check'], ['--write'], ['--rotate', '--dotenv', 'rotate.env'], ['--rotate']])
      for (const rest of common) expect(await leaks(['secret', ...flags, ...rest])).toEqual([])
  })

  it('of files that cannot be read', async () => {
    mkdirSync(join(folder, 'folder'))
    for (const flag of ['--dotenv', '--secret-file'])
      for (const path of ['folder', 'absent', `${CANARY}.txt`])
        expect(await leaks(['verify', signed, flag, path, '--verbose'], { env: {} })).toEqual([])
  })

  it('of a crash, whose message may hold anything', async () => {
    const crash = async () => Promise.reject(new TypeError(`${CANARY} ${ID}`))
    const prompts = { confirm: crash, hidden: crash } as unknown as Prompts
    for (const rest of [[], ['--json'], ['--verbose']]) {
      const { exit } = await run(['sign', 'x', ...rest], { tty: true, prompts })
      expect(exit).toBe(70)
      expect(await leaks(['sign', 'x', ...rest], { env: {}, cwd: '/nonexistent', prompts })).toEqual([])
    }
  })
})
