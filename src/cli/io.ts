import type { Readable, Writable } from 'node:stream'
import { SessmwError } from '../errors.js'
import type { Prompts } from './prompts.js'

/** All that a command touches of the process that runs it, so that tests can run it in theirs. */
export interface Io {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  readonly stderr: Writable & { readonly isTTY?: boolean }
  readonly env: Readonly<Record<string, string | undefined>>
  /** The folder that relative paths start from. */
  readonly cwd: string
  /** False: ask nothing, whatever stdin is. */
  readonly canAsk?: boolean
  /** Who asks people; left out: inquirer, loaded at the first question. */
  readonly prompts?: Partial<Prompts>
}

/** Whether there is somebody to ask. */
export function isInteractive(io: Io): boolean {
  return io.stdin.isTTY === true && io.canAsk !== false
}

/** All of stdin as text; at most 1 MiB, for no cookie or secret is that long. */
export async function readStdin(io: Io): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of io.stdin) {
    const buffer = Buffer.from(chunk)
    bytes += buffer.length
    if (bytes > 1 << 20) throw new SessmwError('usage', 'stdin is longer than 1 MiB.')
    chunks.push(buffer)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Text without the newline that editors and `echo` put at its end. */
export function withoutNewline(text: string): string {
  return text.replace(/\r?\n$/, '')
}

/** The real ones. */
export function processIo(): Io {
  const { stdin, stdout, stderr, env } = process
  return { stdin, stdout, stderr, env, cwd: process.cwd() }
}
