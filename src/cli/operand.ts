import { SessmwError } from '../errors.js'
import { type Io, isInteractive, readStdin, withoutNewline } from './io.js'

/**
 * What a command works on: the argument, or stdin for `-`.
 *
 * @throws SessmwError `usage` when there is none, or when stdin would have to be read twice
 */
export async function readOperand(
  options: { readonly operand?: string; readonly secretStdin?: boolean },
  io: Io,
  command: string,
  what: string,
): Promise<string> {
  const { operand, secretStdin } = options
  if (operand === '-' && secretStdin) {
    throw new SessmwError('usage', 'stdin cannot hold both the secret and what to work on.')
  }
  if (operand === '-' && isInteractive(io)) io.stderr.write(`Paste ${what}, then press Enter and Ctrl-D.\n`)
  const value = operand === '-' ? withoutNewline(await readStdin(io)) : operand
  if (value) return value
  const where = operand === '-' ? 'stdin is empty' : 'there is none'
  throw new SessmwError('usage', `sessmw ${command} needs ${what}, or - to read it from stdin; ${where}.`)
}
