import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { describe, expect, it } from 'vitest'
import { App, CJS_ENTRY, ESM_ENTRY, type Files, packageJson, project, TS_ENTRY } from '../scaffold/apps.js'
import { type RunInput, run } from './run-in-process.js'

const MODULE = { type: 'module' }
const esm = (files: Files = {}) => project('src/server.js', ESM_ENTRY, MODULE, files)
const init = (app: App, args: string[] = ['--yes'], input: RunInput = {}) =>
  run(['init', ...args], { cwd: app.root, ...input })

describe('sessmw init --yes', () => {
  it('mounts the session in a CommonJS app behind body parsers and static files', async () => {
    const app = new App(project('app.js', CJS_ENTRY))
    expect((await init(app)).exit).toBe(0)
    const mount = "'public')));\n"
    expect(app.read('app.js')).toBe(
      CJS_ENTRY.replace(mount, `${mount}app.use(sessionMiddleware);\n`).replace(
        "require('morgan');\n",
        "require('morgan');\nconst { sessionMiddleware } = require('./session');\n",
      ),
    )
    expect(app.read('session.js')).toContain("const { MemoryStore, session } = require('sessmw');\n")
    expect(app.read('session.js')).toMatch(/\}\);\n\nmodule\.exports = \{ sessionMiddleware \};\n$/)
  })

  it('mounts the session in an ES module app', async () => {
    const app = new App(esm())
    expect((await init(app)).exit).toBe(0)
    expect(app.read('src/server.js')).toBe(
      ESM_ENTRY.replace(
        "from './api.js'\n",
        "from './api.js'\nimport { sessionMiddleware } from './session.js'\n",
      ).replace('express.json())\n', 'express.json())\napp.use(sessionMiddleware)\n'),
    )
    expect(app.read('src/session.js')).not.toMatch(/augment|;$/m)
  })

  it('keeps CRLF, tabs, double quotes and a missing last newline', async () => {
    const app = new App(project('src/server.ts', TS_ENTRY))
    expect((await init(app)).exit).toBe(0)
    expect(app.read('src/server.ts')).toBe(
      TS_ENTRY.replace(
        'from "helmet";\r\n',
        'from "helmet";\r\nimport { sessionMiddleware } from "./session";\r\n',
      ).replace(');\r\napp.get', ');\r\napp.use(sessionMiddleware);\r\napp.get'),
    )
    const module = app.read('src/session.ts')
    expect(module).toContain('import "sessmw/augment";\r\n')
    expect(module.replaceAll('\r\n', '')).not.toMatch(/['\n]/)
  })

  it('fills the empty secret of a copied .env.example, which it shows with stars, and undoes that', async () => {
    const app = new App(esm({ '.env': 'A=1\nSESSION_SECRET=\n' }))
    const { stdout, stderr } = await init(app, ['--diff', '.env'])
    expect([stdout, stderr]).toEqual(['\n--- .env\n  -2  SESSION_SECRET=\n  +2  SESSION_SECRET=***\n', ''])
    expect((await init(app)).stderr).not.toContain('empty')
    expect(app.read('.env')).toMatch(/^A=1\nSESSION_SECRET=[\w-]{43}\n$/)
    await init(app, ['--undo'])
    expect(app.read('.env')).toBe('A=1\nSESSION_SECRET=\n')
  })

  it('ends lines with semicolons in a file with more comments than code', async () => {
    const entry = `// one\n// two\n"use strict";\nconst express = require("express"); // web\n/*\n * the app\n */\nconst app = express(); // three\n// four\napp.listen(1);\n`
    const app = new App(project('app.js', entry))
    expect((await init(app)).exit).toBe(0)
    expect(app.read('app.js')).toContain('\nconst { sessionMiddleware } = require("./session");\n')
  })

  it('says how to name the entry when no file seems to have an app', async () => {
    const { exit, stderr } = await init(new App(project('app.js', 'module.exports = 1\n')))
    expect(exit).toBe(3)
    expect(stderr).toContain('--entry')
    expect(stderr).not.toContain('npm install')
  })

  it('does not announce a .gitignore that it leaves alone', async () => {
    const { stdout } = await init(new App(esm({ '.gitignore': '.env*\n' })))
    expect(stdout).toContain('= .gitignore')
    expect(stdout).not.toContain('will be added')
  })

  it('names the files of the plan when --diff names another', async () => {
    const { exit, stderr } = await init(new App(esm()), ['--diff', 'nope.js'])
    expect(exit).toBe(2)
    expect(stderr).toContain('src/server.js')
  })

  it('writes the secret to .env alone, which only its owner can read', async () => {
    const app = new App(esm({ '.gitignore': 'node_modules' }))
    const { stdout, stderr } = await init(app)
    const secret = parseEnv(app.read('.env')).SESSION_SECRET ?? ''
    expect(secret).toMatch(/^[\w-]{43}$/)
    expect([app.mode('.env'), app.read('.gitignore')]).toEqual(['600', 'node_modules\n.env\n'])
    expect(app.read('.env.example')).toBe('# added by sessmw init\nSESSION_SECRET=\n')
    const others = ['.env.example', 'src/server.js', 'src/session.js', 'node_modules/.cache/sessmw/undo.json']
    expect([stdout, stderr, ...others.map((path) => app.read(path))].join('')).not.toContain(secret)
  })

  it('parses .env: a comment is no variable, and a variable is left alone', async () => {
    const commented = new App(esm({ '.env': '# SESSION_SECRET=old\nA=1' }))
    await init(commented)
    expect(commented.read('.env')).toMatch(
      /^# SESSION_SECRET=old\nA=1\n# added by sessmw init\nSESSION_SECRET=[\w-]{43}\n$/,
    )
    const present = new App(esm({ '.env': 'export SESSION_SECRET="Canary secret"\r\nA=1' }))
    const { stdout, stderr } = await init(present)
    expect(present.read('.env')).toBe('export SESSION_SECRET="Canary secret"\r\nA=1')
    expect(stdout + stderr).not.toContain('Canary')
  })

  it('uses the named --dotenv file everywhere', async () => {
    const app = new App(esm())
    expect((await init(app, ['--yes', '--dotenv', '.env.local'])).exit).toBe(0)
    expect(app.read('.gitignore')).toBe('.env.local\n')
    expect(app.read('src/session.js')).toContain("process.loadEnvFile('.env.local')")
  })

  it('leaves .gitignore alone when git ignores .env already, and warns when .env is tracked', async () => {
    const ignoring = new App(esm({ '.gitignore': '*.env\n' }))
    ignoring.commit()
    await init(ignoring)
    expect(ignoring.read('.gitignore')).toBe('*.env\n')
    const tracking = new App(esm({ '.env': 'A=1\n' }))
    tracking.commit()
    expect((await init(tracking)).stderr).toContain('git rm --cached .env')
  })

  it('does not take over a session module of somebody else', async () => {
    const app = new App(esm({ 'src/session.js': 'export const mine = 1\n' }))
    expect((await init(app)).exit).toBe(0)
    expect(app.read('src/session.js')).toBe('export const mine = 1\n')
    expect(app.read('src/server.js')).toContain("from './session-middleware.js'")
  })

  it.each([
    ['app.js', CJS_ENTRY, {}],
    ['src/server.js', ESM_ENTRY, MODULE],
    ['src/server.ts', TS_ENTRY, {}],
  ])('changes nothing in its second run: %s', async (path, entry, extra) => {
    const app = new App(project(path, entry, extra))
    app.commit()
    await init(app)
    const before = app.snapshot()
    for (const args of [[], ['--yes'], ['--dry-run']]) {
      const { exit, stdout } = await init(app, args)
      expect([exit, stdout]).toEqual([0, expect.stringContaining('Nothing to do.\n')])
    }
    expect(app.snapshot()).toEqual(before)
  })

  it('names the install command when package.json does not have sessmw', async () => {
    const files = {
      ...esm(),
      'package.json': packageJson(MODULE, { sessmw: undefined }),
      'pnpm-lock.yaml': '',
    }
    const { stdout } = await init(new App(files))
    expect(stdout).toContain('$ pnpm add sessmw')
    expect(stdout).toContain('1. pnpm add sessmw')
  })

  it('answers with one JSON object', async () => {
    const app = new App(esm({ 'yarn.lock': '' }))
    const { stdout } = await init(app, ['--yes', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'sessmw/init@1',
      applied: true,
      project: { esm: true, ts: false, pm: 'yarn', entry: 'src/server.js', git: 'none' },
      snippet: null,
      options: { store: 'memory', proxy: 0, frontend: 'same-site', name: 'sid' },
      install: [],
      replay: expect.stringMatching(/^npx sessmw@[\d.]+ init --yes --store memory --proxy 0 /),
    })
  })
})

