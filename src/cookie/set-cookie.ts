import { SessmwError } from '../errors.js'

/** What a `Set-Cookie` header says beside name, value and expiry. What is left out is not sent. */
export interface CookieAttributes {
  /** The URL path that the cookie is for; the folder of the request's path when left out. */
  readonly path?: string | undefined
  /** A host that gets the cookie together with its subdomains; only the answering host when left out. */
  readonly domain?: string | undefined
  /** Hides the cookie from scripts. */
  readonly httpOnly?: boolean | undefined
  /** Only over HTTPS. */
  readonly secure?: boolean | undefined
  /** Whether requests that other sites cause carry the cookie. */
  readonly sameSite?: 'lax' | 'strict' | 'none' | undefined
  /** One cookie jar per top-level site (CHIPS). */
  readonly partitioned?: boolean | undefined
  /** What Chromium evicts first when a site has too many cookies. */
  readonly priority?: 'low' | 'medium' | 'high' | undefined
}

/** When a persistent cookie ends: `expiresAt` in milliseconds since 1970, for clients that know no `Max-Age`. */
export interface CookieExpiry {
  readonly expiresAt: number
  readonly maxAgeSeconds: number
}

/** Browsers drop a cookie whose name and value together are longer (RFC 6265bis 5.6). */
const MAX_PAIR_OCTETS = 4096

const EPOCH: CookieExpiry = { expiresAt: 0, maxAgeSeconds: 0 }

/** The words of attributes as RFC 6265bis writes them. */
const WRITTEN = { lax: 'Lax', strict: 'Strict', none: 'None', low: 'Low', medium: 'Medium', high: 'High' }

/**
 * A `Set-Cookie` header. Without `expiry`, the cookie ends with the browser. Name and attributes must have passed
 * `checkCookie`, and the value must be percent-encoded: nothing is escaped here.
 *
 * @throws SessmwError `bad-cookie` when name and value are longer than browsers keep.
 */
export function formatSetCookie(
  name: string,
  value: string,
  attributes: CookieAttributes,
  expiry?: CookieExpiry,
): string {
  const { path, domain, httpOnly, secure, sameSite, partitioned, priority } = attributes
  const octets = name.length + value.length
  if (octets > MAX_PAIR_OCTETS) {
    const size = `Cookie "${name}" has ${octets} octets of name and value; browsers keep at most ${MAX_PAIR_OCTETS}.`
    throw new SessmwError('bad-cookie', `${size} Use a shorter session id.`)
  }
  let header = `${name}=${value}`
  if (expiry) header += `; Max-Age=${Math.max(0, Math.floor(expiry.maxAgeSeconds))}`
  if (domain) header += `; Domain=${domain}`
  if (path) header += `; Path=${path}`
  if (expiry) header += `; Expires=${new Date(expiry.expiresAt).toUTCString()}`
  if (httpOnly) header += '; HttpOnly'
  if (secure) header += '; Secure'
  if (sameSite) header += `; SameSite=${WRITTEN[sameSite]}`
  if (partitioned) header += '; Partitioned'
  if (priority) header += `; Priority=${WRITTEN[priority]}`
  return header
}

/** A `Set-Cookie` header that removes the cookie. Browsers only obey one that repeats the attributes it was set with. */
export function formatClearCookie(name: string, attributes: CookieAttributes): string {
  return formatSetCookie(name, '', attributes, EPOCH)
}

/** Attributes as options have them: `'auto'` means `Secure` exactly on requests that came over HTTPS. */
export type CookieOptions = Omit<CookieAttributes, 'secure'> & {
  readonly secure?: boolean | 'auto' | undefined
}

/** Browsers ignore attributes that are longer (RFC 6265bis 5.6). */
const MAX_ATTRIBUTE_OCTETS = 1024
/** Leaves most of the 4096 octets of name and value to the value. */
const MAX_NAME_OCTETS = 256

/** `token` of RFC 9110 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** `av-octet` of RFC 6265bis 4.1.1: no control characters, no `;`, no characters beyond ASCII. */
const PATH = /^\/[\x20-\x3a\x3c-\x7e]*$/
/** One label of a host name, RFC 1123 2.1. */
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i

const SWITCHES = ['httpOnly', 'partitioned'] as const
const WORDS = { sameSite: ['lax', 'strict', 'none'], priority: ['low', 'medium', 'high'] } as const

