import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Client, gate } from '../support/http.js'
import { hasPostgres, startPostgres } from '../support/postgres-server.js'
import { hasRedis, startRedis } from '../support/redis-server.js'
import type { TestServer } from '../support/server-process.js'

/** A kind of store that several processes share. */
export interface Backend {
  readonly name: string
  readonly isInstalled: boolean
  /** An empty store; `server` is what can be killed, where there is one. Whoever starts it removes it. */
  start(): Promise<StartedBackend>
}

/** A store that is there. */
export interface StartedBackend {
  readonly url: string
  readonly server?: TestServer
  remove(): Promise<void>
}

const startedBy = (launch: () => Promise<TestServer>) => async () => {
  const server = await launch()
  return { url: server.url, server, remove: () => server.remove() }
}

export const BACKENDS: readonly Backend[] = [
  {
    name: 'SQLite',
    isInstalled: true,
    async start() {
      const folder = await mkdtemp(join(tmpdir(), 'sessmw-processes-'))
      const remove = () => rm(folder, { recursive: true, force: true })
      return { url: `sqlite:${join(folder, 'sessions.db')}`, remove }
    },
  },
  { name: 'Redis', isInstalled: hasRedis, start: startedBy(startRedis) },
  { name: 'PostgreSQL', isInstalled: hasPostgres, start: startedBy(startPostgres) },
]

/** One process of the app in app.ts. */
export class AppProcess {
  readonly #child: ChildProcess
  readonly #loaded = new Map<string, ReturnType<typeof gate>>()

  private constructor(
    child: ChildProcess,
    readonly url: string,
  ) {
    this.#child = child
  }

  /** Starts one; whoever starts it kills it. */
  static async start(storeUrl: string, env: Record<string, string> = {}): Promise<AppProcess> {
    const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'app.ts')], {
      env: { ...process.env, NODE_ENV: 'test', STORE_URL: storeUrl, ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const lines = createInterface(child.stdout)
    const [line] = await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => [''])])
    const { port } = JSON.parse(String(line))
    const app = new AppProcess(child, `http://127.0.0.1:${port}`)
    lines.on('line', (text) => app.#gateOf(JSON.parse(text).loaded).open())
    return app
  }

  /** A browser at this process, with the cookies of another one. */
  browser(other?: Client): Client {
    const client = new Client(this.url)
    for (const [name, value] of other?.cookies ?? []) client.cookies.set(name, value)
    return client
  }

  /** When the request of this name to `/slow` has loaded its session. */
  loaded(name: string): Promise<void> {
    return this.#gateOf(name).opened
  }

  /** Ends it as `kill -9` does. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }

  #gateOf(name: string): ReturnType<typeof gate> {
    const known = this.#loaded.get(name) ?? gate()
    this.#loaded.set(name, known)
    return known
  }
}

/** Numbers that look random and are the same in every run (a linear congruential generator). */
export function dice(seed: number): (sides: number) => number {
  let state = seed
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
}

/** Lets the event loop turn this often: a delay without a clock. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}
