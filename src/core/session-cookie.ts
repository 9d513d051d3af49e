import type { CookieAttributes } from '../cookie/set-cookie.js'
import { SessmwError } from '../errors.js'
import type { ActiveSession } from './active-session.js'
import { cookieAttributes } from './cookie-policy.js'

/** Browsers cap a cookie's life at 400 days (RFC 6265bis section 5.5). */
const MAX_COOKIE_MS = 34_560_000_000

/**
 * `req.session.cookie`: how the cookie of this session looks, and how long it lives.
 *
 * Setting `maxAge` (or `expires`) makes the cookie persist and sets the idle timeout of this session alone:
 * remember-me. All other attributes belong to the options.
 */
export class SessionCookie {
  readonly #active: ActiveSession

  constructor(active: ActiveSession) {
    this.#active = active
  }

  /** Milliseconds until the session expires; null when the cookie ends with the browser. */
  get maxAge(): number | null {
    const active = this.#active
    if (!active.lifetime.persistent) return null
    const { header, cookie } = active
    const isStored = header !== undefined && header.cookie?.maxAge === cookie?.maxAge
    const { expiresAt } = isStored ? header : active.timesNow()
    return Math.max(0, expiresAt - active.core.now())
  }

  /** Milliseconds of idle time; null: the cookie ends with the browser, and the idle timeout of the options holds. */
  set maxAge(value: number | null | undefined) {
    const active = this.#active
    active.assertWritable()
    if (value === null || value === undefined) active.cookie = { maxAge: 0 }
    else if (typeof value === 'number' && value > 0 && value <= MAX_COOKIE_MS)
      active.cookie = { maxAge: Math.ceil(value) }
    else
      throw new SessmwError(
        'bad-option',
        'cookie.maxAge takes milliseconds, above 0 and up to 400 days, or null.',
      )
  }

  /** When the session expires; null when the cookie ends with the browser. */
  get expires(): Date | null {
    const { maxAge } = this
    return maxAge === null ? null : new Date(this.#active.core.now() + maxAge)
  }

  set expires(value: Date | null | false | undefined) {
    if (value && !(value instanceof Date))
      throw new SessmwError('bad-option', 'cookie.expires takes a Date, or null.')
    this.maxAge = !value ? null : value.getTime() - this.#active.core.now()
  }

  /** The idle timeout in milliseconds if the cookie persists, else null. */
  get originalMaxAge(): number | null {
    const { lifetime } = this.#active
    return lifetime.persistent ? lifetime.idleMs : null
  }

  get httpOnly(): boolean {
    return this.#attributes.httpOnly ?? true
  }

  /** Whether the cookie of this response is `Secure`. */
  get secure(): boolean {
    return this.#attributes.secure ?? true
  }

  get sameSite(): CookieAttributes['sameSite'] {
    return this.#attributes.sameSite
  }

  get path(): string | undefined {
    return this.#attributes.path
  }

  get domain(): string | undefined {
    return this.#attributes.domain
  }

  toJSON(): object {
    const { originalMaxAge, expires, httpOnly, secure, sameSite, path, domain } = this
    return { originalMaxAge, expires, httpOnly, secure, sameSite, path, domain }
  }

  get #attributes(): CookieAttributes {
    const { core, context } = this.#active
    return cookieAttributes(core.options, context) ?? { ...core.options.cookie, secure: true }
  }
}
