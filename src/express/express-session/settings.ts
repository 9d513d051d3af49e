import type { CipherKey } from 'node:crypto'
import { CheckedCookies } from '../../cookie/checked-cookies.js'
import { PreparedSecrets } from '../../cookie/prepared-secrets.js'
import { shared } from '../../core/shared.js'
import { deprecate } from './deprecate.js'
import { MemoryStore } from './memory-store.js'
import { newId } from './new-id.js'
import type { CookieOptions, SessionOptions, SessionRequest, StoreLike } from './types.js'

/** What became of the cookie of a request: it named no session, one that the store has not, or one that it has. */
export type LoadOutcome = 'no-id' | 'unknown' | 'loaded' | 'store-error'

/** Told of each request; put there by the inspector. */
export interface Observer {
  onLoad?: (request: SessionRequest, sid: string | undefined, outcome: LoadOutcome) => void
}

/** The options with every default filled in. */
export interface Settings {
  readonly observer: Observer
  readonly cookie: CookieOptions | ((request: SessionRequest) => CookieOptions)
  readonly generateId: (request: SessionRequest) => string
  readonly name: string
  readonly store: StoreLike
  /** Whether the store can touch; a store that learns it later is not asked. */
  readonly canTouch: boolean
  readonly trustProxy: boolean | undefined
  readonly resave: boolean
  readonly rolling: boolean
  readonly saveUninitialized: boolean
  /** Undefined: each request brings its own, `req.secret`. */
  readonly secrets: readonly CipherKey[] | undefined
  readonly preparedSecrets: PreparedSecrets
  readonly unsetDestroys: boolean
  readonly verified: CheckedCookies<{ readonly id: string; readonly secret: CipherKey }>
}

const settingsOfMiddleware = shared('express-session', () => new WeakMap<object, Settings>())

/** The settings of a middleware that `session()` made, in either build; undefined for anything else. */
export function settingsOf(middleware: unknown): Settings | undefined {
  return typeof middleware === 'function' ? settingsOfMiddleware.get(middleware) : undefined
}

/** Notes the settings of a middleware, for tools that are given the middleware. */
export function noteSettings(middleware: object, settings: Settings): void {
  settingsOfMiddleware.set(middleware, settings)
}

/** Depth of the app's call of `session()`, seen from here. */
const APP = 2

/** @throws TypeError for options that express-session refuses too. */
export function settle(options: SessionOptions): Settings {
  const generateId = options.genid || newId
  if (typeof generateId !== 'function') throw new TypeError('genid option must be a function')
  if (options.resave === undefined) deprecate('undefined resave option; provide resave option', APP)
  if (options.saveUninitialized === undefined)
    deprecate('undefined saveUninitialized option; provide saveUninitialized option', APP)
  const { unset } = options
  if (unset && unset !== 'destroy' && unset !== 'keep')
    throw new TypeError('unset option must be "destroy" or "keep"')
  const store = options.store || new MemoryStore()
  const secrets = secretsOf(options.secret)
  if (secrets === undefined) deprecate('req.secret; provide secret option', APP)
  return {
    observer: {},
    cookie: options.cookie || {},
    generateId,
    name: options.name || options.key || 'connect.sid',
    store,
    canTouch: typeof store.touch === 'function',
    trustProxy: options.proxy,
    resave: options.resave === undefined || Boolean(options.resave),
    rolling: Boolean(options.rolling),
    saveUninitialized: options.saveUninitialized === undefined || Boolean(options.saveUninitialized),
    secrets,
    preparedSecrets: new PreparedSecrets(),
    unsetDestroys: unset === 'destroy',
    verified: new CheckedCookies(10_000),
  }
}

function secretsOf(secret: SessionOptions['secret']): readonly CipherKey[] | undefined {
  if (!Array.isArray(secret)) return secret ? [secret as CipherKey] : undefined
  if (secret.length === 0) throw new TypeError('secret option array must contain one or more strings')
  return secret
}

/** The cookie settings for a request. */
export function cookieOptionsFor(settings: Settings, request: SessionRequest): CookieOptions {
  return typeof settings.cookie === 'function' ? settings.cookie(request) : settings.cookie
}

/** Whether a request came over HTTPS. */
export function isSecure(request: SessionRequest, trustProxy: boolean | undefined): boolean {
  if (request.connection && 'encrypted' in request.connection && request.connection.encrypted) return true
  if (trustProxy === false) return false
  if (trustProxy !== true) return request.secure === true
  const [protocol = ''] = String(request.headers['x-forwarded-proto'] ?? '').split(',', 1)
  return protocol.trim().toLowerCase() === 'https'
}
