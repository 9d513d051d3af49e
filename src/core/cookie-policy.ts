import { type CookieAttributes, type CookieOptions, checkCookie } from '../cookie/set-cookie.js'
import type { RequestContext } from './request-context.js'
import type { ResolvedOptions } from './resolve-options.js'

const LOOPBACK = /^(?:localhost|(?:[a-z0-9-]+\.)+localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i
const PREFIXED = /^__(?:host|secure|http|host-http)-/i

/**
 * The attributes of the cookie for this request; undefined when a `Secure` cookie cannot be sent, because the request
 * did not come over TLS. Outside of production a loopback host gets the cookie without `Secure`: browsers differ
 * in whether they take `Secure` there, and development must work in all of them.
 */
export function cookieAttributes(
  options: ResolvedOptions,
  context: RequestContext,
): CookieAttributes | undefined {
  const cookie = cookieOptions(options, context)
  if (!isSettled(cookie)) return { ...cookie, secure: context.secure ?? true }
  if (!cookie.secure || (context.secure ?? true)) return cookie
  if (process.env.NODE_ENV === 'production' || !LOOPBACK.test(context.host ?? '')) return undefined
  // Without Secure, browsers refuse these everywhere.
  const needsSecure = PREFIXED.test(options.cookieName) || cookie.sameSite === 'none' || cookie.partitioned
  return { ...cookie, secure: needsSecure === true }
}

const isSettled = (cookie: CookieOptions): cookie is CookieAttributes => cookie.secure !== 'auto'

function cookieOptions(options: ResolvedOptions, context: RequestContext): CookieOptions {
  if (options.cookieFor === undefined || context.request === undefined) return options.cookie
  const cookie = { ...options.cookie, ...options.cookieFor(context.request) }
  checkCookie(options.cookieName, cookie)
  return cookie
}
