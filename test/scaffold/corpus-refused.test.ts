import { describe, expect, it } from 'vitest'
import { run } from '../cli/run-in-process.js'
import { appOf } from './corpus.js'

const init = (root: string, ...args: string[]) => run(['init', ...args], { cwd: root })

describe('apps whose entry init leaves alone', () => {
  it.each([
    ['two-apps', 'server.js', 'it has 2 express() apps'],
    ['two-entries', 'metrics.js', 'web.js has an express() app too; pass --entry'],
    ['listen-chained', 'index.js', 'not a variable of its own'],
    ['export-default', 'api/index.ts', 'not a variable of its own'],
    ['reassigned', 'app.js', 'set once'],
    ['flow', 'app.js', 'syntax that cannot be edited safely'],
    ['cookie-session', 'app.js', 'another session library is in use'],
  ])('get the rest, and the snippet, exit 4: %s', async (name, entry, reason) => {
    const app = appOf(name)
    const before = app.snapshot()
    const text = app.read(entry)
    const first = await init(app.root, '--yes', '--proxy', '1')
    expect([first.exit, first.stdout]).toEqual([4, expect.stringContaining(reason)])
    expect(first.stdout).toMatch(/\+ (?:import|const) \{ sessionMiddleware \}/)
    expect(first.stdout).toMatch(
      /\+ app\.set\('trust proxy', 1\);?\n {4}\+ app\.use\(sessionMiddleware\);?\n/,
    )
    expect(app.read(entry)).toBe(text)
    expect(app.read('.env.example')).toContain('SESSION_SECRET=')
    const after = app.snapshot()
    expect([(await init(app.root, '--yes', '--proxy', '1')).exit, app.snapshot()]).toEqual([4, after])
    expect((await init(app.root, '--check')).exit).toBe(1)
    expect([(await init(app.root, '--undo')).exit, app.snapshot()]).toEqual([0, before])
  })

  it.each([
    ['nest', 3, 'no-express', 'No source file here has an express() app.'],
    ['app-as-parameter', 3, 'no-express', 'No source file here has an express() app.'],
    ['workspace', 3, 'no-express', 'npx sessmw init --cwd packages/api'],
    ['express-session-commonjs', 3, 'already-on-express-session', '--migrate'],
    ['express-session-typescript', 3, 'already-on-express-session', '--migrate'],
    ['express-session-inline', 3, 'already-on-express-session', '--migrate'],
    ['express-session-memorystore', 3, 'already-on-express-session', '--migrate'],
    ['express-session-connect-redis', 3, 'already-on-express-session', '--migrate'],
  ])('are not touched at all: %s', async (name, exit, code, words) => {
    const app = appOf(name)
    const before = app.snapshot()
    const result = await init(app.root, '--yes')
    expect(result).toMatchObject({ exit, stdout: '', stderr: expect.stringContaining(`[${code}]`) })
    expect(result.stderr).toContain(words)
    expect(result.stderr).not.toContain('npm install express')
    expect(app.snapshot()).toEqual(before)
  })

  it.each([
    ['already-on-sessmw', 'server.js (mounted at line 5)'],
    ['already-on-the-drop-in', 'server.js (mounted at line 5)'],
  ])('have nothing to do: %s', async (name, where) => {
    const app = appOf(name)
    const before = app.snapshot()
    for (const args of [['--yes'], ['--check'], []]) {
      const { exit, stdout } = await init(app.root, ...args)
      expect([exit, stdout]).toEqual([0, `= ${where}\nNothing to do.\n`])
    }
    expect(app.snapshot()).toEqual(before)
  })
})
