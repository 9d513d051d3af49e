import { type Diagnosis, diagnoseCookie } from '../cookie/diagnosis.js'
import { cookiesSentBy, isSignedValue } from './cookies.js'
import type { Exchange } from './exchange.js'
import { error, type Finding, warning } from './finding.js'
import { printable, shownExchange } from './masking.js'

/** Whether the session cookies that a request brought are such that the server takes them; secrets newest first. */
export function checkSentCookies(
  exchange: Exchange,
  name: string | undefined,
  secrets: readonly string[],
): Finding[] {
  const sent = cookiesSentBy(exchange).filter((cookie) => cookie.name === name)
  const evidence = [
    shownExchange(exchange),
    `Cookie: ${sent.map((cookie) => `${printable(cookie.name)}=…`).join('; ')}`,
  ]
  const diagnoses = sent.map(({ value }) =>
    diagnoseCookie(`${name}=${value}`, { secrets, strict: true, name }),
  )
  if (sent.length > 1) {
    // express-session looks at the first one alone.
    const works = diagnoses[0]?.status === 'valid' || secrets.length === 0
    return [(works ? warning : error)('duplicate-cookie', ...evidence)]
  }
  // A value of another shape may be the cookie of another library.
  const level = sent.every(({ value }) => isSignedValue(value)) ? error : warning
  return diagnoses.flatMap((diagnosis) => damageOf(diagnosis, evidence, level))
}

function damageOf(
  { code, detail, status }: Diagnosis,
  evidence: readonly string[],
  level: typeof error,
): Finding[] {
  if (code === 'mangled' || code === 'percent-encoded' || code === 'secret-mismatch')
    return [level(code, ...evidence, detail)]
  if (status !== 'unsigned') return []
  return [level('mangled', ...evidence, `${detail} express-session and sessmw ignore it.`)]
}