/** What browsers demand of a cookie with such a name, whatever its case (RFC 6265bis 5.7 steps 20-23). */
const PREFIXES = [
  { prefix: '__Host-Http-', host: true, http: true },
  { prefix: '__Host-', host: true, http: false },
  { prefix: '__Http-', host: false, http: true },
  { prefix: '__Secure-', host: false, http: false },
] as const

function refuse(message: string): never {
  throw new SessmwError('bad-cookie', message)
}

function checkName(name: unknown): asserts name is string {
  if (typeof name !== 'string' || name === '')
    refuse('The cookie name must be non-empty text, such as "sid".')
  if (name.length > MAX_NAME_OCTETS)
    refuse(`The cookie name has ${name.length} characters; use at most ${MAX_NAME_OCTETS}.`)
  if (!TOKEN.test(name))
    refuse(
      `The cookie name ${JSON.stringify(name)} has characters that no cookie name may have; use letters, digits, "-" and "_".`,
    )
}

function checkPath(path: unknown): void {
  if (path === undefined) return
  if (typeof path !== 'string' || !PATH.test(path))
    refuse(
      `The cookie path ${show(path)} must be text that starts with "/" and has only printable ASCII and no ";".`,
    )
  if (path.length > MAX_ATTRIBUTE_OCTETS)
    refuse(
      `The cookie path has ${path.length} characters; browsers ignore more than ${MAX_ATTRIBUTE_OCTETS}.`,
    )
}

function checkDomain(domain: unknown): void {
  if (domain === undefined) return
  const host = typeof domain === 'string' ? domain.replace(/^\./, '') : ''
  if (host.length > 253 || !host.split('.').every((label) => LABEL.test(label)))
    refuse(
      `The cookie domain ${show(domain)} must be a host name such as "example.com", without protocol, port and path. Leave domain out unless subdomains must share the cookie.`,
    )
}

function checkValues(attributes: CookieOptions): void {
  for (const key of SWITCHES) {
    const value: unknown = attributes[key]
    if (value !== undefined && typeof value !== 'boolean')
      refuse(`The cookie attribute ${key} must be true or false, not ${show(value)}.`)
  }
  const secure: unknown = attributes.secure
  if (secure !== undefined && typeof secure !== 'boolean' && secure !== 'auto')
    refuse(`The cookie attribute secure must be true, false or 'auto', not ${show(secure)}.`)
  for (const key of ['sameSite', 'priority'] as const) {
    const value: unknown = attributes[key]
    const words: readonly unknown[] = WORDS[key]
    if (value !== undefined && !words.includes(value))
      refuse(`The cookie attribute ${key} must be '${WORDS[key].join("', '")}', not ${show(value)}.`)
  }
}

function checkPrefix(name: string, { secure, path, domain, httpOnly }: CookieOptions): void {
  const rule = PREFIXES.find(({ prefix }) => name.toLowerCase().startsWith(prefix.toLowerCase()))
  if (!rule) return
  const demand = (met: boolean, what: string): void => {
    if (!met) refuse(`Browsers refuse the cookie "${name}": names with ${rule.prefix} need ${what}.`)
  }
  demand(secure === true, `secure: true${secure === 'auto' ? " ('auto' is not enough)" : ''}`)
  if (rule.host) {
    demand(path === '/', `path: '/'`)
    demand(domain === undefined, 'domain left out')
  }
  if (rule.http) demand(httpOnly === true, 'httpOnly: true')
}

const show = (value: unknown): string =>
  typeof value === 'string' ? JSON.stringify(value) : `(${typeof value})`

/**
 * Refuses a cookie that browsers would drop, or that would let its name or attributes write more of the header than
 * they should (CVE-2024-47764). Attributes that are left out count as not sent.
 *
 * @throws SessmwError `bad-cookie`, whose message names the attribute and what to do.
 */
export function checkCookie(name: string, attributes: CookieOptions): void {
  checkName(name)
  checkValues(attributes)
  checkPath(attributes.path)
  checkDomain(attributes.domain)
  checkPrefix(name, attributes)
  if (attributes.secure === true || attributes.secure === 'auto') return
  if (attributes.sameSite === 'none')
    refuse(`Browsers refuse the cookie "${name}": sameSite: 'none' needs secure: true.`)
  if (attributes.partitioned) refuse(`Browsers refuse the cookie "${name}": partitioned needs secure: true.`)
}
