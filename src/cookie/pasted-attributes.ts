import { isSessmwError } from '../errors.js'
import { type CookieAttributes, checkCookie } from './set-cookie.js'

/** What a pasted `Set-Cookie` header says beside name and value. */
export interface PastedAttributes extends CookieAttributes {
  /** When the cookie ends, in milliseconds since 1970; undefined: with the browser. */
  readonly expiresAt?: number
}

/** Something about a cookie that works, or does not, for another reason than its value. */
export interface Hint {
  readonly code: HintCode
  readonly message: string
}

/** Root causes that attributes show. */
export type HintCode =
  | 'expired-or-units'
  | 'samesite-blocks'
  | 'secure-on-http'
  | 'domain-rejected'
  | 'path-mismatch'

/** Shorter is more likely a `maxAge` in the wrong unit than meant: express-session takes milliseconds. */
const SOON_MS = 120_000

/** Reads the parts of a `Set-Cookie` header behind the value, as RFC 6265 5.2 does: unknown ones are ignored. */
export function readAttributes(parts: readonly string[], now: number): PastedAttributes {
  const found = new Map(
    parts.map((part) => {
      const [name = '', ...value] = part.split('=')
      return [name.trim().toLowerCase(), value.join('=').trim()]
    }),
  )
  const [path, domain, sameSite] = [
    found.get('path'),
    found.get('domain'),
    found.get('samesite')?.toLowerCase(),
  ]
  const expiresAt = expiryOf(found.get('max-age'), found.get('expires'), now)
  return {
    ...(path?.startsWith('/') ? { path } : {}),
    ...(domain ? { domain: domain.replace(/^\./, '').toLowerCase() } : {}),
    httpOnly: found.has('httponly'),
    secure: found.has('secure'),
    ...(sameSite === 'lax' || sameSite === 'strict' || sameSite === 'none' ? { sameSite } : {}),
    ...(found.has('partitioned') ? { partitioned: true } : {}),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
}

/** `Max-Age` wins over `Expires` (RFC 6265 5.3). */
function expiryOf(maxAge: string | undefined, expires: string | undefined, now: number): number | undefined {
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return now + Number(maxAge) * 1000
  const at = Date.parse(expires ?? '')
  return Number.isNaN(at) ? undefined : at
}

/** What browsers will do with a cookie of these attributes; with `url`, on a request or answer of that address. */
export function judgeAttributes(
  name: string,
  attributes: PastedAttributes,
  { url, now }: { readonly url?: URL | undefined; readonly now: number },
): Hint[] {
  return [
    ...judgeExpiry(attributes, now),
    ...judgeRules(name, attributes),
    ...(url === undefined ? [] : judgeAddress(attributes, url)),
  ]
}

function judgeExpiry({ expiresAt }: PastedAttributes, now: number): Hint[] {
  const code = 'expired-or-units'
  if (expiresAt === undefined || expiresAt - now >= SOON_MS) return []
  if (expiresAt <= now) return [{ code, message: 'The cookie has expired, so browsers delete it.' }]
  const seconds = Math.ceil((expiresAt - now) / 1000)
  const units = 'cookie.maxAge of express-session counts milliseconds, maxAge of sessmw seconds'
  return [{ code, message: `The cookie ends in ${seconds} seconds; ${units}.` }]
}

function judgeRules(name: string, attributes: PastedAttributes): Hint[] {
  try {
    checkCookie(name, attributes)
    return []
  } catch (error) {
    if (!isSessmwError(error)) throw error
    const code = attributes.sameSite === 'none' && !attributes.secure ? 'samesite-blocks' : 'domain-rejected'
    return [{ code, message: error.message }]
  }
}

function judgeAddress({ domain, path, secure }: PastedAttributes, url: URL): Hint[] {
  const host = url.hostname
  const hints: Hint[] = []
  if (domain !== undefined && host !== domain && !host.endsWith(`.${domain}`)) {
    hints.push({
      code: 'domain-rejected',
      message: `Domain=${domain} does not cover ${host}, so browsers drop the cookie. Leave domain out.`,
    })
  }
  if (path !== undefined && !covers(path, url.pathname)) {
    hints.push({
      code: 'path-mismatch',
      message: `Path=${path} does not cover ${url.pathname}, so browsers do not send the cookie there. Use path: '/'.`,
    })
  }
  if (secure && url.protocol === 'http:' && !isLoopback(host)) {
    hints.push({
      code: 'secure-on-http',
      message: `The cookie is Secure and ${url.origin} is not HTTPS, so browsers do not send it there.`,
    })
  }
  return hints
}

/** RFC 6265 5.1.4. */
const covers = (path: string, asked: string): boolean =>
  asked === path || (asked.startsWith(path) && (path.endsWith('/') || asked.charAt(path.length) === '/'))

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || host === '127.0.0.1' || host === '[::1]'
