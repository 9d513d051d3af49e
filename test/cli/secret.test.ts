import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { signValue } from '../../src/cookie/signed-value.js'
import { run } from './run-in-process.js'
import { validJson } from './schemas.js'

const STRONG = 'Canary0123456789-Canary0123456789-xyzQ'

/** A folder of its own with a `.env` of this text. */
function folderWith(text?: string): {
  cwd: string
  read: (name?: string) => string
  write: (text: string) => void
} {
  const cwd = mkdtempSync(join(tmpdir(), 'sessmw-secret-'))
  onTestFinished(() => rmSync(cwd, { recursive: true }))
  const write = (content: string) => writeFileSync(join(cwd, '.env'), content, { mode: 0o600 })
  if (text !== undefined) write(text)
  return { cwd, write, read: (name = '.env') => readFileSync(join(cwd, name), 'utf8') }
}

describe('sessmw secret', () => {
  it.each([
    [[], /^[\w-]{43}\n$/],
    [['--format', 'hex', '--bytes', '16'], /^[0-9a-f]{32}\n$/],
  ])('prints one line: %j', async (flags, form) => {
    const { exit, stdout } = await run(['secret', ...flags])
    expect(exit).toBe(0)
    expect(stdout).toMatch(form)
  })

  it('prints another one each time, also as JSON', async () => {
    const made = await Promise.all(['--json', '--json'].map((flag) => run(['secret', flag])))
    const secrets = made.map(({ stdout }) => validJson('secret', stdout).secret)
    expect(new Set(secrets).size).toBe(2)
  })

  it.each(['0', '15', '1e9', 'x', '16.5'])('refuses --bytes %s', async (bytes) => {
    expect((await run(['secret', '--bytes', bytes])).exit).toBe(2)
  })

  it('does one thing at a time', async () => {
    expect((await run(['secret', '--check', '--rotate'])).exit).toBe(2)
    expect((await run(['secret', '--write', '--rotate'])).exit).toBe(2)
  })
})

describe('sessmw secret --write', () => {
  it('writes a .env that only its owner reads, an example without value, and a .gitignore', async () => {
    const { cwd, read } = folderWith()
    const { exit, stdout, stderr } = await run(['secret', '--write', '--json'], { cwd })
    expect([exit, stderr]).toEqual([0, ''])
    expect(validJson('secret', stdout)).toMatchObject({ written: ['.env', '.env.example', '.gitignore'] })
    const secret = parseEnv(read()).SESSION_SECRET ?? ''
    expect(secret).toMatch(/^[\w-]{43}$/)
    expect(statSync(join(cwd, '.env')).mode & 0o777).toBe(0o600)
    expect(read('.env.example')).not.toContain(secret)
    expect(read('.gitignore')).toContain('.env')
    expect(stdout).not.toContain(secret)
  })

  it('keeps what is there, and never writes over a secret', async () => {
    const { cwd, read } = folderWith('PORT=1\n')
    expect((await run(['secret', '--write'], { cwd })).exit).toBe(0)
    expect(parseEnv(read())).toMatchObject({ PORT: '1' })
    const before = read()
    const again = await run(['secret', '--write', '--json'], { cwd })
    expect([again.exit, read()]).toEqual([4, before])
    expect(validJson('error', again.stdout)).toMatchObject({ error: { code: 'secret-exists', exit: 4 } })
  })

  it.each(['SESSION_SECRET=', 'export SESSION_SECRET = ""', "SESSION_SECRET=''  "])(
    'fills the empty line of a copied .env.example: %s',
    async (line) => {
      const { cwd, read } = folderWith(`A=1\r\n${line}\r\nB=2\r\n`)
      expect((await run(['secret', '--write'], { cwd })).exit).toBe(0)
      expect(parseEnv(read())).toMatchObject({
        A: '1',
        B: '2',
        SESSION_SECRET: expect.stringMatching(/^[\w-]{43}$/),
      })
      expect(read().split('\r\n')).toHaveLength(4)
    },
  )

  it('says what to do about an empty one, and about a file that others read', async () => {
    const { cwd, write } = folderWith('SESSION_SECRET= # to be set\n')
    expect((await run(['secret', '--write'], { cwd })).stderr).toMatch(/Remove the empty SESSION_SECRET=/)
    write('')
    rmSync(join(cwd, '.env'))
    writeFileSync(join(cwd, '.env'), '', { mode: 0o644 })
    expect((await run(['secret', '--write'], { cwd })).stderr).toMatch(/chmod 600 \.env/)
  })

  it('takes no path out of the folder and no link', async () => {
    const { cwd } = folderWith()
    symlinkSync(join(cwd, 'elsewhere'), join(cwd, '.env'))
    for (const file of ['../x.env', '/tmp/x.env', '.env']) {
      const { exit, stdout } = await run(['secret', '--write', file, '--json'], { cwd })
      expect([exit, validJson('error', stdout).error]).toMatchObject([2, { code: 'unsafe-path' }])
    }
    expect(existsSync(join(cwd, 'elsewhere'))).toBe(false)
  })
})

