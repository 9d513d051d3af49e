import type { ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import { ActiveSession } from '../core/active-session.js'
import { attach, attachedTo } from '../core/attached.js'
import { createSessions } from '../core/create-sessions.js'
import { open, openLazily } from '../core/open.js'
import type { SessionOptions } from '../core/options.js'
import type { SessionData } from '../core/session-data.js'
import { coreOf, type Sessions } from '../core/sessions.js'
import type { SessionsCore } from '../core/sessions-core.js'
import { SessmwError } from '../errors.js'
import { holdResponse } from './hold.js'
import { HttpContext, type HttpRequest } from './http-context.js'
import { preferHashTables } from './prefer-hash-tables.js'
import { type Next, publishRequest, ResponseHooks } from './response-hooks.js'
import { retryLater } from './session-headers.js'

/** The middleware: for Express 4 and 5, connect, and plain `node:http` (then `await` it, or pass a function as `next`). */
export interface SessionMiddleware<Data = SessionData> {
  (request: HttpRequest, response: ServerResponse | Http2ServerResponse, next: Next): void
  (request: HttpRequest, response: ServerResponse | Http2ServerResponse): Promise<void>
  /** All sessions of this middleware: list, revoke, events. */
  readonly sessions: Sessions<Data>
}

/**
 * Puts the session on the request, as `req.session`, and saves it before the first byte of the response.
 *
 * @throws SessmwError `bad-option`, `bad-cookie` or `bad-secret`, naming the option and what fits.
 *
 * @example
 * app.use(session({ secretKey: process.env.SESSION_SECRET! }))
 * app.get('/', (req, res) => {
 *   req.session.visits = (req.session.visits ?? 0) + 1
 *   res.send(`visit ${req.session.visits}`)
 * })
 */
export function session<Data = SessionData, const Name extends string = string>(
  options: SessionOptions<Name, Data> | Sessions<Data>,
): SessionMiddleware<Data> {
  const sessions = isSessions(options) ? options : createSessions<Data, Name>(options)
  const core = coreOf(sessions) as SessionsCore
  const middleware = (
    request: HttpRequest,
    response: ServerResponse,
    next?: Next,
  ): Promise<void> | undefined => {
    if (next !== undefined) {
      handle(core, request, response, next)
      return undefined
    }
    return new Promise((resolve, reject) => {
      handle(core, request, response, undefined, (error) => (error === undefined ? resolve() : reject(error)))
    })
  }
  return Object.assign(middleware, { sessions }) as SessionMiddleware<Data>
}

function isSessions<Data>(options: object): options is Sessions<Data> {
  return coreOf(options) !== undefined
}

function handle(
  core: SessionsCore,
  request: HttpRequest,
  response: ServerResponse,
  next: Next | undefined,
  ready: Next = next as Next,
): void {
  const present = attachedTo(request)
  const clash = clashWith(core, present)
  const context = new HttpContext(request, core.options.trustProxy)
  if (present.some((active) => active.core === core)) ready()
  else if (clash !== undefined) ready(clash)
  else if (isSkipped(core, context)) skip(new ActiveSession(core, context), ready)
  else load(core, context, (active) => mount(active, request, response, next, ready))
}

function isSkipped({ options }: SessionsCore, { request }: HttpContext): boolean {
  return options.skip?.(request) === true || options.skipHeader?.(request.headers) === true
}

function load(core: SessionsCore, context: HttpContext, begin: (active: ActiveSession) => void): void {
  const { cookie } = context.request.headers
  const opened = core.options.lazy ? openLazily(core, cookie, context) : open(core, cookie, context)
  if (!(opened instanceof Promise)) begin(opened)
  // What a handler throws is no rejection of ours: it goes where it goes without sessions.
  else opened.then(begin).catch(raiseLater)
}

function raiseLater(error: unknown): void {
  process.nextTick(raise, error)
}

function raise(error: unknown): never {
  throw error
}

function mount(
  active: ActiveSession,
  request: HttpRequest,
  response: ServerResponse,
  next: Next | undefined,
  ready: Next,
): void {
  preferHashTables(request, response)
  attach(request, active)
  if (active.loadError !== undefined) {
    onClose(response, () => publishRequest(active))
    if (typeof response.setHeader === 'function') retryLater(response, active.loadError)
    ready(active.loadError)
    return
  }
  // engine.io hands a WebSocket upgrade a response that has no headers to read.
  if (typeof response.getHeaders === 'function' && !response.destroyed) {
    active.headersSent = response.headersSent
    const hooks = new ResponseHooks(active, response, next)
    holdResponse(response, hooks)
    hooks.heldWriteHead = response.writeHead
    onClose(response, () => hooks.closed())
  } else {
    // A WebSocket upgrade, or a client that has gone: no cookie can be sent, and only explicit operations save.
    active.headersSent = true
    active.ended = true
    active.operations.closed = true
    publishRequest(active)
  }
  active.holder = request as unknown as Record<string, unknown>
  active.show()
  ready()
}

function onClose(response: ServerResponse, listener: () => void): void {
  if (typeof response.on === 'function') response.on('close', listener)
}

function skip(active: ActiveSession, ready: Next): void {
  active.loadCode = 'skipped'
  publishRequest(active)
  ready()
}

function clashWith(core: SessionsCore, present: readonly ActiveSession[]): SessmwError | undefined {
  const { cookieName, sessionObject } = core.options
  for (const { core: other } of present) {
    const { options } = other
    if (other === core) return undefined
    if (options.cookieName !== cookieName && options.sessionObject !== sessionObject) continue
    const shared =
      options.cookieName === cookieName ? `sessionCookie "${cookieName}"` : `sessionObject "${sessionObject}"`
    return new SessmwError('duplicate-middleware', `Two session middlewares of this request share ${shared}.`)
  }
  return undefined
}
