import { checkSentCookies } from './check-cookie.js'
import { checkLog } from './check-log.js'
import { checkDotenv, checkPassport, checkSockets } from './check-neighbours.js'
import { checkOptions, knowsHttps, secureOf } from './check-options.js'
import { checkOrder } from './check-order.js'
import { tellingProbes } from './check-page.js'
import { checkProbes } from './check-probes.js'
import { checkSetCookie } from './check-set-cookie.js'
import { checkSilence, checkStory } from './check-story.js'
import { findSessionName, sessionCookiesSetBy } from './cookies.js'
import { type Exchange, valuesOf } from './exchange.js'
import { error, type Finding, mergeFindings, warning } from './finding.js'
import type { Probe } from './probe.js'
import type { ProjectSource } from './project-source.js'
import type { LogLine } from './read-log.js'

/** All that was collected about one app; each part may be missing. */
export interface Evidence {
  readonly probes: readonly Probe[]
  /** Of a HAR file: the requests of one browser, in the order of time. */
  readonly har: readonly Exchange[] | undefined
  readonly headers: readonly Exchange[]
  readonly log: readonly LogLine[] | undefined
  readonly project: ProjectSource | undefined
}

/** What is known beforehand. */
export interface DiagnoseOptions {
  /** The name of the session cookie; left out, it is told by its looks. */
  readonly name: string | undefined
  /** Where the page of the front end comes from. */
  readonly origin: URL | undefined
  /** To check pasted and recorded cookies with, newest first. */
  readonly secrets: readonly string[]
}

/** Says why sessions do not stick: one finding per code, the errors first. */
export function diagnose(evidence: Evidence, options: DiagnoseOptions): Finding[] {
  const { probes, har, headers, log, project } = evidence
  const name = options.name ?? findSessionName([...probes, ...headers, ...(har ?? [])])
  const seen = [...headers, ...(har ?? [])]
  const findings = [
    ...checkProbes(probes, name, options.origin),
    ...seen.flatMap((exchange) => [
      ...checkSetCookie(exchange, name, options.origin),
      ...checkSentCookies(exchange, name, options.secrets),
    ]),
    ...headers.flatMap(checkSilence),
    ...checkStory(headers, name),
    ...checkHar(har, name),
    ...(log === undefined ? [] : checkLog(log)),
    ...(project === undefined ? [] : checkProject(project)),
  ]
  return mergeFindings(project === undefined ? findings : compare(findings, evidence, project, name))
}

function checkHar(har: readonly Exchange[] | undefined, name: string | undefined): Finding[] {
  if (har === undefined) return []
  const hasCookies = har.some(
    ({ requestHeaders, responseHeaders }) =>
      valuesOf(requestHeaders, 'cookie').length + valuesOf(responseHeaders, 'set-cookie').length > 0,
  )
  if (hasCookies) return checkStory(har, name)
  return [warning('har-sanitised', `${har.length} requests, none with Cookie or Set-Cookie`)]
}

function checkProject(project: ProjectSource): Finding[] {
  return [
    ...checkOptions(project),
    ...checkOrder(project),
    ...checkSockets(project),
    ...checkPassport(project),
    ...checkDotenv(project),
  ]
}

/** What the server did decides about what the source only suggests, and the source about what a missing cookie means. */
function compare(
  findings: readonly Finding[],
  { probes }: Evidence,
  project: ProjectSource,
  name: string | undefined,
): Finding[] {
  const [call] = project.calls
  if (call === undefined) return [...findings]
  const without = (...codes: Finding['code'][]) => findings.filter(({ code }) => !codes.includes(code))
  const setter = probes.find((probe) => sessionCookiesSetBy(probe, name).length > 0)
  if (setter !== undefined) return without('not-initialized', 'trust-proxy-missing')
  if (tellingProbes(probes).length === 0) return [...findings]
  const secure = secureOf(call, project.files)
  if (secure === 'never' || knowsHttps(project)) return without('trust-proxy-missing')
  if (secure !== 'always') return [...findings]
  return [...without('not-initialized'), error('trust-proxy-missing')]
}
