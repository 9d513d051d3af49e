import type { IncomingMessage } from 'node:http'
import type { CookieAttributes, CookieOptions } from '../cookie/set-cookie.js'
import type { SessionBag } from './bag.js'
import type { Clock } from './clock.js'
import type { Logger } from './logger.js'
import type { SessionData } from './session-data.js'
import type { SkipHeader } from './skip.js'
import type { Store } from './store.js'

/** Seconds, or text such as `'30m'`, `'12h'`, `'7d'`. */
export type Duration = number | string

/** What a request gets when the store fails to load its session. */
export type StoreErrorPolicy = 'fail' | 'anonymous'

/** What `session()` and `createSessions()` take. Everything but `secretKey` has a default. */
export interface BaseSessionOptions<Data = SessionData> {
  /** Signs the cookie: one secret, or several with the newest first. The first signs, all verify. 32 bytes or more. */
  readonly secretKey: string | readonly string[]
  /** Where sessions are kept. Default: a new `MemoryStore`, which lives in this process only. */
  readonly store?: Store | undefined
  /** Keeps scripts in the page from reading the cookie. Default true. */
  readonly httpOnly?: boolean | undefined
  /** 0: the cookie ends with the browser. Above: it persists this long, and that is the idle timeout too. Default 0. */
  readonly maxAge?: Duration | undefined
  /** How long a session lives unused. Default 1 day, or `maxAge`. */
  readonly idleTimeout?: Duration | undefined
  /** How long a session lives at all; only a login starts it anew. Default 7 days, or `maxAge` if that is longer. */
  readonly absoluteLifetime?: Duration | undefined
  /** How often activity is written to the store. Default a tenth of the idle timeout, at most 60 s. */
  readonly touchEvery?: Duration | undefined
  /** The property of the request that holds the session. Default `session`. */
  readonly sessionObject?: string | undefined
  /** Requests with such a header have no session: a name, or `{ headerName, headerValue }` where `'*'` is any value. */
  readonly skipSessionHeader?: SkipHeader | readonly SkipHeader[] | undefined
  /** Requests for which this is true have no session. */
  skip?(request: IncomingMessage): boolean
  /** Names the owner from the data at each save, where another package does the login. */
  ownerOf?(data: SessionBag<Data>): string | number | bigint | null | undefined
  /** Cookie attributes for one request, over those of the options. */
  cookie?(request: IncomingMessage): CookieOptions
  /** Whether `X-Forwarded-Proto` counts. Default: as Express's `trust proxy` says. */
  readonly trustProxy?: boolean | undefined
  /** True: nothing is loaded until `await sessionOf(req).load()`. Default false. */
  readonly lazy?: boolean | undefined
  /** When loading fails: `fail` = 503; `anonymous` = a read-only, empty session; or a function that chooses. */
  readonly onStoreError?:
    | StoreErrorPolicy
    | ((error: unknown, request?: IncomingMessage) => StoreErrorPolicy)
    | undefined
  /** Deadline of each store call. Default 2 s. */
  readonly storeTimeout?: Duration | undefined
  /** Most bytes of all encoded fields of one session. Default 65 536. */
  readonly maxBytes?: number | undefined
  /** How deep values may nest; the data itself is level 0. Default 32. */
  readonly maxDepth?: number | undefined
  /** Default: none; warnings are then Node process warnings. */
  readonly logger?: Logger | undefined
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly clock?: Clock | undefined
  /** Makes session ids, for tests. Default: 32 random bytes as base64url. */
  generateId?(): string
}

/** Combinations that browsers accept; `SameSite=None` and `Partitioned` need `Secure`. */
type SecureRules =
  | {
      readonly secure?: true | 'auto' | undefined
      readonly sameSite?: CookieAttributes['sameSite']
      readonly partitioned?: false | undefined
    }
  | {
      readonly secure?: true | undefined
      readonly sameSite?: CookieAttributes['sameSite']
      readonly partitioned?: boolean | undefined
    }
  | {
      readonly secure: boolean | 'auto'
      readonly sameSite?: 'lax' | 'strict' | undefined
      readonly partitioned?: false | undefined
    }

/** What the prefix of a cookie name demands (RFC 6265bis section 4.1.3). */
type PrefixRules<Name extends string> =
  Lowercase<Name> extends `__host-${string}`
    ? { readonly secure?: true | undefined; readonly path?: '/' | undefined; readonly domain?: undefined }
    : Lowercase<Name> extends `__secure-${string}`
      ? {
          readonly secure?: true | undefined
          readonly path?: string | undefined
          readonly domain?: string | undefined
        }
      : { readonly path?: string | undefined; readonly domain?: string | undefined }

/** The options of `session()`; impossible cookies are refused by the compiler, and again when it is called. */
export type SessionOptions<Name extends string = string, Data = SessionData> = BaseSessionOptions<Data> & {
  /** Cookie name. Default `sid`. */
  readonly sessionCookie?: Name | undefined
  readonly priority?: CookieAttributes['priority']
} & SecureRules &
  PrefixRules<Name>
