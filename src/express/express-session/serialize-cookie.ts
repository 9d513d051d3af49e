/** Attributes as `Cookie.prototype.data` has them; applications put there whatever they like. */
export type CookieData = Readonly<Record<string, unknown>>

/** `token` of RFC 9110 5.6.2. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const DOMAIN = /^\.?[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i
const PATH = /^[\x20-\x3a\x3d-\x7e]*$/

const PRIORITIES: Readonly<Record<string, string>> = { low: 'Low', medium: 'Medium', high: 'High' }
const SAME_SITES: Readonly<Record<string, string>> = {
  true: 'Strict',
  strict: 'Strict',
  lax: 'Lax',
  none: 'None',
}

function refuse(what: string): never {
  throw new TypeError(`${what} is invalid`)
}

function checked(name: string, value: unknown, pattern: RegExp): string {
  return pattern.test(String(value)) ? String(value) : refuse(`option ${name}`)
}

function wordOf(name: string, value: unknown, words: Readonly<Record<string, string>>): string {
  const key = value === true || typeof value === 'string' ? String(value).toLowerCase() : ''
  return (Object.hasOwn(words, key) ? words[key] : undefined) ?? refuse(`option ${name}`)
}

/**
 * A `Set-Cookie` header with the attributes in the order of express-session, which sends `Expires` but no `Max-Age`.
 *
 * @param encoded The value, percent-encoded.
 * @throws TypeError naming the attribute that no cookie may have.
 */
export function serializeCookie(name: string, encoded: string, data: CookieData): string {
  if (!NAME.test(name)) refuse('argument name')
  let header = `${name}=${encoded}`
  const { domain, path, expires } = data
  if (domain) header += `; Domain=${checked('domain', domain, DOMAIN)}`
  if (path) header += `; Path=${checked('path', path, PATH)}`
  if (expires) {
    if (!(expires instanceof Date) || Number.isNaN(expires.valueOf())) refuse('option expires')
    header += `; Expires=${expires.toUTCString()}`
  }
  if (data.httpOnly) header += '; HttpOnly'
  if (data.secure) header += '; Secure'
  if (data.partitioned) header += '; Partitioned'
  if (data.priority) header += `; Priority=${wordOf('priority', data.priority, PRIORITIES)}`
  if (data.sameSite) header += `; SameSite=${wordOf('sameSite', data.sameSite, SAME_SITES)}`
  return header
}
