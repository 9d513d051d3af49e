import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { App, ESM_ENTRY, project } from '../scaffold/apps.js'

const COMMAND = join(import.meta.dirname, '..', '..', 'bin', 'sessmw.js')
/** `script` of util-linux runs a program in a pseudo-terminal and passes its exit code on. */
const hasTerminal = /util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '')
if (!hasTerminal) console.warn('Skipped: the tests on a terminal need `script` of util-linux.')

const DOWN = '\u001b[B'
const ENTER = '\r'
const CTRL_C = '\u0003'

/** A command in a terminal of its own. */
class Terminal {
  readonly #child
  readonly ended: Promise<number | null>
  /** All that was shown, without the codes that move the cursor. */
  shown = ''
  #seen = 0
  #notify: () => void = () => undefined

  constructor(app: App, args: readonly string[]) {
    const line = [process.execPath, COMMAND, ...args].join(' ')
    const { SESSION_SECRET: _, CI: __, ...env } = process.env
    this.#child = spawn('script', ['-qfec', line, '/dev/null'], {
      cwd: app.root,
      env: { ...env, TERM: 'xterm' },
    })
    onTestFinished(() => void this.#child.kill('SIGKILL'))
    this.ended = new Promise((resolve) => this.#child.once('close', resolve))
    this.#child.stdout.on('data', (chunk: Buffer) => {
      this.shown += stripVTControlCharacters(chunk.toString())
      this.#notify()
    })
  }

  /** Waits until a text is shown, behind what was waited for before; then presses keys. */
  async answer(text: string, ...keys: string[]): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#notify = () => {
        const at = this.shown.indexOf(text, this.#seen)
        if (at === -1) return
        this.#seen = at + text.length
        resolve()
      }
      this.#notify()
      void this.ended.then(() => reject(new Error(`It ended before it showed "${text}":\n${this.shown}`)))
    })
    for (const key of keys) this.#child.stdin.write(key)
  }
}

describe.skipIf(!hasTerminal)('sessmw init in a real terminal', () => {
  const files = project('src/server.js', ESM_ENTRY, { type: 'module' })

  it('takes arrows and Enter, and writes what was chosen', async () => {
    const app = new App(files)
    const terminal = new Terminal(app, ['init'])
    await terminal.answer('Where will sessions live?', DOWN, DOWN, ENTER)
    await terminal.answer('How many reverse proxies', DOWN, ENTER)
    await terminal.answer('Where do the pages come from', ENTER)
    await terminal.answer('Cookie name', 'shop', ENTER)
    await terminal.answer('Apply?', ENTER)
    expect([await terminal.ended, terminal.shown]).toEqual([0, expect.stringContaining('files written')])
    expect(app.read('src/session.js')).toContain("import { RedisStore } from 'sessmw/redis'")
    expect(app.read('src/session.js')).toContain("'__Host-shop' : 'shop'")
    expect(app.read('src/server.js')).toContain("app.set('trust proxy', 1)\napp.use(sessionMiddleware)\n")
    expect(terminal.shown).toMatch(/Repeat: npx sessmw@\S+ init --yes --store redis --proxy 1 /)
    expect(terminal.shown).not.toContain(app.read('.env').split('=')[1]?.trim())
  }, 60_000)

  it('shows every line on the way, and leaves all as it was on no', async () => {
    const app = new App(files)
    const before = app.snapshot()
    const terminal = new Terminal(app, [
      'init',
      '--store',
      'memory',
      '--proxy',
      '0',
      '--frontend',
      'same-site',
      '--name',
      'a',
    ])
    await terminal.answer('Apply?', DOWN, ENTER)
    await terminal.answer('SESSION_SECRET=***')
    await terminal.answer('Apply?', DOWN, DOWN, ENTER)
    expect([await terminal.ended, app.snapshot()]).toEqual([1, before])
    expect(terminal.shown).toContain('Nothing was written.')
  }, 60_000)

  it.each([
    ['the first question', []],
    ['the cookie name', ['--store', 'memory', '--proxy', '0', '--frontend', 'same-site']],
    ['the last question', ['--store', 'memory', '--proxy', '0', '--frontend', 'same-site', '--name', 'a']],
  ])(
    'ends with 130 on Ctrl-C at %s, with nothing written',
    async (_question, flags) => {
      const app = new App(files)
      const before = app.snapshot()
      const terminal = new Terminal(app, ['init', ...flags])
      await terminal.answer('? ', CTRL_C)
      expect([await terminal.ended, app.snapshot()]).toEqual([130, before])
      expect(terminal.shown).toContain('Stopped; nothing was written')
    },
    60_000,
  )
})

it('ends with 2 when stdin is closed, with nothing written', () => {
  const app = new App(project('src/server.js', ESM_ENTRY, { type: 'module' }))
  const before = app.snapshot()
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, 'init'], {
    cwd: app.root,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  })
  expect([status, stdout, app.snapshot()]).toEqual([2, '', before])
  expect(stderr).toContain('init --yes --store memory --proxy 0 --frontend same-site --name sid\n')
})
