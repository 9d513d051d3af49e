import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { App, CJS_ENTRY, packageJson, project } from '../scaffold/apps.js'
import { run } from './run-in-process.js'

const init = (app: App, ...args: string[]) => run(['init', '--yes', ...args], { cwd: app.root })
const files = { 'package.json': packageJson(), 'lib/package.json': packageJson() }

describe('sessmw init says why --entry is refused', () => {
  it.each([
    ['absent.js', 'does not exist'],
    ['src', 'is a folder'],
    ['latin.js', 'is not UTF-8'],
    ['build/app.js', 'lies in build'],
    ['src/app.test.js', 'is a test'],
    ['src/app.py', 'is neither JavaScript nor TypeScript'],
    ['lib/app.js', '--cwd lib'],
    ['src/none.js', 'has no express() app'],
  ])('%s', async (path, why) => {
    const app = new App({ ...files, 'app.js': CJS_ENTRY, 'src/none.js': '' })
    for (const each of ['build/app.js', 'src/app.test.js', 'src/app.py', 'lib/app.js']) {
      app.write(each, CJS_ENTRY)
    }
    writeFileSync(join(app.root, 'latin.js'), Buffer.from(`// caf\xe9\n${CJS_ENTRY}`, 'latin1'))
    const { exit, stderr } = await init(app, '--entry', path)
    expect([exit === 0, stderr]).toEqual([false, expect.stringContaining(why)])
    expect(stderr).toContain(path)
  })
})

describe('messages of sessmw init', () => {
  it.each(['.env', 'session.js', '.gitignore'])('name what is a folder: %s', async (path) => {
    const app = new App(project('app.js', CJS_ENTRY))
    mkdirSync(join(app.root, path))
    const { exit, stderr } = await init(app)
    expect([exit, stderr]).toEqual([5, expect.stringContaining(`${join(app.root, path)} is a folder`)])
    expect(stderr).not.toContain('EISDIR')
  })

  it('say to repair a package.json that is not valid', async () => {
    const { exit, stderr } = await init(new App({ 'package.json': '{', 'app.js': CJS_ENTRY }))
    expect([exit, stderr]).toEqual([3, expect.stringContaining('Repair package.json')])
    expect(stderr).not.toContain('in a folder with')
  })

  it.each(['./app.js', 'lib/../app.js'])('take any way to write the file of --diff: %s', async (path) => {
    const { exit, stdout } = await init(new App(project('app.js', CJS_ENTRY)), '--diff', path)
    expect([exit, stdout]).toEqual([0, expect.stringContaining('--- app.js')])
  })

  it('name a folder that is given as the file of sessmw secret', async () => {
    const app = new App({})
    mkdirSync(join(app.root, '.env'))
    for (const flag of ['--write', '--rotate']) {
      const { exit, stderr } = await run(['secret', flag], { cwd: app.root })
      expect([exit, stderr]).toEqual([5, expect.stringContaining('.env is a folder')])
    }
  })
})
