import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { FROM_SOURCE } from './serve-process.js'

const hasTmux = spawnSync('tmux', ['-V']).status === 0
if (!hasTmux)
  process.stderr.write('Skipped: the tests of the keys of serve need tmux (apt-get install tmux).\n')

const terminals: Tmux[] = []
afterEach(() => {
  for (const terminal of terminals.splice(0)) terminal.end()
})

/** A terminal of 200 columns in which a shell runs `serve`, and then tells how the terminal was left. */
class Tmux {
  readonly folder = mkdtempSync(join(tmpdir(), 'sessmw-keys-'))
  readonly #socket = join(this.folder, 'socket')

  constructor(args: readonly string[]) {
    terminals.push(this)
    const command = [...FROM_SOURCE, 'serve', '--port', '0', ...args].join(' ')
    const after = 'echo "exit $?"; stty -a | grep -qw -- -icanon && echo "left raw" || echo "left as it was"'
    const browser = join(this.folder, 'browser')
    writeFileSync(browser, `#!/bin/sh\necho "$1" > ${join(this.folder, 'opened')}\n`)
    chmodSync(browser, 0o755)
    const line = `NO_COLOR=1 BROWSER=${browser} ${command}; ${after}; exec cat`
    this.#tmux('-f', '/dev/null', 'new-session', '-d', '-x', '200', '-y', '50', line)
  }

  press(...keys: string[]): void {
    this.#tmux('send-keys', ...keys)
  }

  /** Waits for what the screen shows. */
  see(pattern: RegExp): Promise<string> {
    return vi.waitFor(
      () => {
        const screen = this.#tmux('capture-pane', '-p', '-J')
        expect(screen).toMatch(pattern)
        return pattern.exec(screen)?.[1] ?? ''
      },
      { timeout: 15_000, interval: 100 },
    )
  }

  opened(): Promise<string> {
    const file = join(this.folder, 'opened')
    return vi.waitFor(() => {
      expect(existsSync(file) && readFileSync(file, 'utf8')).toMatch(/\n$/)
      return readFileSync(file, 'utf8').trim()
    }, 15_000)
  }

  end(): void {
    spawnSync('tmux', ['-S', this.#socket, 'kill-server'])
    rmSync(this.folder, { recursive: true, force: true })
  }

  #tmux(...args: string[]): string {
    const { NODE_ENV: _mode, TMUX: _outer, ...env } = process.env
    const { stdout, stderr, status } = spawnSync('tmux', ['-S', this.#socket, ...args], {
      env,
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`tmux: ${stderr}`)
    return stdout
  }
}

describe.skipIf(!hasTmux)('the keys of sessmw serve', () => {
  it('open the page, pause the lines, move the clock, clear the store when asked twice, and quit', async () => {
    const terminal = new Tmux(['--seed', '3'])
    const url = await terminal.see(/app +(http:\S+)/)
    await terminal.see(/o open · c clear store · p pause · \+ - clock ±1 h · q quit/)
    const page = await terminal.see(/inspector +(\S+#t=\S+)/)
    terminal.press('o')
    expect(await terminal.opened()).toBe(page)
    await fetch(`${url}session_test`)
    await terminal.see(/new +\S{8} GET \/session_test/)
    terminal.press('p')
    await terminal.see(/paused; p goes on/)
    await fetch(`${url}cart`)
    terminal.press('+', '+', '-', 'Up', 'x')
    await terminal.see(/clock \+1 h\n +clock \+2 h\n +clock \+1 h/)
    terminal.press('p')
    await terminal.see(/goes on; 1 requests were not shown/)
    terminal.press('c')
    await terminal.see(/End all 4 sessions\? y ends them/)
    terminal.press('n')
    await terminal.see(/Nothing was ended/)
    terminal.press('c', 'y')
    await terminal.see(/4 sessions ended/)
    terminal.press('q')
    await terminal.see(/exit 0\nleft as it was/)
  }, 60_000)

  it('Ctrl-C quits too, and a reader of JSON gets no keys', async () => {
    const terminal = new Tmux([])
    await terminal.see(/q quit/)
    terminal.press('C-c')
    await terminal.see(/exit 0\nleft as it was/)
    const programs = new Tmux(['--json'])
    await programs.see(/"event":"ready"/)
    programs.press('q')
    programs.press('C-c')
    await programs.see(/exit (?:0|130)\nleft as it was/)
  }, 60_000)

  it('say why when they cannot do it', async () => {
    const terminal = new Tmux(['--read-only', '--seed', '1'])
    await terminal.see(/o open · p pause · q quit/)
    terminal.press('+')
    await terminal.see(/warning This inspector is read-only/)
    terminal.press('c')
    await terminal.see(/End all 1 sessions/)
    terminal.press('y')
    await terminal.see(/read-only[\s\S]*read-only/)
    terminal.press('q')
    await terminal.see(/exit 0\nleft as it was/)
  }, 60_000)
})
