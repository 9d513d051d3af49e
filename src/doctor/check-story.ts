import { checkCors } from './check-cors.js'
import { isRefused } from './check-set-cookie.js'
import { cookiesSentBy, idPartOf, type SetCookie, sessionCookiesSetBy } from './cookies.js'
import { type Exchange, isScripted, originOf, redirectOf } from './exchange.js'
import { error, type Finding, guess, warning } from './finding.js'
import { shownExchange, shownSetCookie } from './masking.js'
import { areMixedUp, isBelow, isSameSite, isWithin } from './sites.js'

/** A browser follows a redirect within this, in milliseconds. */
const REDIRECT_MS = 2_000

/** A session cookie that a browser took, and the response that set it. */
interface Given {
  readonly cookie: SetCookie
  readonly by: Exchange
}

/** What only the order of several requests of one browser can show; `exchanges` are in the order of time. */
export function checkStory(exchanges: readonly Exchange[], name: string | undefined): Finding[] {
  const findings: Finding[] = []
  const given: Given[] = []
  for (const [index, exchange] of exchanges.entries()) {
    const sent = cookiesSentBy(exchange).find((cookie) => cookie.name === name)?.value
    const set = sessionCookiesSetBy(exchange, name)
    const from = originOf(exchange)
    if (sent === undefined) findings.push(...checkMissing(exchange, given))
    else findings.push(...checkNewId(exchange, sent, set))
    if ((sent !== undefined || set.length > 0) && from !== undefined && isScripted(exchange))
      findings.push(...checkCors(exchange, from).filter(({ level }) => level === 'error'))
    if (redirectOf(exchange) !== undefined)
      findings.push(...checkRace(exchange, exchanges.slice(index + 1), name))
    const kept = set.filter((cookie) => !isRefused(cookie, exchange))
    given.push(...kept.map((cookie) => ({ cookie, by: exchange })))
  }
  return findings
}

/** Why a request brings no session cookie although the browser was given one. */
function checkMissing(exchange: Exchange, given: readonly Given[]): Finding[] {
  const { url } = exchange
  if (url === undefined || exchange.method === 'OPTIONS') return []
  const here = given.filter(({ cookie, by }) => reachesHost(cookie, by, url))
  const elsewhere = given.filter(({ by }) => areMixedUp(by.url?.hostname ?? '', url.hostname))
  if (here.length === 0) {
    return elsewhere.map(({ cookie, by }) =>
      error(
        'host-mismatch',
        shownExchange(by),
        shownSetCookie(cookie),
        `${shownExchange(exchange)}, without it`,
      ),
    )
  }
  const inside = here.filter(({ cookie }) => isBelow(url.pathname, cookie.attributes.get('path') ?? '/'))
  const [shown] = inside.length > 0 ? inside : here
  if (shown === undefined) return []
  const evidence = [
    shownExchange(shown.by),
    shownSetCookie(shown.cookie),
    `${shownExchange(exchange)}, without it`,
  ]
  if (inside.length === 0) return [error('path-mismatch', ...evidence)]
  const from = originOf(exchange)
  if (from === undefined || from.origin === url.origin || !isScripted(exchange)) return []
  const crosses = shown.cookie.attributes.get('samesite')?.toLowerCase() === 'none' || isSameSite(from, url)
  return [error(crosses ? 'client-no-credentials' : 'samesite-blocks', ...evidence)]
}

/** What one request shows when nothing is known of those before it: a page of another origin that sends no cookie. */
export function checkSilence(exchange: Exchange): Finding[] {
  const from = originOf(exchange)
  const { url } = exchange
  if (from === undefined || url === undefined || from.origin === url.origin) return []
  if (cookiesSentBy(exchange).length > 0 || !isScripted(exchange)) return []
  return [guess('client-no-credentials', `${shownExchange(exchange)}, Origin: ${from.origin}, no Cookie`)]
}

function reachesHost({ attributes }: SetCookie, { url }: Exchange, to: URL): boolean {
  const domain = attributes.get('domain')?.replace(/^\./, '').toLowerCase()
  const hasTls = to.protocol === 'https:' || !attributes.has('secure')
  return hasTls && (domain === undefined ? url?.hostname === to.hostname : isWithin(to.hostname, domain))
}

/** A login gives a new id; whoever misses data afterwards finds the place here. */
function checkNewId(exchange: Exchange, sent: string, [cookie]: readonly SetCookie[]): Finding[] {
  if (cookie === undefined || idPartOf(cookie.value) === idPartOf(sent)) return []
  return [warning('regenerated', `${shownExchange(exchange)} answers one session id with another`)]
}

/**
 * A redirect whose target does not know yet what the first request saved: it sends the browser on, although the same
 * page with the same cookie answers a little later.
 */
function checkRace(exchange: Exchange, later: readonly Exchange[], name: string | undefined): Finding[] {
  const target = redirectOf(exchange)?.href
  const next = later.find(({ url }) => url?.href === target)
  if (target === undefined || next === undefined || redirectOf(next) === undefined) return []
  const gap = (next.startedAt ?? 0) - (exchange.startedAt ?? 0)
  const id = sentId(next, name)
  const again = later.find((each) => each !== next && each.url?.href === target && sentId(each, name) === id)
  const works = again?.status !== undefined && again.status < 300
  const between = again === undefined ? [] : later.slice(0, later.indexOf(again))
  const hasOtherPost = between.some(({ method }) => method !== 'GET' && method !== 'OPTIONS')
  if (id === undefined || again === undefined || !works || hasOtherPost || gap > REDIRECT_MS) return []
  const evidence = [exchange, next, again].map(shownExchange)
  return [error('save-race', ...evidence, `the redirect was followed after ${gap} ms, with the same cookie`)]
}

function sentId(exchange: Exchange, name: string | undefined): string | undefined {
  const value = cookiesSentBy(exchange).find((cookie) => cookie.name === name)?.value
  return value === undefined ? undefined : idPartOf(value)
}
