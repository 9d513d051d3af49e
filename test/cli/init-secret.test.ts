import { parseEnv } from 'node:util'
import { describe, expect, it } from 'vitest'
import { App, CJS_ENTRY, project } from '../scaffold/apps.js'
import { run } from './run-in-process.js'
import { validJson } from './schemas.js'

const init = (app: App, ...args: string[]) => run(['init', '--yes', ...args], { cwd: app.root })
const appWith = (env: string) => new App(project('app.js', CJS_ENTRY, {}, { '.env': env }))

describe('a line without = in .env', () => {
  it.each([
    ['A=1\nFOO\n', 2],
    ['export FOO', 1],
    ['SESSION_SECRET: canary-value\n# a comment\n\n', 1],
    ['FOO\r\nB=1\r\nBAR\r\n\r\n', 3],
  ])('is named, and nothing is written: %j', async (env, line) => {
    const app = appWith(env)
    const before = app.snapshot()
    for (const args of [
      ['init', '--yes'],
      ['init', '--dry-run'],
      ['secret', '--write'],
    ]) {
      const { exit, stdout, stderr } = await run(args, { cwd: app.root })
      expect([exit, stderr]).toEqual([4, expect.stringContaining(`Line ${line} of .env`)])
      expect(stdout + stderr).not.toContain('canary')
      expect(app.snapshot()).toEqual(before)
    }
  })

  it('is no harm behind which a variable stands', async () => {
    const app = appWith('FOO\nA=1\n')
    expect((await init(app)).exit).toBe(0)
    expect(parseEnv(app.read('.env')).SESSION_SECRET).toMatch(/^[\w-]{43}$/)
  })

  it('is named in .env.example, too', async () => {
    const app = new App(project('app.js', CJS_ENTRY, {}, { '.env.example': 'FOO\n' }))
    expect(await init(app)).toMatchObject({ exit: 4, stderr: expect.stringContaining('.env.example') })
  })
})

describe('the last matching rule of .gitignore decides', () => {
  it.each([
    ['.env\n!.env\n', true],
    ['.env\n!.env*\n', true],
    ['*.env\n!/.env\n# end\n', true],
    ['!.env\n.env\n', false],
    ['!.env.example\n*.env\n', false],
  ])('with git and without: %j', async (rules, isAdded) => {
    for (const isRepository of [true, false]) {
      const app = new App(project('app.js', CJS_ENTRY, {}, { '.gitignore': rules }))
      if (isRepository) app.commit()
      expect((await init(app)).exit).toBe(0)
      expect(app.read('.gitignore')).toBe(isAdded ? `${rules}.env\n` : rules)
      if (isRepository) app.git('check-ignore', '.env')
    }
  })
})

describe('a secret that is there', () => {
  it.each([
    ['short', '5 bytes'],
    ['keyboard cat', 'placeholder'],
  ])('and that production refuses is named: %s', async (secret, problem) => {
    const app = appWith(`SESSION_SECRET=${secret}\n`)
    const { exit, stdout, stderr } = await run(['init', '--yes', '--json'], { cwd: app.root })
    expect([exit, stderr]).toEqual([0, expect.stringContaining(problem)])
    expect(stderr).toContain('production')
    expect(stderr).not.toContain('=short')
    expect(validJson('init', stdout).warnings).toMatchObject([{ code: 'secret-weak' }])
    expect((await init(app)).stderr).toContain(problem)
  })
})
