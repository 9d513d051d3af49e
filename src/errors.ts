/** Every error that sessmw throws or rejects with, by its stable code: what happened, and what to do about it. */
export const ERRORS = {
  'bad-option': {
    status: 500,
    title: 'An option cannot be used',
    fix: 'Correct the option that the message names.',
  },
  'bad-cookie': {
    status: 500,
    title: 'The cookie would be refused by browsers',
    fix: 'Change the cookie attributes as the message says.',
  },
  'bad-secret': {
    status: 500,
    title: 'The secret key cannot be used',
    fix: 'Make one with `npx sessmw secret` and pass it as secretKey from the environment.',
  },
  'bad-id': {
    status: 500,
    title: 'generateId returned an unsafe id',
    fix: 'Return at least 128 bits of randomness as base64url text, or leave generateId out.',
  },
  'bad-key': {
    status: 500,
    title: 'This name cannot be a session key',
    fix: 'Choose another key: the names of session methods, __proto__, constructor and prototype are taken.',
  },
  'unstorable-value': {
    status: 500,
    title: 'A session value cannot be stored',
    fix: 'Store plain JSON, Date, Map, Set, BigInt or Uint8Array at the path that the message names.',
  },
  'session-too-large': {
    status: 500,
    title: 'The session is too large',
    fix: 'Keep an id in the session and the bulk in your database, or raise maxBytes.',
  },
  'session-readonly': {
    status: 500,
    title: 'This request may not write to the session',
    fix: 'Remove readonly(), or write in a request that may.',
  },
  'session-degraded': {
    status: 503,
    title: 'The session store is down, so nothing can be written',
    fix: 'Check `sessionOf(req).degraded` before writing, and bring the store back.',
  },
  'session-replaced': {
    status: 500,
    title: 'The session object was replaced',
    fix: 'Assign keys of req.session instead of the whole object; assign null to destroy it.',
  },
  'session-not-loaded': {
    status: 500,
    title: 'The session was used before it was loaded',
    fix: 'With lazy: true, call `await sessionOf(req).load()` first.',
  },
  'session-missing': {
    status: 500,
    title: 'This request has no session',
    fix: 'Mount session() before this handler, and check skip and skipSessionHeader.',
  },
  'session-gone': {
    status: 409,
    title: 'The session ended while it was being changed',
    fix: 'Ask the user to log in again; the change was not stored.',
  },
  'session-conflict': {
    status: 503,
    title: 'The session changed too often to be updated in time',
    fix: 'Try again; if it stays, spread the writes over several keys.',
  },
  'unsaved-changes': {
    status: 500,
    title: 'The key has changes that are not saved',
    fix: 'Call `await save()` before update(), or change the key only through update().',
  },
  'nested-update': {
    status: 500,
    title: 'An updater waits for itself',
    fix: 'Return the new value from the updater, and call other operations of the session after it.',
  },
  'cookie-too-late': {
    status: 500,
    title: 'The response has left, so a new session cannot get its cookie',
    fix: 'Write to the session before the first byte of the response.',
  },
  'duplicate-middleware': {
    status: 500,
    title: 'Two session middlewares share a name',
    fix: 'Mount session() once, or give each its own sessionCookie and sessionObject.',
  },
  'store-failed': {
    status: 503,
    title: 'The session store failed',
    fix: 'See the cause, and check that the store is up.',
  },
  'store-timeout': {
    status: 503,
    title: 'The session store did not answer in time',
    fix: 'Check the store and the network to it, or raise storeTimeout.',
  },
  'store-exists': {
    status: 500,
    title: 'The store already has a session under this key',
    fix: 'Session ids must be unique: check generateId.',
  },
  'store-bad-key': {
    status: 500,
    title: 'This is not a store key',
    fix: 'Pass a handle as sessmw shows it: 43 characters of base64url.',
  },
  'store-closed': {
    status: 503,
    title: 'The session store is closed',
    fix: 'Do not use the store after close().',
  },
  'store-incapable': {
    status: 500,
    title: 'The store cannot do this',
    fix: 'Use a store that can list its sessions, such as MemoryStore.',
  },
  'no-secret': {
    status: 500,
    title: 'There is no secret to work with',
    fix: 'Set SESSION_SECRET, or pass --secret-env, --secret-file or --secret-stdin. `npx sessmw secret` makes one.',
  },
  'secret-exists': {
    status: 500,
    title: 'The file has this secret already',
    fix: 'Run `sessmw secret --rotate` to change it.',
  },
  usage: { status: 500, title: 'The command cannot be understood', fix: 'See `sessmw --help`.' },
  'no-tty': {
    status: 500,
    title: 'There is nobody to ask',
    fix: 'Pass the answers as flags, or --yes for the defaults.',
  },
  'no-project': {
    status: 500,
    title: 'There is no project here',
    fix: 'Run it in a folder with a package.json.',
  },
  'no-express': {
    status: 500,
    title: 'There is no Express app here',
    fix: 'Install it first: npm install express. Servers without Express use createSessions() of sessmw.',
  },
  'already-on-express-session': {
    status: 500,
    title: 'This app is on express-session',
    fix: 'Run `sessmw init --migrate`.',
  },
  'nothing-to-migrate': {
    status: 500,
    title: 'This app is not on express-session',
    fix: 'Run `sessmw init` without --migrate.',
  },
  'dirty-tree': {
    status: 500,
    title: 'The git tree has uncommitted changes',
    fix: 'Commit or stash them, or pass --allow-dirty.',
  },
  'unsafe-path': {
    status: 500,
    title: 'A path leads outside of the project',
    fix: 'Use a path inside the project that is not a link.',
  },
  'entry-not-editable': {
    status: 500,
    title: 'The entry file cannot be edited safely',
    fix: 'Paste the printed snippet where the message says.',
  },
  interrupted: { status: 500, title: 'Stopped; nothing was written', fix: 'Run the command again.' },
  io: {
    status: 500,
    title: 'A file or address could not be used',
    fix: 'Check that it exists and that you may use it.',
  },
  'port-in-use': { status: 500, title: 'The port is taken', fix: 'Pass another --port, or leave it out.' },
  'inspector-in-production': {
    status: 500,
    title: 'The inspector is not for production',
    fix: 'Mount it only in development, or pass { allowInProduction: true, auth }.',
  },
  'inspector-refused': {
    status: 500,
    title: 'The inspector refused a call',
    fix: 'Do as the message says.',
  },
  'no-typescript': {
    status: 500,
    title: 'This file is TypeScript, which nothing here can run',
    fix: 'Run `npm install --save-dev tsx`, or use Node 22.18 or later.',
  },
} as const

