import { isSessmwError, SessmwError } from '../errors.js'
import { BUG, EXIT, exitCodeOf } from './exit-code.js'
import type { Io } from './io.js'
import { runProgram } from './program.js'

/** Flags that say how errors are shown, known even when the rest cannot be parsed. */
interface Flags {
  readonly json: boolean
  readonly verbose: boolean
  readonly color: boolean
}

/**
 * Runs the command line and answers with its exit code; never throws. The one place where errors become text.
 *
 * @example
 * process.exitCode = await runCli(process.argv.slice(2), processIo())
 */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  const broken = watchPipe(io)
  try {
    const exit = await runProgram(argv, io)
    await written(io)
    return broken() ?? exit
  } catch (error) {
    return broken() ?? (await report(known(error), io, flagsOf(argv)))
  }
}

/**
 * A reader that went away (`sessmw ... | head`) is no error and leaves the exit code as it is: an invalid cookie stays
 * invalid. Any other fault of stdout is an error; one of stderr can be told nowhere, and must not end the process.
 */
function watchPipe(io: Io): () => number | undefined {
  let code: number | undefined
  io.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return
    code = EXIT.io
    io.stderr.write(`error: stdout: ${error.message}\n`)
  })
  io.stderr.on('error', () => undefined)
  return () => code
}

/** A full disk is told only after the write: without waiting, a lost answer would end with exit code 0. */
function written({ stdout }: Io): Promise<void> {
  return new Promise((resolve) => {
    stdout.write('', () => setImmediate(resolve))
  })
}

function flagsOf(argv: readonly string[]): Flags {
  const end = argv.indexOf('--')
  const flags = end === -1 ? argv : argv.slice(0, end)
  const has = (flag: string) => flags.includes(flag)
  return { json: has('--json'), verbose: has('--verbose'), color: !has('--no-color') }
}

async function report(error: unknown, io: Io, flags: Flags): Promise<number> {
  const { loadColors, outputOf } = await import('./output.js')
  await loadColors(io, flags)
  const exit = exitCodeOf(error)
  const out = outputOf(io, flags)
  const { code, title, message, fix } = describe(error)
  if (flags.json) out.json({ schema: 'sessmw/error@1', error: { code, exit, message, fix } })
  const { paintNote } = out
  io.stderr.write(`${paintNote.red('error')} ${title} ${paintNote.dim(`[${code}]`)}\n`)
  if (message !== '') io.stderr.write(`${indent(message)}\n`)
  io.stderr.write(`${indent(paintNote.cyan(fix))}\n`)
  if (flags.verbose) for (const frame of framesOf(error)) io.stderr.write(`${indent(frame)}\n`)
  return exit
}

/** Faults of files and network reject as Node has them. */
function known(error: unknown): unknown {
  const isSystemError = error instanceof Error && 'syscall' in error
  return isSystemError ? new SessmwError('io', error.message, { cause: error }) : error
}

function describe(error: unknown): { code: string; title: string; message: string; fix: string } {
  if (isSessmwError(error)) return error
  return { ...BUG, message: framesOf(error)[0] ?? typeof error }
}

/** The stack without the message, which may hold whatever the command was working on. */
function framesOf(error: unknown): string[] {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim())
}

const indent = (text: string): string => text.replace(/^(?=.)/gm, '  ')
