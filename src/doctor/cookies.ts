import { type Exchange, headerOf, valuesOf } from './exchange.js'

/** A `Set-Cookie` header, taken apart; names of attributes in lower case. */
export interface SetCookie {
  readonly name: string
  readonly value: string
  readonly attributes: ReadonlyMap<string, string>
}

/** A cookie that a request brought. */
export interface SentCookie {
  readonly name: string
  readonly value: string
}

/** Names that libraries and their tutorials give the session cookie, without `__Host-` and `__Secure-`. */
const USUAL_NAMES = ['connect.sid', 'sid', 'session', 'sessionid', 'session_id', 'sess']
/** What cookie-signature makes, encoded once, twice or not at all; `s:j:` is signed JSON of cookie-parser. */
const SIGNED = /^"?s(?::|%3a|%253a)(?!j(?::|%3a|%253a))/i
/** Signed cookies of other uses. */
const OTHER_NAMES = /csrf|xsrf|nonce|state|token/i

function pairOf(text: string): SentCookie | undefined {
  const at = text.indexOf('=')
  return at <= 0 ? undefined : { name: text.slice(0, at).trim(), value: text.slice(at + 1).trim() }
}

/** The cookies that a response sets. */
export function cookiesSetBy({ responseHeaders }: Exchange): SetCookie[] {
  return valuesOf(responseHeaders, 'set-cookie').flatMap((line) => {
    const [pair = '', ...rest] = line.split(';')
    const cookie = pairOf(pair)
    if (cookie === undefined) return []
    const attributes = rest.map((text) => pairOf(text) ?? { name: text.trim(), value: '' })
    return [
      { ...cookie, attributes: new Map(attributes.map(({ name, value }) => [name.toLowerCase(), value])) },
    ]
  })
}

/** The cookies that a request brings. */
export function cookiesSentBy({ requestHeaders }: Exchange): SentCookie[] {
  return valuesOf(requestHeaders, 'cookie').flatMap((line) =>
    line.split(';').flatMap((text) => pairOf(text) ?? []),
  )
}

/** The session cookies of this name that a response sets; those that it clears are left out. */
export function sessionCookiesSetBy(exchange: Exchange, name: string | undefined): SetCookie[] {
  return cookiesSetBy(exchange).filter((cookie) => cookie.name === name && !isCleared(cookie, exchange))
}

/** Seconds that a cookie lives, by the clock of the server where it told its time; undefined: until the browser is closed. */
export function lifetimeOf({ attributes }: SetCookie, exchange: Exchange): number | undefined {
  const seconds = attributes.get('max-age') ?? ''
  if (/^-?\d+$/.test(seconds)) return Number(seconds)
  const expires = Date.parse(attributes.get('expires') ?? '')
  const told = Date.parse(headerOf(exchange.responseHeaders, 'date') ?? '')
  const now = Number.isNaN(told) ? (exchange.startedAt ?? Date.now()) : told
  return Number.isNaN(expires) ? undefined : (expires - now) / 1000
}

/** An expiry at the beginning of time, or a Max-Age of 0, is a wish and no mistake in its unit. */
function isCleared(cookie: SetCookie, exchange: Exchange): boolean {
  const isEmpty = cookie.value === '' || cookie.value === '""'
  if (isEmpty || Number(cookie.attributes.get('max-age') ?? 1) <= 0) return true
  return (lifetimeOf(cookie, exchange) ?? 1) < -31_536_000
}

/** Whether a value looks as cookie-signature makes it, whole or damaged. */
export const isSignedValue = (value: string): boolean => SIGNED.test(value)

/** The name of the session cookie: a usual name with a signed value, any signed value, a usual name. */
export function findSessionName(exchanges: readonly Exchange[]): string | undefined {
  const cookies = exchanges.flatMap((exchange) => [...cookiesSetBy(exchange), ...cookiesSentBy(exchange)])
  const isUsual = ({ name }: SentCookie): boolean =>
    USUAL_NAMES.includes(name.toLowerCase().replace(/^__(?:host|secure)-/, ''))
  const isSigned = ({ name, value }: SentCookie): boolean => isSignedValue(value) && !OTHER_NAMES.test(name)
  const found =
    cookies.find((cookie) => isUsual(cookie) && isSigned(cookie)) ??
    cookies.find(isSigned) ??
    cookies.find(isUsual)
  return found?.name
}

/** What tells one session from another in a cookie value: the id without its signature. */
export function idPartOf(value: string): string {
  const plain = value.replaceAll(/%(?:3a|2b|2f|3d)/gi, decodeURIComponent)
  const dot = plain.lastIndexOf('.')
  return plain.startsWith('s:') && dot > 2 ? plain.slice(2, dot) : plain
}
