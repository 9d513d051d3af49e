import { PassThrough, Readable } from 'node:stream'
import type { Io } from '../../src/cli/io.js'
import type { Prompts } from '../../src/cli/prompts.js'
import { runCli } from '../../src/cli/run-cli.js'

/** What a run is given; nothing of the process that tests. */
export interface RunInput {
  readonly stdin?: string
  readonly env?: Record<string, string>
  readonly cwd?: string
  /** Whether stdin, stdout and stderr are terminals. */
  readonly tty?: boolean
  readonly prompts?: Partial<Prompts>
}

/** What came of it. */
export interface RunResult {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command line in this process. */
export async function run(args: readonly string[], input: RunInput = {}): Promise<RunResult> {
  const { stdin = '', env = {}, cwd = '/nonexistent', tty = false, prompts } = input
  const stdout = capture(tty)
  const stderr = capture(tty)
  const source = Object.assign(Readable.from(stdin === '' ? [] : [Buffer.from(stdin)]), { isTTY: tty })
  const io: Io = { stdin: source, stdout, stderr, env, cwd, ...(prompts === undefined ? {} : { prompts }) }
  const exit = await runCli(args, io)
  return { exit, stdout: textOf(stdout), stderr: textOf(stderr) }
}

function capture(isTTY: boolean): PassThrough & { isTTY: boolean } {
  return Object.assign(new PassThrough({ highWaterMark: 1 << 24 }), { isTTY })
}

const textOf = (stream: PassThrough): string => String(stream.read() ?? '')
