import type { CipherKey } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Cookie } from './cookie.js'

/** What stores and sessions of express-session call when they are done. */
export type Callback = (error?: unknown) => void

/** Gives a stored session, or nothing when there is none. */
export type GetCallback = (error?: unknown, session?: SessionRow | null) => void

/** A session as a store keeps it: its data at the top level, and the cookie among them. */
export interface SessionRow {
  cookie: CookieRow
  [key: string]: unknown
}

/** The cookie of a stored session; JSON has made text of the date. */
export interface CookieRow {
  originalMaxAge?: number | null
  expires?: Date | string | null | false
  [key: string]: unknown
}

/** `req.session` as the middleware sees it: a `Session` of this package, or of whatever class the store makes. */
export interface LiveSession {
  id: string
  cookie: Cookie
  touch(): unknown
  save(callback?: Callback): unknown
  reload(callback: Callback): unknown
  destroy(callback?: Callback): unknown
  regenerate(callback: Callback): unknown
  [key: string]: unknown
}

/** What the middleware needs of a store. Third parties bring it, with methods from a `Store` class that may not be ours. */
export interface StoreLike {
  on(event: string, listener: () => void): unknown
  get(sid: string, callback: GetCallback): unknown
  set(sid: string, session: object, callback?: Callback): unknown
  destroy(sid: string, callback?: Callback): unknown
  touch?(sid: string, session: object, callback?: Callback): unknown
  createSession(request: SessionRequest, row: SessionRow): unknown
  regenerate(request: SessionRequest, callback: Callback): unknown
  generate?(request: SessionRequest): void
}

/** A request with what the middleware, Express and cookie-parser put on it. */
export interface SessionRequest extends IncomingMessage {
  session?: LiveSession | null
  sessionID?: string | undefined
  sessionStore?: StoreLike
  secret?: CipherKey
  secure?: boolean
  originalUrl?: string
  cookies?: Record<string, unknown>
  signedCookies?: Record<string, unknown>
}

/** Continues with the next middleware, or with an error. */
export type Next = (error?: unknown) => void

/** The middleware that `session()` makes. */
export type SessionMiddleware = (request: SessionRequest, response: ServerResponse, next: Next) => void

/** Settings of the session cookie. Durations are milliseconds. */
export interface CookieOptions {
  maxAge?: number | Date | null | undefined
  expires?: Date | null | false | undefined
  path?: string | undefined
  domain?: string | undefined
  httpOnly?: boolean | undefined
  secure?: boolean | 'auto' | undefined
  sameSite?: boolean | 'lax' | 'strict' | 'none' | 'auto' | undefined
  partitioned?: boolean | undefined
  priority?: 'low' | 'medium' | 'high' | undefined
}

/** The options of express-session. */
export interface SessionOptions {
  /** Signs the cookie: the first signs, all verify. Left out: `req.secret`, which cookie-parser sets. */
  secret?: CipherKey | readonly CipherKey[] | undefined
  /** Name of the cookie; `connect.sid`. */
  name?: string | undefined
  /** An old name of `name`. */
  key?: string | undefined
  store?: StoreLike | undefined
  /** Settings of the cookie, or a function that gives them for a request. */
  cookie?: CookieOptions | ((request: SessionRequest) => CookieOptions) | undefined
  /** Makes session ids; 24 random bytes as base64url. */
  genid?: ((request: SessionRequest) => string) | undefined
  /** Whether sessions that did not change are saved too. Left out: true, with a deprecation warning. */
  resave?: boolean | undefined
  /** Whether new sessions without data are saved. Left out: true, with a deprecation warning. */
  saveUninitialized?: boolean | undefined
  /** Whether every response carries the cookie, with its expiry moved on. */
  rolling?: boolean | undefined
  /** Whether `X-Forwarded-Proto` tells that a request came over HTTPS. Left out: as Express's `req.secure` says. */
  proxy?: boolean | undefined
  /** What `req.session = null` does to the stored session. */
  unset?: 'destroy' | 'keep' | undefined
}
