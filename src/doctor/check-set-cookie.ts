import { cookiesSetBy, lifetimeOf, type SetCookie, sessionCookiesSetBy } from './cookies.js'
import { type Exchange, headerOf, originOf } from './exchange.js'
import { error, type Finding, ok, warning } from './finding.js'
import { shownExchange, shownSetCookie, shownUrl } from './masking.js'
import { isAddress, isBelow, isLoopback, isPublicSuffix, isSameSite, isWithin } from './sites.js'

/** Less is hardly meant: nobody fills in a form within it. Below the other, there is no session at all. */
const MIN_SECONDS = 120
const NO_SECONDS = 30
/** Of name and value together (RFC 6265bis 5.7). */
const MAX_BYTES = 4096

/** Whether a browser would take the session cookie of a response and send it back; `frontEnd` is where the page comes from. */
export function checkSetCookie(
  exchange: Exchange,
  name: string | undefined,
  frontEnd: URL | undefined,
): Finding[] {
  const cookies = sessionCookiesSetBy(exchange, name)
  const from = originOf(exchange) ?? frontEnd
  const others = cookiesSetBy(exchange).filter((cookie) => cookie.name !== name)
  const findings = cookies.flatMap((cookie) => [
    ...checkSize(cookie, error),
    ...checkDomain(cookie, exchange),
    ...checkSecure(cookie, exchange),
    ...checkSameSite(cookie, exchange, from),
    ...checkPath(cookie, exchange),
    ...checkLifetime(cookie, exchange),
  ])
  // It may be the session under a name that says nothing.
  findings.push(...others.flatMap((cookie) => checkSize(cookie, warning)))
  if (cookies.length > 1)
    findings.push(warning('duplicate-cookie', shownExchange(exchange), ...cookies.map(shownSetCookie)))
  return findings
}

/** Whether a browser refuses the cookie or would not send it from the page that the request came from. */
export function isRefused(cookie: SetCookie, exchange: Exchange): boolean {
  return [
    ...checkSize(cookie, error),
    ...checkDomain(cookie, exchange),
    ...checkSecure(cookie, exchange),
    ...checkSameSite(cookie, exchange, originOf(exchange)),
    ...checkLifetime(cookie, exchange),
  ].some(({ level }) => level === 'error')
}

function checkSize(cookie: SetCookie, level: typeof error): Finding[] {
  const bytes = cookie.name.length + cookie.value.length
  if (bytes <= MAX_BYTES) return []
  const size = `name and value have ${bytes} bytes, and browsers take ${MAX_BYTES}`
  return [level('cookie-too-large', shownSetCookie(cookie), size)]
}

function checkDomain(cookie: SetCookie, { url }: Exchange): Finding[] {
  const domain = (cookie.attributes.get('domain') ?? '').replace(/^\./, '').toLowerCase()
  if (domain === '') return []
  const line = shownSetCookie(cookie)
  if (cookie.name.toLowerCase().startsWith('__host-'))
    return [error('domain-rejected', line, 'a name with __Host- allows no Domain')]
  const host = url?.hostname
  // Browsers differ here: RFC 6265bis 5.7 has the cookie kept for this very host.
  if (host === domain && !isAddress(host))
    return isPublicSuffix(domain) ? [warning('domain-rejected', line, `"${domain}" is no domain`)] : []
  if (isPublicSuffix(domain) || isAddress(domain))
    return [error('domain-rejected', line, 'no cookie can be set for this Domain')]
  if (host === undefined || isWithin(host, domain)) return []
  return [error('domain-rejected', line, `it was set by ${host}, which is not within this Domain`)]
}

function checkSecure(cookie: SetCookie, exchange: Exchange): Finding[] {
  const { url } = exchange
  const line = shownSetCookie(cookie)
  if (!cookie.attributes.has('secure')) {
    const prefixed = /^__(?:host|secure)-/i.test(cookie.name)
    return prefixed ? [error('secure-on-http', line, 'a name with this prefix needs Secure, over HTTPS')] : []
  }
  if (url?.protocol !== 'http:' || claimsTls(exchange)) return []
  if (isLoopback(url.hostname))
    return [
      warning('secure-on-http', line, `Safari refuses it from ${shownUrl(url)}; others make an exception`),
    ]
  return [error('secure-on-http', line, `browsers refuse it from ${shownUrl(url)}`)]
}

/** Whether the request said, as a proxy does, that it came over HTTPS. */
const claimsTls = ({ requestHeaders }: Exchange): boolean =>
  headerOf(requestHeaders, 'x-forwarded-proto')?.startsWith('https') === true

function checkSameSite(cookie: SetCookie, exchange: Exchange, from: URL | undefined): Finding[] {
  const { url } = exchange
  const line = shownSetCookie(cookie)
  const sameSite = cookie.attributes.get('samesite')?.toLowerCase()
  if (sameSite === 'none') {
    const refused = !cookie.attributes.has('secure')
    return refused ? [error('samesite-blocks', line, 'browsers refuse SameSite=None without Secure')] : []
  }
  const isPage = headerOf(exchange.requestHeaders, 'sec-fetch-dest') === 'document'
  if (from === undefined || url === undefined || from.origin === url.origin || isPage) return []
  const seen = new URL(url)
  if (claimsTls(exchange)) seen.protocol = 'https:'
  if (isSameSite(from, seen)) return [ok('same-site', `${from.origin} → ${url.origin}`)]
  return [error('samesite-blocks', line, `${from.origin} is another site than ${url.origin}`)]
}

function checkPath(cookie: SetCookie, { url }: Exchange): Finding[] {
  const path = cookie.attributes.get('path') ?? '/'
  if (path === '/' || !path.startsWith('/')) return []
  const line = shownSetCookie(cookie)
  if (cookie.name.toLowerCase().startsWith('__host-'))
    return [error('path-mismatch', line, 'a name with __Host- needs Path=/')]
  if (url !== undefined && !isBelow(url.pathname, path))
    return [error('path-mismatch', line, `${shownUrl(url)}, which set it, is outside of this Path`)]
  return [warning('path-mismatch', line, 'pages outside of this Path have no session')]
}

function checkLifetime(cookie: SetCookie, exchange: Exchange): Finding[] {
  const seconds = lifetimeOf(cookie, exchange)
  if (seconds === undefined || seconds >= MIN_SECONDS) return []
  const lives = seconds <= 0 ? 'it has expired already' : `it lives for ${Math.round(seconds)} s`
  return [(seconds < NO_SECONDS ? error : warning)('expired-or-units', shownSetCookie(cookie), lives)]
}
