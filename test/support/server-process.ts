import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'

/** A database server that tests start, stop, kill and freeze. */
export interface TestServer {
  readonly port: number
  /** For clients; it stays the same over a restart, and so do the data. */
  readonly url: string
  /** Starts it again, after `stop` or `kill`. */
  start(): Promise<void>
  /** Ends it in an orderly way, with its connections. */
  stop(): Promise<void>
  /** Ends it and all of its processes at once, as `kill -9` does. */
  kill(): Promise<void>
  /** Freezes it: connections stay open, nothing is answered. */
  pause(): void
  /** Undoes `pause`. */
  resume(): void
  /** Ends it, whatever state it is in, and removes its data. */
  remove(): Promise<void>
}

/** How a server is started, and how it says that it is there. */
export interface ServerCommand {
  readonly command: string
  readonly args: readonly string[]
  readonly options?: SpawnOptions
  /** What it prints when clients may connect. */
  readonly ready: RegExp
  /** The signal on which it ends without waiting for its clients. */
  readonly stopSignal: NodeJS.Signals
}

const running = new Set<ServerProcess>()
process.once('exit', () => {
  for (const server of running) server.signal('SIGKILL')
})

/** A server process with its children; freezing and killing meet all of them. */
export class ServerProcess {
  readonly #command: ServerCommand
  #child: ChildProcess | undefined
  #ended: Promise<void> = Promise.resolve()

  constructor(command: ServerCommand) {
    this.#command = command
  }

  /** Rejects, with what the server printed, when it ends before it is ready. */
  async start(): Promise<void> {
    const { command, args, options, ready } = this.#command
    if (this.#child !== undefined) throw new Error(`${command} is running already.`)
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    running.add(this)
    // Children hold the pipes too, so that `close` means that all of them have ended.
    this.#ended = new Promise((resolve) => {
      child.once('close', () => {
        running.delete(this)
        this.#child = undefined
        resolve()
      })
    })
    await untilReady(child, ready)
  }

  async stop(): Promise<void> {
    this.signal('SIGCONT')
    this.#child?.kill(this.#command.stopSignal)
    await this.#ended
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.#ended
  }

  /**
   * The parent stands still while its children are found: it would start others, and one that had ended would leave
   * its children to another parent, where nobody finds them.
   */
  signal(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid
    if (pid === undefined) return
    send(pid, 'SIGSTOP')
    for (const process of [...childrenOf(pid), pid]) send(process, signal)
  }
}

/** Starts what `make` gives for a free port; tries another one when somebody else was faster. */
export async function startOnFreePort(
  make: (port: number) => ServerProcess,
): Promise<{ server: ServerProcess; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const server = make(port)
    try {
      await server.start()
      return { server, port }
    } catch (error) {
      if (attempt === 3 || !/in use/i.test(String(error))) throw error
    }
  }
}

/** A port of 127.0.0.1 that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}

function untilReady(child: ChildProcess, ready: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let printed = ''
    const outputs = [child.stdout, child.stderr]
    const listen = (part: Buffer): void => {
      printed += part
      if (!ready.test(printed)) return
      for (const output of outputs) output?.off('data', listen).resume()
      resolve()
    }
    for (const output of outputs) output?.on('data', listen)
    child.once('error', reject)
    child.once('close', (code) => reject(new Error(`${child.spawnfile} ended with ${code}: ${printed}`)))
  })
}

/** Linux: the parent is the second field after the name, which stands in parentheses. */
function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && parentOf(pid) === parent)
}

function parentOf(pid: number): number | undefined {
  const stat = unlessGone(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

function send(pid: number, signal: NodeJS.Signals): void {
  unlessGone(() => process.kill(pid, signal))
}

/** The answer, or undefined when the process has ended meanwhile. */
function unlessGone<Result>(look: () => Result): Result | undefined {
  try {
    return look()
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}
