import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { root, versionOf } from '../support/sources.js'

const run = promisify(execFile)

/** A folder with `package.json` and an installed sessmw, as a user has it. */
export interface Project {
  readonly folder: string
  /** Runs a program in the folder, without stdin; answers with what it printed, and rejects when it fails. */
  run(file: string, args: readonly string[]): Promise<string>
  /** Runs a JavaScript file of an npm package of the project, or of this repository. */
  node(args: readonly string[]): Promise<string>
  write(name: string, text: string): void
  copy(from: string, name: string): void
}

/** All projects lie in here. */
export class Projects {
  readonly #folder = mkdtempSync(join(tmpdir(), 'sessmw-package-'))
  #tarball = ''

  /** Packs the built package once. */
  async pack(): Promise<string[]> {
    const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', this.#folder]
    const { stdout } = await run('npm', args, { cwd: root, env: environment })
    const [packed] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }]
    this.#tarball = join(this.#folder, packed.filename)
    return packed.files.map(({ path }) => path)
  }

  /** Installs the tarball, and beside it packages in the versions that this repository itself has installed. */
  async create(name: string, type: 'module' | 'commonjs', packages: readonly string[]): Promise<Project> {
    const folder = join(this.#folder, name)
    mkdirSync(folder)
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, private: true, type }))
    const project = toProject(folder)
    const specs = packages.map((spec) => (spec.lastIndexOf('@') > 0 ? spec : `${spec}@${versionOf(spec)}`))
    await project.run('npm', [
      'install',
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      this.#tarball,
      ...specs,
    ])
    return project
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** What a user's shell has: none of the variables that vitest or npm set for this run. */
const environment: NodeJS.ProcessEnv = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(?:npm_|VITEST|NODE_ENV|NODE_OPTIONS|TEST$|CI$)/.test(name),
    ),
  ),
  SESSION_SECRET: 'package-test-secret-0123456789-abcdefghij',
}

function toProject(folder: string): Project {
  const runIn = async (file: string, args: readonly string[]): Promise<string> => {
    const promise = run(file, args, { cwd: folder, env: environment })
    promise.child.stdin?.end()
    try {
      const { stdout } = await promise
      return stdout
    } catch (error) {
      throw withOutput(error)
    }
  }
  return {
    folder,
    run: runIn,
    node: (args) => runIn(process.execPath, args),
    write: (name, text) => writeFileSync(join(folder, name), text),
    copy: (from, name) => cpSync(join(root, from), join(folder, name)),
  }
}

function withOutput(error: unknown): unknown {
  if (!(error instanceof Error) || !('stdout' in error) || !('stderr' in error)) return error
  return new Error(`${error.message}\n${error.stdout}${error.stderr}`, { cause: error })
}

/** A server of a project: its address, once it has printed its port. */
export async function start(
  project: Project,
  command: readonly string[],
): Promise<{ url: string; stop(): void }> {
  const [file = '', ...args] = command
  const child = spawn(file, args, {
    cwd: project.folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that `stop` also reaches the Node that npx starts.
    detached: true,
  })
  const stop = () => kill(child)
  try {
    return { url: `http://127.0.0.1:${await firstLine(child)}`, stop }
  } catch (error) {
    stop()
    throw error
  }
}

function kill({ pid, exitCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null) process.kill(-pid, 'SIGKILL')
}

function firstLine(child: ChildProcess): Promise<string> {
  const errors: string[] = []
  child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk.toString()))
  return new Promise((resolve, reject) => {
    if (child.stdout !== null) createInterface({ input: child.stdout }).once('line', resolve)
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${errors.join('')}`)))
  })
}

/** The TypeScript examples of the README, as its readers copy them. */
export function readmeExamples(): string[] {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  return [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, example = '']) => example)
}