describe('sessmw secret --rotate', () => {
  it('puts a new secret first, keeps the old one, and says what to do', async () => {
    const { cwd, read } = folderWith(`PORT=1\n# the secret\nSESSION_SECRET=${STRONG}\nLAST=2`)
    const { exit, stdout, stderr } = await run(['secret', '--rotate'], { cwd })
    expect([exit, stderr]).toEqual([0, ''])
    const { SESSION_SECRET: fresh, ...rest } = parseEnv(read())
    expect(rest).toEqual({ PORT: '1', SESSION_SECRET_OLD: STRONG, LAST: '2' })
    expect(fresh).toMatch(/^[\w-]{43}$/)
    expect(read().indexOf('SESSION_SECRET=')).toBeLessThan(read().indexOf('SESSION_SECRET_OLD='))
    expect(stdout).toMatch(/secretKey: \[process\.env\.SESSION_SECRET, process\.env\.SESSION_SECRET_OLD\]/)
    expect(stdout).toMatch(/Remove SESSION_SECRET_OLD on \d{4}-\d\d-\d\d/)
    const verified = await run(['verify', signValue('some-session-id-of-a-user', STRONG), '--json'], { cwd })
    expect(validJson('verify', verified.stdout)).toMatchObject({ needsResign: true, secret: { index: 1 } })
  })

  it.each([
    ['double quotes', `SESSION_SECRET="${STRONG} x" # comment\n`],
    ['several lines', `SESSION_SECRET='${STRONG}\nSESSION_SECRET=inside'\n`],
    ['export', `export SESSION_SECRET=${STRONG}\n`],
    ['Windows line ends', `A=1\r\nSESSION_SECRET=${STRONG}\r\nB=2\r\n`],
    ['two definitions', `SESSION_SECRET=first\nSESSION_SECRET=${STRONG}\n`],
  ])('keeps the old value as it is: %s', async (_, text) => {
    const { cwd, read } = folderWith(text)
    const before = parseEnv(text)
    const { exit, stdout } = await run(['secret', '--rotate', '--json'], { cwd })
    if (exit === 4) {
      // What cannot be edited safely stays as it is.
      expect(validJson('error', stdout)).toMatchObject({ error: { code: 'entry-not-editable' } })
      expect(read()).toBe(text)
      return
    }
    expect(validJson('secret', stdout)).toMatchObject({ written: ['.env'] })
    expect(parseEnv(read())).toEqual({
      ...before,
      SESSION_SECRET: expect.stringMatching(/^[\w-]{43}$/),
      SESSION_SECRET_OLD: before.SESSION_SECRET,
    })
    expect(/\r/.test(text)).toBe(/\r\n/.test(read()))
    expect(/[^\r]\n/.test(read())).toBe(!/\r/.test(text))
  })

  it('says that the old one may go after the lifetime of a session', async () => {
    const { cwd } = folderWith(`SESSION_SECRET=${STRONG}\n`)
    const { stdout } = await run(['secret', '--rotate', '--json'], { cwd })
    const removeAfter = Date.parse(String(validJson('secret', stdout).removeAfter))
    expect(Math.abs(removeAfter - Date.now() - 7 * 86_400_000)).toBeLessThan(60_000)
  })

  it.each([
    ['a file without a secret', 'A=1\n', 2, 'no-secret'],
    ['no file', undefined, 2, 'no-secret'],
    [
      'an old secret that is still there',
      `SESSION_SECRET=${STRONG}\nSESSION_SECRET_OLD=x\n`,
      4,
      'secret-exists',
    ],
  ])('changes nothing for %s', async (_, text, exit, code) => {
    const { cwd, read } = folderWith(text)
    const result = await run(['secret', '--rotate', '--json'], { cwd })
    expect([result.exit, validJson('error', result.stdout).error]).toMatchObject([exit, { code }])
    if (text === undefined) expect(existsSync(join(cwd, '.env'))).toBe(false)
    else expect(read()).toBe(text)
  })

  it('warns when the environment hides the file', async () => {
    const { cwd } = folderWith(`SESSION_SECRET=${STRONG}\n`)
    const { stderr } = await run(['secret', '--rotate'], { cwd, env: { SESSION_SECRET: STRONG } })
    expect(stderr).toMatch(/environment, too, which wins/)
  })
})

describe('sessmw secret --check', () => {
  it.each([
    ['keyboard cat', 'placeholder'],
    ['short', 'bytes long'],
    [`${STRONG}#x`, 'parsers'],
    ['ab'.repeat(30), 'repeats'],
  ])('finds fault with a weak secret without showing it', async (weak, problem) => {
    const { exit, stdout } = await run(['secret', '--check'], { env: { SESSION_SECRET: weak } })
    expect(exit).toBe(1)
    expect(stdout).toContain(problem)
    expect(stdout).not.toContain(weak)
    const json = await run(['secret', '--check', '--json'], { env: { SESSION_SECRET: weak } })
    expect(validJson('secret-check', json.stdout).secrets).toMatchObject([
      { problem: expect.stringContaining(problem) },
    ])
  })

  it('accepts a strong one, but not with quotes on its line', async () => {
    const { cwd, write } = folderWith(`SESSION_SECRET=${STRONG}\n`)
    expect((await run(['secret', '--check'], { cwd })).exit).toBe(0)
    write(`SESSION_SECRET="${STRONG}"\n`)
    expect((await run(['secret', '--check'], { cwd })).stdout).toMatch(/quotes, blanks or a comment/)
  })

  it('needs something to check', async () => {
    expect((await run(['secret', '--check'])).exit).toBe(2)
  })
})
