import { checkCors } from './check-cors.js'
import { checkPage, tellingProbes } from './check-page.js'
import { checkSetCookie } from './check-set-cookie.js'
import { cookiesSetBy, idPartOf, type SetCookie, sessionCookiesSetBy } from './cookies.js'
import { redirectOf } from './exchange.js'
import { error, type Finding, guess, ok, warning } from './finding.js'
import { printable, shownExchange, shownSetCookie, shownUrl } from './masking.js'
import type { Probe } from './probe.js'
import { areMixedUp, isWithin } from './sites.js'

/** What the answers of a server say; `origin` is where the page of the front end comes from. */
export function checkProbes(
  probes: readonly Probe[],
  name: string | undefined,
  origin: URL | undefined,
): Finding[] {
  const [first] = probes
  const setter = probes.find((probe) => sessionCookiesSetBy(probe, name).length > 0)
  const onEach = probes.flatMap((probe) => [
    ...checkRedirect(probe, name),
    ...(probe.purpose === 'replay' ? [] : checkSetCookie(probe, name, origin)),
    ...(probe.purpose === 'origin' && probe.failure === undefined ? checkCors(probe, origin) : []),
  ])
  const findings = [...checkPage(probes, setter !== undefined), ...onEach]
  if (first !== undefined && origin === undefined) findings.push(...checkCors(first, undefined))
  if (setter === undefined) return [...findings, ...checkAbsence(probes)]
  if (setter.purpose === 'as-https') {
    const [cookie] = sessionCookiesSetBy(setter, name)
    const shown = cookie === undefined ? [] : [shownSetCookie(cookie)]
    findings.push(
      warning(
        'secure-on-http',
        `no session cookie over http; with X-Forwarded-Proto: https there is`,
        ...shown,
      ),
    )
  }
  const replay = probes.find(({ purpose, failure }) => purpose === 'replay' && failure === undefined)
  return replay === undefined ? findings : [...findings, checkReplay(replay, setter, name)]
}

/** A cookie of one host does not follow its redirect to another. */
function checkRedirect(probe: Probe, name: string | undefined): Finding[] {
  const next = redirectOf(probe)
  if (next === undefined || probe.url === undefined || next.hostname === probe.url.hostname) return []
  const line = `Location: ${shownUrl(next)}`
  const left = sessionCookiesSetBy(probe, name).filter((cookie) => !reaches(cookie, next))
  if (left.length > 0)
    return [error('host-mismatch', shownExchange(probe), ...left.map(shownSetCookie), line)]
  const away = warning('redirected-away', shownExchange(probe), line)
  const isMixUp = areMixedUp(probe.url.hostname, next.hostname)
  return isMixUp ? [warning('host-mismatch', shownExchange(probe), line), away] : [away]
}

function reaches({ attributes }: SetCookie, { hostname }: URL): boolean {
  const domain = attributes.get('domain')?.replace(/^\./, '').toLowerCase()
  return domain !== undefined && isWithin(hostname, domain)
}

/** Without source nobody can tell these apart: a session that was not begun, and a Secure cookie that was held back. */
function checkAbsence(probes: readonly Probe[]): Finding[] {
  const telling = tellingProbes(probes)
  if (telling.length === 0) return []
  const seen = telling.map(shownExchange)
  const others = [...new Set(probes.flatMap(cookiesSetBy).map(({ name }) => printable(name)))]
  const none =
    others.length === 0 ? 'no cookie is set' : `no session cookie is set, only ${others.join(', ')} (--name?)`
  return [guess('not-initialized', ...seen, none), guess('trust-proxy-missing', ...seen, none)]
}

function checkReplay(replay: Probe, setter: Probe, name: string | undefined): Finding {
  const before = sessionCookiesSetBy(setter, name).map(({ value }) => idPartOf(value))
  // A server that takes the cookie away did not know it either.
  const after = cookiesSetBy(replay).filter((cookie) => cookie.name === name)
  const kept = after.every(({ value }) => before.includes(idPartOf(value)))
  if (kept) return ok('session-kept', `${setter.label} set the cookie, ${replay.label} brought it back`)
  const what = `${replay.label} brought the cookie of ${setter.label} and got another session`
  return error('store-lost', what, ...after.map(shownSetCookie))
}