describe('sessmw init, when it cannot edit the entry', () => {
  const factory = `${ESM_ENTRY.replace('const app = express()', 'const make = () => express()\nconst app = make()')}`
  it.each([
    ['two apps', `${ESM_ENTRY}const admin = express()\n`, '2 express() apps'],
    ['a factory', factory, 'a variable of its own'],
    [
      'a second assignment',
      `${ESM_ENTRY}`.replace('const app', 'let app').concat('app = null\n'),
      'set once',
    ],
    ['code it cannot read', `${ESM_ENTRY}const x: number = 1\n`, 'syntax'],
    ['two statements on a line', ESM_ENTRY.replace('json())\n', 'json()); route(app)\n'), 'other code'],
    ['cookie-session', `import c from 'cookie-session'\n${ESM_ENTRY}`, 'another session library'],
  ])('applies the rest and prints the snippet, exit 4: %s', async (_case, entry, reason) => {
    const app = new App(project('src/server.js', entry, MODULE))
    const { exit, stdout } = await init(app)
    expect(exit).toBe(4)
    expect(stdout).toContain(reason)
    expect(stdout).toContain("+ import { sessionMiddleware } from './session.js'")
    expect(app.read('src/server.js')).toBe(entry)
    expect(app.read('src/session.js')).toContain('sessmw')
    const again = await init(app)
    expect([again.exit, again.stdout.includes('app.use(sessionMiddleware)')]).toEqual([4, true])
  })

  it('has nothing to do once the snippet was pasted', async () => {
    const app = new App(project('src/server.js', factory, MODULE))
    await init(app)
    const pasted = factory.replace('app.get', 'app.use(sessionMiddleware)\napp.get')
    app.write('src/server.js', `import { sessionMiddleware } from './session.js'\n${pasted}`)
    expect(await init(app)).toMatchObject({ exit: 0, stdout: expect.stringContaining('Nothing to do.') })
  })

  it('takes the one of several that package.json starts, also by the name that it is built to', async () => {
    const main = { 'package.json': packageJson({ type: 'module', main: './dist/server.js' }) }
    const app = new App({ ...esm({ 'src/other.js': ESM_ENTRY }), ...main })
    expect((await init(app)).exit).toBe(0)
    expect(app.read('src/server.js')).toContain('app.use(sessionMiddleware)')
  })

  it('asks for --entry when several files have an app, and edits the one that is named', async () => {
    const app = new App(esm({ 'src/other.js': ESM_ENTRY }))
    expect(await init(app)).toMatchObject({ exit: 4, stdout: expect.stringContaining('pass --entry') })
    expect((await init(app, ['--yes', '--entry', 'src/server.js'])).exit).toBe(0)
    expect(app.read('src/server.js')).toContain('app.use(sessionMiddleware)')
    expect(app.read('src/other.js')).toBe(ESM_ENTRY)
  })
})

