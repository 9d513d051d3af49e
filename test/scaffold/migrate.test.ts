import { describe, expect, it } from 'vitest'
import { run } from '../cli/run-in-process.js'
import { App, packageJson } from './apps.js'
import { appOf, linkPackages, originalOf, startApp, typeErrors, visit } from './corpus.js'

const migrate = (app: App, ...args: string[]) => run(['init', '--migrate', ...args], { cwd: app.root })

describe('sessmw init --migrate', () => {
  it.each([
    ['express-session-commonjs', 'app.js', ["require('express-session')"], 'connect.sid', 'app.js'],
    ['express-session-inline', 'index.js', ["require('express-session')"], 'connect.sid', 'index.js'],
    [
      'express-session-memorystore',
      'config/session.js',
      ['from "express-session"'],
      'connect.sid',
      'server.js',
    ],
    ['express-session-connect-redis', 'server.mjs', ["from 'express-session'"], 'shop.sid', 'server.mjs'],
    [
      'express-session-typescript',
      'src/session.ts',
      ["import session from 'express-session'"],
      'connect.sid',
      'src/server.ts',
    ],
  ])(
    'changes what is loaded and nothing else; store and cookies stay: %s',
    async (name, path, loads, cookie, start) => {
      const app = appOf(name)
      const files = () => app.snapshot().filter((line) => !line.startsWith('sessions/'))
      const before = files()
      const { exit, stdout, stderr } = await migrate(app, '--yes')
      expect([exit, stderr]).toEqual([0, ''])
      expect(stdout + stderr).not.toContain('canary')
      const expected = loads.reduce(
        (text, load) => text.replace(load, load.replace('express-session', 'sessmw/express-session')),
        originalOf(name, path),
      )
      expect(app.read(path)).toBe(expected)
      expect(files().filter((line) => !before.includes(line))).toHaveLength(1)
      if (start.endsWith('ts')) expect(await typeErrors(app)).toBe('')
      expect(await visit(await startApp(app, start))).toEqual({ visits: [1, 2, 3], cookies: [cookie] })
      const after = files()
      for (const args of [['--migrate', '--yes'], ['--yes'], ['--check']]) {
        const again = await run(['init', ...args], { cwd: app.root })
        expect([again.exit, again.stdout]).toEqual([0, expect.stringContaining('Nothing to do.\n')])
      }
      expect(files()).toEqual(after)
      expect([(await run(['init', '--undo'], { cwd: app.root })).exit, files()]).toEqual([0, before])
    },
    60_000,
  )

  it('shows the import alone, since what it is called with may be a secret', async () => {
    const { stdout } = await migrate(appOf('express-session-inline'), '--dry-run')
    expect(stdout).toContain(
      "--- index.js\n  -3  require('express-session')\n  +3  require('sessmw/express-session')\n",
    )
    expect(stdout).not.toContain('canary')
  })

  it('says whether express-session has to stay installed', async () => {
    const kept = await migrate(appOf('express-session-connect-redis'), '--yes')
    expect(kept.stdout).toContain('Keep express-session installed: connect-redis needs it.')
    expect(kept.stdout).not.toContain('uninstall')
    const free = await migrate(appOf('express-session-commonjs'), '--yes')
    expect(free.stdout).toMatch(
      /1\. npm install sessmw\n.*2\. npm run start\n.*3\. npm uninstall express-session\n/,
    )
  })

  it.each([
    ['tests/app.test.js', "import session from 'express-session'\n"],
    ['src/app.spec.ts', "jest.mock('express-session')\n"],
    ['lazy.js', "const name = 'express-session'\nrequire(name)\n"],
    ['examples/typed.js', "const session: Session = require('express-session')\n"],
  ])('does not advise to remove express-session while a file uses it: %s', async (path, text) => {
    const app = appOf('express-session-commonjs')
    app.write(path, text)
    const { exit, stdout } = await migrate(app, '--yes')
    expect([exit, stdout]).toEqual([0, expect.stringContaining(`installed: ${path} needs it.`)])
    expect(stdout).not.toContain('uninstall')
    expect(app.read(path)).toBe(text)
  })

  it('advises so when types and what was built before are all that is left', async () => {
    const app = appOf('express-session-commonjs')
    app.write('tests/types.ts', "import type { Store } from 'express-session'\n")
    app.write('types.d.ts', "declare module 'express-session' { interface SessionData { a: 1 } }\n")
    app.write('dist/app.js', "require('express-session')\n")
    expect((await migrate(app, '--yes')).stdout).toContain('npm uninstall express-session\n')
  })

  it('logs nobody out', async () => {
    const app = appOf('express-session-connect-redis')
    app.write('redis.mjs', PERSISTENT_CLIENT)
    const jar = await startApp(app, 'server.mjs').then(async (base) => {
      const response = await fetch(`${base}/visits`)
      return response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    })
    await migrate(app, '--yes')
    const response = await fetch(`${await startApp(app, 'server.mjs')}/visits`, { headers: { cookie: jar } })
    expect(await response.json()).toEqual({ visits: 2 })
  }, 60_000)

  it('edits every file that loads it, in each form, and leaves types, strings and comments alone', async () => {
    const source = [
      "import type { Store } from 'express-session' // express-session",
      "import session, { type SessionData } from 'express-session'",
      "import legacy = require('express-session')",
      "export { Cookie } from 'express-session'",
      "const lazy = () => import('express-session')",
      'const quoted = require(`express-session`)',
      "declare module 'express-session' { interface SessionData { a: 1 } }",
      "const text = 'express-session'",
      "import express from 'express'",
      'export const app = express()',
    ]
    const app = new App({ 'package.json': packageJson({ type: 'module' }), 'src/app.ts': source.join('\n') })
    linkPackages(app, {})
    expect((await migrate(app, '--yes')).exit).toBe(0)
    const moved = source.map((line, index) =>
      index >= 1 && index <= 5 ? line.replace('express-session', 'sessmw/express-session') : line,
    )
    expect(app.read('src/app.ts').split('\n')).toEqual(moved)
  })

  it('names a file that it cannot read, moves the others, exit 4', async () => {
    const files = {
      'package.json': packageJson(),
      'app.js': "const app = require('express')()\nconst session = require('express-session')\n",
      'typed.js': "const session: Session = require('express-session')\n",
    }
    const app = new App(files)
    const { exit, stdout } = await migrate(app, '--yes')
    expect([exit, stdout]).toEqual([4, expect.stringContaining('typed.js was not edited')])
    expect([app.read('app.js').includes('sessmw/'), app.read('typed.js')]).toEqual([true, files['typed.js']])
  })

  it('refuses an app that is on no session library, exit 3', async () => {
    const app = appOf('express5-esm')
    const before = app.snapshot()
    expect(await migrate(app, '--yes')).toMatchObject({
      exit: 3,
      stderr: expect.stringContaining('[nothing-to-migrate]'),
    })
    expect(app.snapshot()).toEqual(before)
  })
})

const PERSISTENT_CLIENT = `import { existsSync, readFileSync, writeFileSync } from 'node:fs'
const read = () => (existsSync('rows.json') ? JSON.parse(readFileSync('rows.json', 'utf8')) : {})
export const client = {
  get: async (key) => read()[key] ?? null,
  set: async (key, value) => writeFileSync('rows.json', JSON.stringify({ ...read(), [key]: value })),
  del: async () => 0,
  expire: async () => 1,
}
`
