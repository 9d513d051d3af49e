import { randomBytes } from 'node:crypto'
import { secretWeakness } from '../../cookie/secret-strength.js'
import { SessmwError } from '../../errors.js'
import { EXIT } from '../exit-code.js'
import type { Io } from '../io.js'
import { type Output, type OutputOptions, outputOf } from '../output.js'
import {
  describeSecret,
  findSecrets,
  fingerprintOf,
  type Secret,
  type SecretOptions,
} from '../secret-source.js'

/** Options of `sessmw secret`. */
export interface SecretCommandOptions extends SecretOptions, OutputOptions {
  readonly bytes?: string
  readonly format?: string
  /** A file, or true for `.env`. */
  readonly write?: string | true
  readonly check?: boolean
  readonly rotate?: boolean
}

/** 128 bits, below which a secret can be guessed; and more than any HMAC key gains from. */
const MIN_BYTES = 16
const MAX_BYTES = 1024

/** Makes a secret and prints it as one line, writes it into `.env`, checks those in use, or changes them. */
export async function secret(options: SecretCommandOptions, io: Io): Promise<number> {
  const out = outputOf(io, options)
  const { write, rotate, dotenv = '.env' } = options
  if ([options.check, write !== undefined, rotate].filter((given) => given).length > 1)
    throw new SessmwError('usage', 'Only one of --check, --write and --rotate at a time.')
  if (options.check) return check(options, io, out)
  const bytes = Number(options.bytes ?? 32)
  if (!Number.isInteger(bytes) || bytes < MIN_BYTES || bytes > MAX_BYTES) {
    throw new SessmwError('usage', `--bytes takes a whole number from ${MIN_BYTES} to ${MAX_BYTES}.`)
  }
  const format = options.format === 'hex' ? 'hex' : 'base64url'
  const value = randomBytes(bytes).toString(format)
  if (write !== undefined || rotate) {
    const files = await import('../secret-files.js')
    const json = options.json === true
    if (rotate) return files.rotateSecret(dotenv, value, json, io, out)
    return files.writeSecret(typeof write === 'string' ? write : dotenv, value, json, io, out)
  }
  if (options.json) out.json({ schema: 'sessmw/secret@1', secret: value, bytes, format })
  else out.answer(value)
  return EXIT.ok
}

async function check(options: SecretCommandOptions, io: Io, out: Output): Promise<number> {
  const secrets = await findSecrets(options, io, out)
  if (secrets.length === 0) throw new SessmwError('no-secret', 'There is nothing to check.')
  const results = secrets.map((found) => ({ found, problem: problemOf(found) }))
  if (options.json) {
    const shown = results.map(({ found: { origin, value }, problem }) => ({
      source: origin,
      length: value.length,
      fingerprint: fingerprintOf(value),
      problem: problem ?? null,
    }))
    out.json({ schema: 'sessmw/secret-check@1', secrets: shown })
  } else {
    for (const { found, problem } of results) {
      const mark = problem === undefined ? out.paint.green('✔') : out.paint.red('✖')
      out.answer(`${mark} ${describeSecret(found)}${problem === undefined ? '' : ` ${problem}`}`)
    }
  }
  return results.every(({ problem }) => problem === undefined) ? EXIT.ok : EXIT.negative
}

/** Quotes, `#`, `$`, backslashes and spaces mean different things to the parsers of `.env` files. */
function problemOf({ value, line }: Secret): string | undefined {
  const weakness = secretWeakness(value)
  if (weakness !== undefined) return weakness
  if (/["'`#$\\\s]/.test(value)) return 'has characters that parsers of .env files disagree about'
  return line !== undefined && line !== value
    ? 'has quotes, blanks or a comment on its line, which parsers of .env files disagree about'
    : undefined
}