describe('sessmw init, when it may not start', () => {
  const none = packageJson({}, { express: undefined })
  const onExpressSession = `import session from 'express-session'\n${ESM_ENTRY}`
  const OLD = { 'package.json': packageJson({}, { express: '^3.21.0' }), 'app.js': CJS_ENTRY }
  it.each<[string, Files, string[], number, string]>([
    ['no package.json', { 'app.js': CJS_ENTRY }, [], 3, 'no-project'],
    ['no Express', { 'package.json': none, 'app.js': 'x()' }, [], 3, 'no-express'],
    ['no app', project('app.js', 'console.log(1)\n'), [], 3, 'no-express'],
    ['Express 3', OLD, [], 3, 'no-express'],
    ['express-session', project('a.js', onExpressSession, MODULE), [], 3, 'already-on-express-session'],
    ['no terminal', esm(), [], 2, 'no-tty'],
    ['no such entry', esm(), ['--yes', '--entry', 'absent.js'], 2, 'usage'],
    ['an entry outside', esm(), ['--yes', '--entry', '../x.js'], 2, 'unsafe-path'],
    ['an absolute entry', esm(), ['--yes', '--entry', '/etc/x.js'], 2, 'unsafe-path'],
    ['an entry with NUL', esm(), ['--yes', '--entry', 'a\0b'], 2, 'unsafe-path'],
    ['a secret outside', esm(), ['--yes', '--dotenv', 'src/../../.env'], 2, 'unsafe-path'],
    ['a quote in the path', esm(), ['--yes', '--dotenv', "a'b"], 2, 'usage'],
  ])('writes nothing: %s', async (_case, files, args, exit, code) => {
    const app = new App(files)
    const before = app.snapshot()
    const result = await init(app, [...args, '--json'])
    expect([result.exit, JSON.parse(result.stdout).error.code]).toEqual([exit, code])
    expect(app.snapshot()).toEqual(before)
  })

  it('names --migrate for an app on express-session, and the whole command without a terminal', async () => {
    const other = new App(project('a.js', onExpressSession, MODULE))
    expect((await init(other)).stderr).toContain('--migrate')
    const { stderr } = await init(new App(esm()), ['--entry', 'src/server.js', '--store', 'redis'])
    expect(stderr).toMatch(
      /npx sessmw@[\d.]+ init --yes --store redis --proxy 0 --frontend same-site --name sid --entry src\/server.js\n/,
    )
  })

  it('refuses a dirty tree unless told otherwise', async () => {
    const app = new App(esm())
    app.commit()
    app.write('src/server.js', `${ESM_ENTRY}\n`)
    expect(await init(app)).toMatchObject({ exit: 3, stderr: expect.stringContaining('[dirty-tree]') })
    expect((await init(app, ['--yes', '--allow-dirty'])).exit).toBe(0)
  })

  it.each(['.env', 'src'])('S66, S68: refuses to write through a link: %s', async (name) => {
    const app = new App(esm())
    const outside = new App({ 'server.js': ESM_ENTRY })
    if (name === 'src') app.write('server.js', ESM_ENTRY)
    const at = name === 'src' ? 'lib' : name
    symlinkSync(outside.root, join(app.root, at))
    const before = [app.snapshot(), outside.snapshot()]
    const args = name === 'src' ? ['--yes', '--entry', 'lib/server.js'] : ['--yes']
    expect(await init(app, args)).toMatchObject({ exit: 2, stderr: expect.stringContaining('[unsafe-path]') })
    expect([app.snapshot(), outside.snapshot()]).toEqual(before)
  })

  it('S67: leaves nothing half-written when a file cannot be written', async () => {
    const app = new App(esm())
    writeFileSync(join(app.root, 'node_modules'), '')
    const before = app.snapshot()
    expect(await init(app)).toMatchObject({ exit: 5, stderr: expect.stringContaining('[io]') })
    expect(app.snapshot()).toEqual(before)
  })

  it('answers 5 in a folder that cannot be written, and changes nothing', async () => {
    const app = new App(esm())
    mkdirSync(join(app.root, 'node_modules'))
    const before = app.snapshot()
    chmodSync(app.root, 0o755)
    chmodSync(join(app.root, 'src'), 0o555)
    // Nothing is read-only for root, so that the command runs as nobody then.
    const exit = process.getuid?.() === 0 ? exitAsNobody(app) : (await init(app)).exit
    chmodSync(join(app.root, 'src'), 0o755)
    expect([exit, app.snapshot()]).toEqual([5, before])
  })
})

