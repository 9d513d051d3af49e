import { parseCookieDate } from './cookie-date.js'

/** One cookie as a browser keeps it. Times are milliseconds since 1970. */
export interface JarCookie {
  readonly name: string
  readonly value: string
  readonly domain: string
  /** Sent to exactly this host; otherwise to its subdomains too. */
  readonly hostOnly: boolean
  readonly path: string
  readonly secure: boolean
  readonly httpOnly: boolean
  /** In lower case, as the server wrote it. */
  readonly sameSite: string | undefined
  readonly partitioned: boolean
  /** Undefined: until the browser is closed. */
  readonly expiresAt: number | undefined
  readonly createdAt: number
}

/** RFC 6265bis 5.5: longer lifetimes count as this one. */
const MAX_LIFETIME_MS = 400 * 86_400_000

/** RFC 6265bis 5.6: browsers drop longer cookies, and ignore longer attributes. */
const MAX_COOKIE_BYTES = 4096
const MAX_ATTRIBUTE_BYTES = 1024

/** Control characters but the tab, in ASCII: browsers drop such a header whole. */
const CONTROLS = /[^\P{Cc}\t\u0080-\u009f]/u

type Attributes = ReadonlyMap<string, string>

/** Whether a browser treats this address as safe from eavesdroppers: HTTPS, and this machine. */
export function isTrustworthy({ protocol, hostname }: URL): boolean {
  if (protocol === 'https:' || protocol === 'wss:') return true
  return /^(?:(?:.+\.)?localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)
}

const isAddress = (host: string): boolean => /^(?:\[.*\]|\d+\.\d+\.\d+\.\d+)$/.test(host)

/** RFC 6265bis 5.1.3. */
export function domainMatches(host: string, domain: string): boolean {
  return host === domain || (!isAddress(host) && host.endsWith(`.${domain}`))
}

/** RFC 6265bis 5.1.4. */
export function pathMatches(path: string, cookiePath: string): boolean {
  if (path === cookiePath) return true
  return path.startsWith(cookiePath) && (cookiePath.endsWith('/') || path[cookiePath.length] === '/')
}

function defaultPath(pathname: string): string {
  return pathname.slice(0, Math.max(1, pathname.lastIndexOf('/')))
}

function splitPair(text: string): [name: string, value: string] {
  const at = text.indexOf('=')
  return at < 0 ? ['', text.trim()] : [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}

function readAttributes(texts: readonly string[]): Attributes {
  const attributes = new Map<string, string>()
  for (const text of texts) {
    const at = text.indexOf('=')
    const name = (at < 0 ? text : text.slice(0, at)).trim().toLowerCase()
    const value = at < 0 ? '' : text.slice(at + 1).trim()
    if (Buffer.byteLength(value) <= MAX_ATTRIBUTE_BYTES) attributes.set(name, value)
  }
  return attributes
}

/** `Max-Age` counts before `Expires`, whatever their order. */
function expiryOf(attributes: Attributes, now: number): number | undefined {
  const seconds = attributes.get('max-age') ?? ''
  if (/^-?\d+$/.test(seconds)) {
    return Number(seconds) <= 0
      ? Number.NEGATIVE_INFINITY
      : now + Math.min(Number(seconds) * 1000, MAX_LIFETIME_MS)
  }
  const date = parseCookieDate(attributes.get('expires') ?? '')
  return date === undefined ? undefined : Math.min(date, now + MAX_LIFETIME_MS)
}

/** The domain a cookie is for; null when this host may not set it. Single labels stand for the list of public suffixes. */
function scopeOf(host: string, attributes: Attributes): { domain: string; hostOnly: boolean } | null {
  const domain = (attributes.get('domain') ?? '').replace(/^\./, '').toLowerCase()
  if (domain === '') return { domain: host, hostOnly: true }
  const isSuffix = !domain.includes('.')
  if (isSuffix || isAddress(host)) return domain === host ? { domain: host, hostOnly: true } : null
  return domainMatches(host, domain) ? { domain, hostOnly: false } : null
}

function breaksPrefix(cookie: JarCookie, attributes: Attributes): boolean {
  const name = cookie.name.toLowerCase()
  const nameless = cookie.name === '' && /^__(?:host|secure)-/i.test(cookie.value)
  if (nameless || (name.startsWith('__secure-') && !cookie.secure)) return true
  const isHostCookie = cookie.secure && !attributes.get('domain') && attributes.get('path') === '/'
  return name.startsWith('__host-') && !isHostCookie
}

/**
 * The cookie that a browser makes of one `Set-Cookie` header of a response from `url`, or null where it refuses it
 * (RFC 6265bis 5.6 and 5.7, except for the public suffix list and what hangs on the page a request came from).
 */
export function parseSetCookie(url: URL, header: string, now: number): JarCookie | null {
  if (CONTROLS.test(header)) return null
  const [pair = '', ...rest] = header.split(';')
  const [name, value] = splitPair(pair)
  if (name === '' && value === '') return null
  if (Buffer.byteLength(name) + Buffer.byteLength(value) > MAX_COOKIE_BYTES) return null
  const attributes = readAttributes(rest)
  const scope = scopeOf(url.hostname, attributes)
  if (scope === null) return null
  const path = attributes.get('path') ?? ''
  const cookie: JarCookie = {
    name,
    value,
    ...scope,
    path: path.startsWith('/') ? path : defaultPath(url.pathname),
    secure: attributes.has('secure'),
    httpOnly: attributes.has('httponly'),
    sameSite: attributes.get('samesite')?.toLowerCase(),
    partitioned: attributes.has('partitioned'),
    expiresAt: expiryOf(attributes, now),
    createdAt: now,
  }
  const needsSecure = cookie.sameSite === 'none' || cookie.partitioned
  if ((needsSecure && !cookie.secure) || (cookie.secure && !isTrustworthy(url))) return null
  return breaksPrefix(cookie, attributes) ? null : cookie
}
