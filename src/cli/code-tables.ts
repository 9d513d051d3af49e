import { COOKIE_CODES, type Explanation, LOAD_CODES, SAVE_CODES } from '../core/verdict-table.js'
import { FINDINGS } from '../doctor/finding-table.js'
import { ERRORS } from '../errors.js'
import { INSPECTOR_ERRORS } from '../inspector/error-table.js'
import { BUG } from './exit-code.js'

/** What a code means, and what to do. */
export interface CodeText {
  readonly title: string
  readonly fix: string
}

/** Codes of one kind. */
export interface CodeTable {
  /** What they are to people, such as `Errors`. */
  readonly kind: string
  /** Where such a code appears. */
  readonly where: string
  readonly codes: Readonly<Record<string, CodeText | Explanation>>
}

/** Warnings of the library, which Node prints with their code. */
const WARNINGS: Readonly<Record<string, CodeText>> = {
  'weak-secret': {
    title: 'The secret is short or known to everybody',
    fix: 'Make one with `npx sessmw secret`: production refuses to start with this one.',
  },
  'memory-store': {
    title: 'Sessions are kept in the memory of one process, in production',
    fix: 'Pass a store: SqliteStore for one machine, RedisStore or PostgresStore for several.',
  },
  milliseconds: {
    title: 'A duration looks like milliseconds',
    fix: "Durations are seconds, or text such as '30m'.",
  },
  'late-write': {
    title: 'The session was changed after the response had ended, and is not saved',
    fix: 'Call `await save()` after such a change.',
  },
  'to-json': {
    title: 'A value with toJSON comes back as plain data',
    fix: 'Store what toJSON returns, so that reading gives what was written.',
  },
  unsaved: {
    title: 'The session was not saved, so the response was replaced by a 503',
    fix: 'The code behind the colon says why: run `sessmw help` with it.',
  },
}

/** Warnings of `sessmw init`, which `--json` shows with their code. */
const INIT_WARNINGS: Readonly<Record<string, CodeText>> = {
  'secret-file-tracked': {
    title: 'Git tracks the file of the secret',
    fix: 'git rm --cached FILE, and make a new secret if the repository was ever shared.',
  },
  'secret-empty': {
    title: 'The variable of the secret is there, but empty',
    fix: 'Write a secret behind its =: `npx sessmw secret` makes one.',
  },
  'secret-weak': {
    title: 'The secret in the file is too weak for production',
    fix: 'Make another one: `npx sessmw secret --rotate`.',
  },
  'choices-ignored': {
    title: 'Some answers have no effect, since the app has its sessions already',
    fix: 'Change the options of session() in the code.',
  },
}

/** Every code that a command, the inspector or the library shows, by kind. */
export const CODE_TABLES: readonly CodeTable[] = [
  { kind: 'Findings', where: 'finding of sessmw doctor', codes: FINDINGS },
  { kind: 'Verdicts, load', where: 'verdict.load', codes: LOAD_CODES },
  { kind: 'Verdicts, save', where: 'verdict.save', codes: SAVE_CODES },
  { kind: 'Verdicts, cookie', where: 'verdict.cookie', codes: COOKIE_CODES },
  { kind: 'Errors', where: 'error', codes: errorTexts() },
  { kind: 'Errors of the inspector', where: 'error of the inspector', codes: INSPECTOR_ERRORS },
  { kind: 'Warnings', where: 'warning', codes: WARNINGS },
  { kind: 'Warnings of init', where: 'warning of sessmw init', codes: INIT_WARNINGS },
]

function errorTexts(): Record<string, CodeText> {
  const texts = Object.entries(ERRORS).map(([code, { title, fix }]) => [code, { title, fix }] as const)
  return { ...Object.fromEntries(texts), bug: { title: BUG.title, fix: BUG.fix } }
}