function exitAsNobody(app: App): number | null {
  const command = join(import.meta.dirname, '..', '..', 'bin', 'sessmw.js')
  return spawnSync(process.execPath, [command, 'init', '--yes'], { cwd: app.root, uid: 65_534, gid: 65_534 })
    .status
}

describe('sessmw init --undo', () => {
  it.each([
    ['app.js', CJS_ENTRY, {}],
    ['src/server.ts', TS_ENTRY, {}],
  ])('restores every byte: %s', async (path, entry, extra) => {
    const app = new App(project(path, entry, extra, { '.env': 'A=1', '.gitignore': 'x' }))
    const before = app.snapshot()
    await init(app)
    expect(app.snapshot()).not.toEqual(before)
    expect((await init(app, ['--undo'])).exit).toBe(0)
    expect(app.snapshot()).toEqual(before)
    expect((await init(app, ['--undo'])).stdout).toBe('Nothing to undo.\n')
  })

  it('leaves a file alone that was changed since', async () => {
    const app = new App(esm())
    await init(app)
    app.write('src/session.js', '// mine')
    const { exit, stdout } = await init(app, ['--undo'])
    expect([exit, stdout]).toEqual([4, expect.stringContaining('src/session.js was changed since')])
    expect([app.read('src/session.js'), app.read('src/server.js')]).toEqual(['// mine', ESM_ENTRY])
  })

  it('trusts no path in its own notes', async () => {
    const app = new App(esm())
    const outside = new App({ 'x.txt': 'x' })
    const runs = [[{ path: `${outside.root}/x.txt`, before: 'pwned', after: '' }]]
    app.write('node_modules/.cache/sessmw/undo.json', JSON.stringify({ version: 1, runs }))
    expect((await init(app, ['--undo'])).exit).toBe(2)
    expect(outside.read('x.txt')).toBe('x')
  })
})

describe('sessmw secret --write', () => {
  it('adds a secret once, to a file that git ignores', async () => {
    const app = new App({})
    const write = () => run(['secret', '--write'], { cwd: app.root })
    const { exit, stdout } = await write()
    const env = app.read('.env')
    expect([exit, app.mode('.env'), app.read('.gitignore')]).toEqual([0, '600', '.env\n'])
    expect(stdout).not.toContain(parseEnv(env).SESSION_SECRET)
    expect((await write()).exit).toBe(4)
    expect(app.read('.env')).toBe(env)
  })
})
