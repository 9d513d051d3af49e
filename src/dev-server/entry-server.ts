import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { dirname } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { addressesOf } from './addresses.js'
import { DEFAULT_PORT, type DevServer, type ServerOptions } from './dev-server.js'
import type { EntryMessage, EntryOrder } from './entry-messages.js'
import { planInspector } from './inspector-plan.js'
import { freePort } from './listen.js'
import type { Seed } from './seed.js'
import { typescriptFlags } from './typescript-flags.js'
import { FolderWatcher } from './watch-folder.js'

/** How long an app may take to end before it is ended. */
const MAX_END_MS = 2_000

/** Options of `startEntry`. */
export interface EntryServerOptions extends ServerOptions {
  /** Absolute path of the file that exports or starts the app. */
  readonly entry: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly seeds?: readonly Seed[] | undefined
  readonly clockOffsetMs?: number | undefined
  /** After how many milliseconds an app that does not listen is told of. Default 10 000. */
  readonly patienceMs?: number | undefined
  /** What the app writes to its stdout and stderr. */
  onOutput(output: Readable): void
  onEvent(event: EntryEvent): void
}

/** What becomes of the app. */
export type EntryEvent =
  | EntryMessage
  /** A source file changed, so that the app starts anew. */
  | { readonly type: 'changed'; readonly file: string }
  /** The app has run for a while and does not listen. */
  | { readonly type: 'silent' }
  /** The app ended by itself; it starts anew at the next change. */
  | { readonly type: 'ended'; readonly exit: number | string }

/**
 * Runs the user's own app in a process of its own, with the inspector in front, and anew at each change of a source file
 * in the folder of the entry or below.
 *
 * Rejects as `planInspector` and `typescriptFlags` throw, and with `port-in-use` or `io`.
 */
export async function startEntry(options: EntryServerOptions): Promise<DevServer> {
  const plan = planInspector(options)
  const { host, base, token } = plan
  const flags = typescriptFlags(options.entry)
  const mayMove = options.port === undefined
  // Found once, so that the app stays where it is when it starts anew.
  const port = await freePort({ host, port: options.port ?? DEFAULT_PORT, mayMove })
  const { entry, seeds = [], clockOffsetMs = 0 } = options
  const runner = new EntryRunner(options, flags, { ...plan, entry, port, seeds, clockOffsetMs })
  return { ...addressesOf({ host, port, base, token }), port, token, close: () => runner.close() }
}

/** Starts the process of an entry, and starts it anew. */
class EntryRunner {
  readonly #watcher: FolderWatcher
  #child: ChildProcess
  #turn: Promise<void> = Promise.resolve()
  #mayEnd = false
  /** The same sessions again, only where those before are gone. */
  #seeds: readonly Seed[]

  constructor(
    private readonly options: EntryServerOptions,
    private readonly flags: readonly string[],
    private readonly order: EntryOrder,
  ) {
    this.#seeds = order.seeds
    this.#watcher = new FolderWatcher(dirname(order.entry), (file) => {
      this.#turn = this.#turn.then(() => this.#startAnew(file))
    })
    this.#child = this.#start()
  }

  async close(): Promise<void> {
    this.#watcher.close()
    await this.#turn
    await this.#stop()
  }

  async #startAnew(file: string): Promise<void> {
    this.options.onEvent({ type: 'changed', file })
    await this.#stop()
    this.#child = this.#start()
  }

  #start(): ChildProcess {
    const { cwd, env, onOutput, onEvent, patienceMs = 10_000 } = this.options
    const child = fork(fileURLToPath(new URL('./run-entry.js', import.meta.url)), {
      cwd,
      env: { ...env },
      execArgv: [...process.execArgv, ...this.flags],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.#mayEnd = false
    for (const output of [child.stdout, child.stderr]) if (output !== null) onOutput(output)
    const silent = setTimeout(() => onEvent({ type: 'silent' }), patienceMs).unref()
    child.on('message', (sent) => {
      const message = messageIn(sent)
      if (message === undefined) return
      clearTimeout(silent)
      if (message.type === 'no-app' || message.type === 'port-taken') this.#mayEnd = true
      else if (message.mounted !== null && message.mounted.store !== 'MemoryStore') this.#seeds = []
      onEvent(message)
    })
    child.on('exit', (code, signal) => {
      clearTimeout(silent)
      if (child === this.#child && !this.#mayEnd) onEvent({ type: 'ended', exit: signal ?? code ?? 0 })
    })
    // A process that ended before it took the order tells so by its exit.
    child.send({ ...this.order, seeds: this.#seeds } satisfies EntryOrder, () => undefined)
    return child
  }

  async #stop(): Promise<void> {
    const child = this.#child
    this.#mayEnd = true
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), MAX_END_MS)
    await ended
    clearTimeout(timer)
  }
}

/** What `run-entry` tells; an app may send messages of its own, as process managers want them. */
function messageIn(sent: unknown): EntryMessage | undefined {
  return typeof sent === 'object' && sent !== null && 'sessmw' in sent
    ? (sent.sessmw as EntryMessage)
    : undefined
}
