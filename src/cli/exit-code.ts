import { type ErrorCode, isSessmwError } from '../errors.js'

/**
 * How the process ends: `ok`; `negative` answer; `usage`; a `precondition` does not hold; `conflict` with what is there;
 * `io` of files and network; `bug` of sessmw (EX_SOFTWARE of sysexits.h); `interrupted` by Ctrl-C (128 + SIGINT).
 */
export const EXIT = {
  ok: 0,
  negative: 1,
  usage: 2,
  precondition: 3,
  conflict: 4,
  io: 5,
  bug: 70,
  interrupted: 130,
} as const

const BY_CODE: Partial<Record<ErrorCode, number>> = {
  usage: EXIT.usage,
  'no-tty': EXIT.usage,
  'no-secret': EXIT.usage,
  'bad-secret': EXIT.usage,
  'bad-option': EXIT.usage,
  'bad-cookie': EXIT.usage,
  'bad-key': EXIT.usage,
  'unstorable-value': EXIT.usage,
  'session-too-large': EXIT.usage,
  'unsafe-path': EXIT.usage,
  'no-project': EXIT.precondition,
  'no-express': EXIT.precondition,
  'already-on-express-session': EXIT.precondition,
  'nothing-to-migrate': EXIT.precondition,
  'dirty-tree': EXIT.precondition,
  'inspector-in-production': EXIT.precondition,
  'no-typescript': EXIT.precondition,
  'entry-not-editable': EXIT.conflict,
  'secret-exists': EXIT.conflict,
  io: EXIT.io,
  'port-in-use': EXIT.io,
  'inspector-refused': EXIT.io,
  'store-failed': EXIT.io,
  'store-timeout': EXIT.io,
  interrupted: EXIT.interrupted,
}

/** The exit code of an error; whatever no command expects is a bug. */
export function exitCodeOf(error: unknown): number {
  return isSessmwError(error) ? (BY_CODE[error.code] ?? EXIT.bug) : EXIT.bug
}

/** What is said of an error that nobody expected. */
export const BUG = {
  code: 'bug',
  title: 'This is a bug in sessmw',
  fix: 'Please report it, with what --verbose prints.',
} as const
