import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { SessmwError } from '../errors.js'
import { lineOf } from './dotenv-text.js'
import { type Io, isInteractive, readStdin, withoutNewline } from './io.js'
import type { Output } from './output.js'
import { promptsOf } from './prompts.js'

/** Where the user says that the secrets are. */
export interface SecretOptions {
  readonly secretFile?: string
  readonly secretStdin?: boolean
  readonly secret?: readonly string[]
  readonly secretEnv?: readonly string[]
  /** File of variables instead of `.env`. */
  readonly dotenv?: string
}

/** A secret and where it came from; only the latter may be shown. */
export interface Secret {
  readonly value: string
  /** Such as `SESSION_SECRET from .env`. */
  readonly source: string
  /** The same for programs, such as `.env:SESSION_SECRET`. */
  readonly origin: string
  /** Of a file of variables: what stands behind the `=`, unparsed. */
  readonly line?: string | undefined
}

/** The variables of the current secret and of the one before it. */
export const DEFAULT_VARIABLES = ['SESSION_SECRET', 'SESSION_SECRET_OLD'] as const

/**
 * The secrets to work with, the current one first: those of the flags; without any, the default variables. A variable
 * is looked up in the environment, then in `.env`, as a running app would. On a terminal the last resort is to ask.
 *
 * @returns an empty list when there are none
 * @throws SessmwError `no-secret` for a named source without a secret; `io` for a file that cannot be read
 */
export async function findSecrets(options: SecretOptions, io: Io, out: Output): Promise<Secret[]> {
  const named = await fromFlags(options, io, out)
  if (named.length > 0) return named
  const found = fromVariables(DEFAULT_VARIABLES, options, io)
  if (found.length > 0 || !isInteractive(io)) return found
  const value = await promptsOf(io).hidden('Secret')
  return value === '' ? [] : [{ value, source: 'the prompt', origin: 'prompt' }]
}

/** How a secret is shown: source, length, and a fingerprint when guessing it from that is hopeless. */
export function describeSecret({ value, source }: Secret): string {
  const fingerprint = fingerprintOf(value)
  return `${source} (${value.length} characters${fingerprint === null ? '' : `, fingerprint ${fingerprint}`})`
}

/** Eight hex digits to compare secrets by; null for a secret that does not look like 128 random bits. */
export function fingerprintOf(secret: string): string | null {
  if (!looksRandom(secret)) return null
  return createHash('sha256').update(`sessmw fingerprint\0${secret}`).digest('hex').slice(0, 8)
}

/** Words and passphrases lack one of the kinds of characters that random text of this length has. */
function looksRandom(secret: string): boolean {
  const distinct = new Set(secret).size
  if (/^[0-9a-f]{32,}$/i.test(secret)) return /\d/.test(secret) && /[a-f]/i.test(secret) && distinct >= 8
  const kinds = /[A-Z]/.test(secret) && /[a-z]/.test(secret) && /\d/.test(secret)
  return /^[\w+/=-]{22,}$/.test(secret) && kinds && distinct >= 14
}

async function fromFlags(options: SecretOptions, io: Io, out: Output): Promise<Secret[]> {
  const secrets: Secret[] = []
  if (options.secretFile !== undefined) {
    const value = withoutNewline(readGiven(resolve(io.cwd, options.secretFile), '--secret-file'))
    secrets.push({ value, source: options.secretFile, origin: `file:${options.secretFile}` })
  }
  if (options.secretStdin) {
    secrets.push({ value: withoutNewline(await readStdin(io)), source: 'stdin', origin: 'stdin' })
  }
  if (options.secret !== undefined) {
    out.warn('--secret is visible in `ps` and in the shell history; use --secret-env or --secret-file.')
    secrets.push(...options.secret.map((value) => ({ value, source: '--secret', origin: 'argument' })))
  }
  for (const name of options.secretEnv ?? []) {
    const found = fromVariables([name], options, io)
    if (found.length === 0)
      throw new SessmwError(
        'no-secret',
        `${variableWords(name)} is set neither in the environment nor in the file.`,
      )
    secrets.push(...found)
  }
  const empty = secrets.find(({ value }) => value === '')
  if (empty) throw new SessmwError('no-secret', `The secret from ${empty.source} is empty.`)
  return secrets
}

function fromVariables(names: readonly string[], options: SecretOptions, io: Io): Secret[] {
  const file = options.dotenv ?? '.env'
  let text: string | undefined
  return names.flatMap((name) => {
    const set = io.env[name]
    if (set) return [{ value: set, source: name, origin: `env:${name}` }]
    text ??=
      options.dotenv === undefined
        ? readDotenv(resolve(io.cwd, file))
        : readGiven(resolve(io.cwd, file), '--dotenv')
    const value = parseEnv(text)[name]
    if (!value) return []
    return [{ value, source: `${name} from ${file}`, origin: `${file}:${name}`, line: lineOf(text, name) }]
  })
}

/** What is given as the name of a variable or a file is sometimes the secret itself. */
const variableWords = (name: string): string => (/^[A-Z][A-Z0-9_]{0,39}$/.test(name) ? name : 'That variable')

function readGiven(path: string, flag: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new SessmwError('io', `The file of ${flag} cannot be read (${codeOf(error)}).`, { cause: error })
  }
}

function readDotenv(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return ''
    throw new SessmwError('io', `${path} cannot be read: ${String(error)}`, { cause: error })
  }
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined
