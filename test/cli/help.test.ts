import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { COOKIE_CODES, LOAD_CODES, SAVE_CODES } from '../../src/core/verdict-table.js'
import { FINDINGS } from '../../src/doctor/finding-table.js'
import { explainError } from '../../src/errors.js'
import { root } from '../support/sources.js'
import { run } from './run-in-process.js'
import { validJson } from './schemas.js'

describe('sessmw help', () => {
  it('without a word is the same as --help', async () => {
    const [help, flag] = [await run(['help']), await run(['--help'])]
    expect([help.exit, help.stdout]).toEqual([0, flag.stdout])
  })

  it('with a command is the same as its --help', async () => {
    const [help, flag] = [await run(['help', 'verify']), await run(['verify', '--help'])]
    expect([help.exit, help.stdout]).toEqual([0, flag.stdout])
  })

  it.each(Object.entries({ ...LOAD_CODES, ...SAVE_CODES, ...COOKIE_CODES }))(
    'explains the verdict %s with its fix',
    async (code, { title, fix }) => {
      const { exit, stdout } = await run(['help', code])
      expect(exit).toBe(0)
      expect(stdout).toContain(title)
      expect(stdout).toContain(fix)
    },
  )

  it('explains a root cause by the verdict that it shows as', async () => {
    const { stdout } = await run(['help', 'trust-proxy-missing'])
    expect(stdout).toContain("app.set('trust proxy', 1)")
  })

  it('explains an error code, also as JSON', async () => {
    const { exit, stdout } = await run(['help', 'store-timeout', '--json'])
    expect(exit).toBe(0)
    expect(validJson('help', stdout)).toMatchObject({
      schema: 'sessmw/help@1',
      code: 'store-timeout',
      meanings: [{ where: 'error', fix: expect.stringContaining('storeTimeout') }],
    })
  })

  it('refuses a word that is neither, and names the codes', async () => {
    const { exit, stdout, stderr } = await run(['help', 'nonsense'])
    expect([exit, stdout]).toEqual([2, ''])
    for (const code of [
      'withheld-insecure',
      'secret-mismatch',
      'store-timeout',
      'cross-site',
      'weak-secret',
      'bug',
    ])
      expect(stderr).toMatch(new RegExp(`[:,] ${code}[,.]`))
  })

  it('names the code that was probably meant', async () => {
    expect((await run(['help', 'secret-mismach'])).stderr).toContain('(Did you mean secret-mismatch?)')
    expect((await run(['help', 'store-timout'])).stderr).toContain('(Did you mean store-timeout?)')
    expect((await run(['help', 'withheld-insecur'])).stderr).toContain('(Did you mean withheld-insecure?)')
  })

  it('takes a code in the spelling of a variable', async () => {
    expect(await run(['help', 'SECRET_MISMATCH'])).toEqual(await run(['help', 'secret-mismatch']))
  })
})

/** Every code that the source gives to an error, a finding, a warning or an answer. */
function codesInSource(): string[] {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  const texts = files
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => readFileSync(join(root, 'src', path), 'utf8'))
  const places = [
    /(?:SessmwError|CallError|ApiError|answerError|warnOnce)\(\s*(?:\w+,\s*)?['`]([a-z-]+)/g,
    // Also a type that lists them, on one line or on several.
    /\bcode\??: ('[a-z-]+'(?:\s*\| '[a-z-]+')*)/g,
    /\btype \w*Code =((?:\s*\|? '[a-z-]+')+)/g,
  ]
  const found = texts.flatMap((text) =>
    places.flatMap((place) => [...text.matchAll(place)].map(([, codes = '']) => codes)),
  )
  return found.flatMap((codes) => codes.match(/[a-z]+(?:-[a-z]+)*/g) ?? [])
}

/** The keys of the table in `errors.ts`, which it keeps to itself. */
function errorCodes(): string[] {
  const [, table = ''] =
    /const ERRORS = \{\n(.*?)\n\} as const/s.exec(readFileSync(join(root, 'src', 'errors.ts'), 'utf8')) ?? []
  return [...table.matchAll(/^ {2}'?([a-z-]+)'?: \{/gm)].map(([, code = '']) => code)
}

/** The codes that the description of the API lists by status. */
function apiCodes(): string[] {
  const text = readFileSync(join(root, 'docs', 'inspector-api.md'), 'utf8')
  const rows = text.match(/^\| [45]\d\d \| .*$/gm) ?? []
  return rows.flatMap((row) => [...row.matchAll(/`([a-z]+-[a-z-]+)`/g)].map(([, code = '']) => code))
}

describe('sessmw help knows', () => {
  // The name of a form of pasted text, which no program prints as a code.
  const inSource = codesInSource().filter((code) => code !== 'code')
  const all = new Set([...inSource, ...errorCodes(), ...apiCodes(), ...Object.keys(FINDINGS)])

  it('where to look for codes', () => {
    const known = ['bug', 'weak-secret', 'secret-file-tracked', 'milliseconds', 'mangled', 'expired-idle']
    expect(inSource).toEqual(expect.arrayContaining([...known, 'token-required', 'offline', 'path-mismatch']))
    expect(errorCodes().filter((code) => explainError(code) === undefined)).toEqual([])
    expect(errorCodes().length).toBeGreaterThan(40)
    expect(apiCodes()).toEqual(expect.arrayContaining(['host-not-allowed', 'cross-site']))
  })

  it.each([...all])('the code %s, and lists it', async (code) => {
    const { exit, stdout } = await run(['help', code, '--json'])
    expect([code, exit]).toEqual([code, 0])
    const { meanings } = validJson('help', stdout) as { meanings: { where: string }[] }
    // A code of its own, and not only a cause of another one.
    expect(meanings.some(({ where }) => !where.startsWith('a cause of'))).toBe(true)
    expect((await run(['help', 'nonsense'])).stderr).toMatch(new RegExp(`[:,] ${code}[,.]`))
  })

  it('a warning that names its object behind a colon', async () => {
    const { stdout } = await run(['help', 'milliseconds:maxAge'])
    expect(stdout).toContain("'30m'")
  })

  it('of a bug what the command line says of it', async () => {
    const env = {
      get SESSION_SECRET(): string {
        throw new TypeError('a bug')
      },
    }
    const { exit, stderr } = await run(['sign', 'x'.repeat(43)], { env })
    const [, title = 'none', fix = 'none'] = /^error (.+) \[bug\]\n.*\n +(.+)\n$/.exec(stderr) ?? []
    const { stdout } = await run(['help', 'bug'])
    expect([exit, stdout]).toEqual([70, `bug (error)\n  ${title}.\n  ${fix}\n`])
  })
})