/** The closed set of error codes; branch on these, never on messages. */
export type ErrorCode = keyof typeof ERRORS

/** What `SessmwError` carries beside its message. */
export interface SessmwErrorDetails {
  /** What this error was made from. */
  cause?: unknown
  /** Where in the session the bad value is, such as `session.cart[2].price`. */
  path?: string
  /** What to do, where more is known about it than the code says. */
  fix?: string
}

/**
 * The one error class of sessmw.
 *
 * `code` is stable; `status` is the HTTP status that Express answers with (503 where the store is at fault);
 * `fix` says what to do. No message holds a session id, a cookie value or a secret.
 *
 * @example
 * app.use((err, req, res, next) => {
 *   if (err.code === 'store-timeout') return res.status(err.status).send('Please try again.')
 *   next(err)
 * })
 */
export class SessmwError extends Error {
  override readonly name = 'SessmwError'
  readonly code: ErrorCode
  readonly status: number
  readonly title: string
  readonly fix: string
  readonly path: string | undefined

  constructor(code: ErrorCode, message: string, details: SessmwErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    const { status, title, fix } = ERRORS[code]
    this.code = code
    this.status = status
    this.title = title
    this.fix = details.fix ?? fix
    this.path = details.path
  }
}

/** What an error code means and how to fix it, or undefined for a word that is no code. */
export function explainError(code: string): { title: string; fix: string } | undefined {
  return Object.hasOwn(ERRORS, code) ? ERRORS[code as ErrorCode] : undefined
}

/** Whether a value is a `SessmwError`, from either build (ESM or CommonJS) of the package. */
export function isSessmwError(value: unknown): value is SessmwError {
  return value instanceof Error && value.name === 'SessmwError' && 'code' in value
}
