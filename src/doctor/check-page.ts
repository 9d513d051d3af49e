import { cookiesSetBy } from './cookies.js'
import { headerOf, redirectOf } from './exchange.js'
import { type Finding, warning } from './finding.js'
import { printable, shownExchange, shownUrl } from './masking.js'
import type { Probe } from './probe.js'

/** What is wrong with the answers themselves, whatever they say of sessions; `hasSession`: one of them sets its cookie. */
export function checkPage(probes: readonly Probe[], hasSession: boolean): Finding[] {
  const findings = probes.flatMap((probe) => [
    ...checkCertificate(probe),
    ...(hasFailed(probe) || (isMissing(probe) && !hasSession) ? [failedPage(probe, probe.failure)] : []),
  ])
  const page = pageOf(probes)
  return page !== undefined && isCircle(page, probes)
    ? [...findings, failedPage(page, 'its redirects lead in a circle')]
    : findings
}

const failedPage = (probe: Probe, reason: string | undefined): Finding =>
  warning('page-failed', shownExchange(probe), ...(reason === undefined ? [] : [reason]))

/** The answers from which a missing cookie says something; none when the page itself is wrong. */
export function tellingProbes(probes: readonly Probe[]): Probe[] {
  const page = pageOf(probes)
  if (page === undefined || hasFailed(page) || isMissing(page) || isCircle(page, probes)) return []
  return probes.filter((probe) => {
    const next = redirectOf(probe)
    const isHere = next === undefined || next.hostname === probe.url?.hostname
    return isHere && !hasFailed(probe) && !isMissing(probe)
  })
}

const isOfPage = ({ purpose }: Probe): boolean => purpose === 'plain' || purpose === 'redirect'

/** Where the redirects led to. */
const pageOf = (probes: readonly Probe[]): Probe | undefined => probes.findLast(isOfPage)

const hasFailed = ({ failure, status = 0 }: Probe): boolean => failure !== undefined || status >= 500

/** Whether there is no such page for a GET. One that wants a login is a page like others. */
const isMissing = ({ status = 0 }: Probe): boolean =>
  status >= 400 && status < 500 && status !== 401 && status !== 403

/** Whether the page leads to where it was asked before with the same cookies, so that it would answer the same again. */
function isCircle(page: Probe, probes: readonly Probe[]): boolean {
  const next = redirectOf(page)
  if (next === undefined || cookiesSetBy(page).length > 0) return false
  const cookie = headerOf(page.requestHeaders, 'cookie')
  return probes.some(
    (probe) =>
      isOfPage(probe) && probe.url?.href === next.href && headerOf(probe.requestHeaders, 'cookie') === cookie,
  )
}

function checkCertificate({ untrusted, url }: Probe): Finding[] {
  if (untrusted === undefined) return []
  const isSelfSigned = /SELF_SIGNED/.test(untrusted)
  const problem = isSelfSigned ? `the certificate is self-signed [${untrusted}]` : `[${printable(untrusted)}]`
  return [warning('untrusted-certificate', `${shownUrl(url)}: ${problem}`)]
}
