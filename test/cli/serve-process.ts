import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Node and its arguments for `sessmw` from source, in any folder. */
export const FROM_SOURCE = [
  process.execPath,
  '--import',
  pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href,
  join(import.meta.dirname, 'serve-child.ts'),
] as const

/** A command that runs; `text` and `notes` grow with what it says on stdout and stderr. */
export class CommandProcess {
  text = ''
  notes = ''
  readonly #child: ChildProcess
  readonly #ended: Promise<number | null>
  #listeners: (() => void)[] = []

  constructor(args: readonly string[], env: Record<string, string | undefined> = {}, cwd = process.cwd()) {
    const { NODE_ENV: _mode, ...rest } = process.env
    const [node, ...command] = FROM_SOURCE
    this.#child = spawn(node, [...command, ...args], {
      cwd,
      env: { ...rest, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (part: string) => {
      this.text += part
      this.#tell()
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (part: string) => {
      this.notes += part
      this.#tell()
    })
    this.#ended = new Promise((resolve) => {
      this.#child.on('close', (code) => {
        resolve(code)
        this.#tell()
      })
    })
  }

  /** The exit code, once it has ended. */
  get ended(): Promise<number | null> {
    return this.#ended
  }

  /** What stdout has matched; rejects when the command ends before. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#wait(() => pattern.exec(this.text))
  }

  /** The same of stderr. */
  waitForNote(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#wait(() => pattern.exec(this.notes))
  }

  /** Ends it as Ctrl-C does. */
  stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    this.#child.kill(signal)
    return this.#ended
  }

  async #wait(find: () => RegExpExecArray | null): Promise<RegExpExecArray> {
    for (;;) {
      const found = find()
      if (found !== null) return found
      if (this.#child.exitCode !== null)
        throw new Error(`ended with ${this.#child.exitCode}: ${this.text}${this.notes}`)
      await new Promise<void>((resolve) => this.#listeners.push(resolve))
    }
  }

  #tell(): void {
    for (const listener of this.#listeners.splice(0)) listener()
  }
}

/** The first line of `serve --json`. */
export interface Ready {
  readonly event: 'ready'
  readonly url: string
  readonly inspector: string
  readonly dump: string
  readonly token: string | null
}

/** `sessmw serve --json` once it is ready. */
export async function startServe(
  args: readonly string[],
  env: Record<string, string> = {},
  cwd = process.cwd(),
): Promise<{ process: CommandProcess; ready: Ready }> {
  const process = new CommandProcess(['serve', '--json', ...args], env, cwd)
  const [line] = await process.waitFor(/^.*\n/)
  return { process, ready: JSON.parse(line) as Ready }
}
