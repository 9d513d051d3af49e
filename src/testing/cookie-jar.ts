import type { Clock } from '../core/clock.js'
import { domainMatches, isTrustworthy, type JarCookie, parseSetCookie, pathMatches } from './set-cookie.js'

const MAX_REDIRECTS = 20
const REDIRECTS = [301, 302, 303, 307, 308]

/** Options of `cookieJar`. */
export interface CookieJarOptions {
  /** Milliseconds since 1970, for expiry; `Date.now`. */
  readonly clock?: Clock
}

/** The cookies of one browser. */
export interface CookieJar {
  /** Takes the `Set-Cookie` headers of a response from this address; those that a browser would refuse are left out. */
  store(url: string | URL, setCookieHeaders: readonly string[]): void
  /** The `Cookie` header of a request to this address, or undefined when no cookie goes there. */
  header(url: string | URL): string | undefined
  /** The cookies that have not expired. */
  list(): JarCookie[]
  /** Closes the browser: cookies without an expiry go. */
  endBrowserSession(): void
  /** `fetch` with these cookies. Redirects are followed as by a browser, cookies kept at each, unless `init.redirect` says otherwise. */
  fetch(url: string | URL, init?: RequestInit): Promise<Response>
}

const isSame = (one: JarCookie, other: JarCookie): boolean =>
  one.name === other.name &&
  one.domain === other.domain &&
  one.hostOnly === other.hostOnly &&
  one.path === other.path

/** RFC 6265bis 5.7: a page in clear text cannot cover a `Secure` cookie with one of its own. */
const isCovered = (old: JarCookie, added: JarCookie): boolean =>
  old.secure &&
  old.name === added.name &&
  (domainMatches(old.domain, added.domain) || domainMatches(added.domain, old.domain)) &&
  pathMatches(added.path, old.path)

class Jar implements CookieJar {
  readonly #clock: Clock
  #cookies: JarCookie[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  store(url: string | URL, setCookieHeaders: readonly string[]): void {
    const from = new URL(url)
    for (const header of setCookieHeaders) {
      const cookie = parseSetCookie(from, header, this.#clock())
      if (cookie !== null) this.#put(cookie, isTrustworthy(from))
    }
  }

  header(url: string | URL): string | undefined {
    const to = new URL(url)
    const fits = (cookie: JarCookie): boolean =>
      (cookie.hostOnly ? to.hostname === cookie.domain : domainMatches(to.hostname, cookie.domain)) &&
      pathMatches(to.pathname, cookie.path) &&
      (!cookie.secure || isTrustworthy(to))
    // RFC 6265bis 5.8.3: longer paths first; among equals the older cookie, which the stable sort keeps.
    const sent = this.list().filter(fits)
    sent.sort((one, other) => other.path.length - one.path.length || one.createdAt - other.createdAt)
    if (sent.length === 0) return undefined
    return sent.map(({ name, value }) => (name === '' ? value : `${name}=${value}`)).join('; ')
  }

  list(): JarCookie[] {
    const now = this.#clock()
    this.#cookies = this.#cookies.filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now)
    return [...this.#cookies]
  }

  endBrowserSession(): void {
    this.#cookies = this.#cookies.filter(({ expiresAt }) => expiresAt !== undefined)
  }

  async fetch(url: string | URL, init: RequestInit = {}): Promise<Response> {
    let to = new URL(url)
    let request = init
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
      const response = await this.#send(to, request)
      const location = REDIRECTS.includes(response.status) ? response.headers.get('location') : null
      if (location === null || init.redirect === 'manual') return response
      await response.body?.cancel()
      if (init.redirect === 'error') throw new TypeError(`${to} redirects, and redirect is 'error'.`)
      const next = new URL(location, to)
      request = redirected(request, response.status, next.origin === to.origin)
      to = next
    }
    throw new TypeError(`More than ${MAX_REDIRECTS} redirects from ${url}.`)
  }

  async #send(to: URL, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers)
    const cookies = [headers.get('cookie'), this.header(to)].filter((text) => text)
    if (cookies.length > 0) headers.set('cookie', cookies.join('; '))
    const response = await fetch(to, { ...init, headers, redirect: 'manual' })
    this.store(to, response.headers.getSetCookie())
    return response
  }

  #put(cookie: JarCookie, isSecurePage: boolean): void {
    if (!isSecurePage && this.list().some((old) => isCovered(old, cookie))) return
    const at = this.#cookies.findIndex((old) => isSame(old, cookie))
    const createdAt = this.#cookies[at]?.createdAt ?? cookie.createdAt
    this.#cookies.splice(at < 0 ? this.#cookies.length : at, 1, { ...cookie, createdAt })
  }
}

/** The request after a redirect, as the Fetch standard has it (HTTP-redirect fetch, steps 12 and 13). */
function redirected(init: RequestInit, status: number, isSameOrigin: boolean): RequestInit {
  const headers = new Headers(init.headers)
  if (!isSameOrigin) for (const name of ['authorization', 'cookie']) headers.delete(name)
  const method = (init.method ?? 'GET').toUpperCase()
  const becomesGet =
    (status === 303 && method !== 'GET' && method !== 'HEAD') || (status <= 302 && method === 'POST')
  if (!becomesGet) return { ...init, headers }
  for (const name of [
    'content-type',
    'content-length',
    'content-encoding',
    'content-language',
    'content-location',
  ])
    headers.delete(name)
  return { ...init, headers, method: 'GET', body: null }
}

/**
 * A cookie jar that keeps to RFC 6265bis as browsers do: prefixes, `Secure`, host and path, expiry. It takes every
 * request for a same-site one.
 *
 * @example
 * const jar = cookieJar()
 * await jar.fetch(`${origin}/login`, { method: 'POST' })
 * const page = await jar.fetch(`${origin}/account`)
 */
export function cookieJar({ clock = Date.now }: CookieJarOptions = {}): CookieJar {
  return new Jar(clock)
}
