import type { ServerResponse } from 'node:http'
import { preferHashTables } from '../prefer-hash-tables.js'
import { Cookie } from './cookie.js'
import { debug } from './debug-log.js'
import { MemoryStore } from './memory-store.js'
import { RequestSession } from './request-session.js'
import { Session, type SessionOwner } from './session.js'
import { cookieOptionsFor, isSecure, noteSettings, type Settings, settle } from './settings.js'
import type { LiveSession, Next, SessionMiddleware, SessionOptions, SessionRequest } from './types.js'

const NOT_FOR_PRODUCTION =
  'Warning: the MemoryStore of sessmw/express-session is not made for production: it never forgets\n' +
  'a session without expiry, and each process has its own.\n'

/**
 * The session middleware with the options and the behaviour of express-session 1.19.
 *
 * What differs: the response leaves when the session is saved, a session that could not be saved gives no cookie, and
 * a session that was destroyed is not saved again by an older request of this process.
 *
 * @throws TypeError for options that express-session refuses too.
 */
export function createMiddleware(options?: SessionOptions | null): SessionMiddleware {
  const settings = settle(options || {})
  const { store } = settings
  if (process.env.NODE_ENV === 'production' && store instanceof MemoryStore)
    process.stderr.write(NOT_FOR_PRODUCTION)
  store.generate = (request) => generate(settings, request)
  let ready = true
  store.on('disconnect', () => {
    ready = false
  })
  store.on('connect', () => {
    ready = true
  })
  function session(request: SessionRequest, response: ServerResponse, next: Next): void {
    if (request.session) next()
    else if (!ready) pass('store is disconnected', next)
    else if (!pathnameOf(request).startsWith(cookieOptionsFor(settings, request).path || '/'))
      pass('pathname mismatch', next)
    else open(settings, request, response, next)
  }
  noteSettings(session, settings)
  return session
}

function pass(reason: string, next: Next): void {
  debug(reason)
  next()
}

function open(settings: Settings, request: SessionRequest, response: ServerResponse, next: Next): void {
  const secrets = settings.secrets ?? (request.secret ? [request.secret] : undefined)
  if (secrets === undefined) {
    next(new Error('secret option required for sessions'))
    return
  }
  preferHashTables(request, response)
  request.sessionStore = settings.store
  new RequestSession(settings, secrets, request, response, next).open()
}

function generate(settings: Settings, request: SessionRequest): void {
  request.sessionID = settings.generateId(request)
  const session = new Session(request as SessionOwner)
  request.session = session as unknown as LiveSession
  session.cookie = new Cookie(cookieOptionsFor(settings, request))
  const { secure, sameSite } = settings.cookie as { secure?: unknown; sameSite?: unknown }
  if (secure !== 'auto' && sameSite !== 'auto') return
  const encrypted = isSecure(request, settings.trustProxy)
  if (secure === 'auto') session.cookie.secure = encrypted
  if (sameSite === 'auto') session.cookie.sameSite = encrypted ? 'none' : 'lax'
}

/** The path that the client asked for, also where a router has taken a part of it away. */
function pathnameOf({ originalUrl, url }: SessionRequest): string {
  const target = typeof originalUrl === 'string' ? originalUrl : (url ?? '')
  if (target.startsWith('/')) return target.split(/[?#]/, 1)[0] as string
  return (URL.canParse(target) ? new URL(target).pathname : target) || '/'
}
