import type { IncomingMessage, ServerResponse } from 'node:http'
import { coreOf, type Sessions } from '../core/sessions.js'
import { SessmwError } from '../errors.js'
import { settingsOf } from '../express/express-session/settings.js'
import { accessBy } from './access.js'
import { answerError } from './answer.js'
import { followCore } from './core-watcher.js'
import { followExpress } from './express-watcher.js'
import { checkOptions, type InspectorOptions } from './options.js'
import type { Recorder } from './recorder.js'
import { respond } from './respond.js'
import { answer } from './routes.js'

/** The inspector as a handler for Express 4 and 5, connect and `node:http`. */
export type Inspector = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: (error?: unknown) => void,
) => void

/** The middleware that `session()` makes, also that of `sessmw/express-session`. */
export type SessionMiddleware = (request: never, response: never, next: never) => void

/**
 * Shows the living sessions: a page at its mount path, and the dump at `sessions.json` below it. It reads through the
 * store alone, so looking creates, touches and extends nothing; mount it before `session()`.
 *
 * @throws SessmwError `inspector-in-production` in production, unless `allowInProduction` and `auth` are given;
 *   `bad-option` for options that cannot be used.
 *
 * @example
 * const sessions = createSessions({ secretKey: process.env.SESSION_SECRET! })
 * if (process.env.NODE_ENV !== 'production') app.use('/__sessmw', inspector(sessions))
 * app.use(session(sessions))
 */
export function inspector<Data>(
  sessions: Sessions<Data> | SessionMiddleware,
  options: InspectorOptions = {},
): Inspector {
  return createInspector(sessions, options, (text) => process.stderr.write(text))
}

/** `inspector()` with a say in where the link goes. */
export function createInspector<Data>(
  sessions: Sessions<Data> | SessionMiddleware,
  options: InspectorOptions,
  write: (text: string) => void,
): Inspector {
  const { auth, readOnly = false, reveal = false, redact = [], visible, allowedHosts = [] } = options
  const { allowInProduction = false } = options
  checkOptions(options)
  const follow = followerOf(sessions)
  if (process.env.NODE_ENV === 'production' && !(allowInProduction && auth !== undefined)) {
    const message =
      'inspector() shows the data of every session, so it does not run with NODE_ENV=production.'
    throw new SessmwError('inspector-in-production', message)
  }
  const access = accessBy(auth, write)
  const parts = {
    recorder: follow(),
    access,
    guards: { allowedHosts, loopbackOnly: auth === undefined },
    ...{ rules: { reveal, redact }, readOnly, visible },
  }
  return (request, response, next) => {
    answer(parts, request)
      .then((found) => respond(response, found))
      .catch((error: unknown) => fail(error, response, next))
  }
}

/** What begins to follow the sessions; nothing does before all checks have passed. */
function followerOf(sessions: unknown): () => Recorder {
  const ofMiddleware = typeof sessions === 'function' ? Reflect.get(sessions, 'sessions') : undefined
  const core = coreOf(sessions) ?? coreOf(ofMiddleware)
  if (core !== undefined) return () => followCore(core)
  const settings = settingsOf(sessions)
  if (settings !== undefined) return () => followExpress(settings)
  const message =
    'inspector() takes what createSessions() returns, or the middleware that session() of sessmw or of sessmw/express-session returns.'
  throw new SessmwError('bad-option', message)
}

/** What a function given as `auth` threw goes where the application's own errors go. */
function fail(error: unknown, response: ServerResponse, next: ((error: unknown) => void) | undefined): void {
  if (next !== undefined) next(error)
  else if (response.headersSent) response.destroy()
  else {
    const { status, body } = answerError(
      500,
      'failed',
      'The inspector failed; its auth function may have thrown.',
    )
    response.writeHead(status).end(body)
  }
}
