import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { root } from '../../support/sources.js'

const run = promisify(execFile)

/** A program of this folder in one CommonJS file, which starts ten times as fast as TypeScript does. */
export class Program {
  readonly #folder = mkdtempSync(join(tmpdir(), 'sessmw-program-'))
  readonly #file = join(this.#folder, 'program.cjs')

  async bundle(source: string): Promise<void> {
    await build({
      entryPoints: [join(import.meta.dirname, source)],
      outfile: this.#file,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      // As `require`, which heeds NODE_PATH.
      supported: { 'dynamic-import': false },
      external: ['better-sqlite3'],
    })
  }

  start(...args: string[]): ChildProcess {
    const env = { ...process.env, NODE_PATH: join(root, 'node_modules') }
    return spawn(process.execPath, [this.#file, ...args], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  }

  /** What it prints, run to its end by a Node without our packages, which may be `node@22` to be downloaded. */
  async output(node: string, ...args: string[]): Promise<string> {
    const [command, ...before] = node.startsWith('node@') ? ['npx', '-y', node] : [node]
    const options = { cwd: this.#folder, maxBuffer: 2 ** 26 }
    const { stdout } = await run(command ?? node, [...before, this.#file, ...args], options)
    return stdout.trim()
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** Everything that a child prints until it has ended. */
export function ended(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    child.once('error', reject).once('close', () => resolve(text))
  })
}
