import type { PreparedHmac } from '../cookie/prepared-hmac.js'
import { type CookieAttributes, formatClearCookie, formatSetCookie } from '../cookie/set-cookie.js'
import { signValue } from '../cookie/signed-value.js'
import type { ActiveSession } from './active-session.js'
import { cookieAttributes } from './cookie-policy.js'
import { warnOnce } from './warnings.js'

/** What the response has to say about the cookie. */
export interface CookieEdit {
  readonly setCookie: string
  /** True when the browser learns a new id, or forgets one: such a response belongs in no cache (RFC 9111). */
  readonly isNewId: boolean
}

/** What the response says about the cookie, now that the store has answered. */
export function cookieEdit(active: ActiveSession): CookieEdit | undefined {
  if (active.gone) return undefined
  if (active.header !== undefined && active.cookieDue !== undefined)
    return sendCookie(active, active.cookieDue)
  if (active.header === undefined && active.clearDue) return clearCookie(active)
  return undefined
}

function sendCookie(active: ActiveSession, code: 'set' | 're-signed' | 're-sent'): CookieEdit | undefined {
  const attributes = sendableAttributes(active)
  if (attributes === undefined) return undefined
  const { header, core } = active
  const { options } = core
  const expiry =
    header !== undefined && active.lifetime.persistent
      ? { expiresAt: header.expiresAt, maxAgeSeconds: Math.ceil((header.expiresAt - core.now()) / 1000) }
      : undefined
  active.cookieDue = undefined
  active.toldId = active.id
  active.cookieCode = code
  const value = signValue(active.id, options.preparedSecrets[0] as PreparedHmac)
  return {
    setCookie: formatSetCookie(options.cookieName, value, attributes, expiry),
    isNewId: code === 'set',
  }
}

function clearCookie(active: ActiveSession): CookieEdit | undefined {
  const attributes = sendableAttributes(active)
  if (attributes === undefined) return undefined
  active.clearDue = false
  active.cookieCode = 'cleared'
  return { setCookie: formatClearCookie(active.core.options.cookieName, attributes), isNewId: true }
}

/** The attributes if the cookie can be sent; otherwise it is withheld, and that is said once. */
export function sendableAttributes(active: ActiveSession): CookieAttributes | undefined {
  const { core, context } = active
  const attributes = cookieAttributes(core.options, context)
  if (attributes !== undefined) return attributes
  active.cookieCode = 'withheld-insecure'
  warnOnce(
    'withheld-insecure',
    `sessmw: the session cookie was not sent, because it is Secure and the request did not come over HTTPS (host ${JSON.stringify(context.host ?? '')}). ` +
      "Behind a proxy that ends TLS: app.set('trust proxy', 1) in Express, or trustProxy: true, and let the proxy send X-Forwarded-Proto. " +
      "Without HTTPS at all: secure: 'auto'.",
    core.options.logger,
  )
  return undefined
}
