import { type Exchange, headerOf } from './exchange.js'
import { error, type Finding, ok, warning } from './finding.js'
import { printable, shownExchange } from './masking.js'

/** Whether a page of another origin may send cookies with this request and read the answer (Fetch standard, CORS check). */
export function checkCors(exchange: Exchange, from: URL | undefined): Finding[] {
  const allowed = headerOf(exchange.responseHeaders, 'access-control-allow-origin')
  const credentials = headerOf(exchange.responseHeaders, 'access-control-allow-credentials')
  const line = `Access-Control-Allow-Origin: ${printable(allowed ?? '(absent)')}`
  if (from === undefined || exchange.url === undefined) {
    const anybody = allowed === '*'
    return anybody ? [warning('cors-not-credentialed', line, 'browsers drop cookies then')] : []
  }
  if (from.origin === exchange.url.origin) return []
  if (allowed !== from.origin)
    return [error('cors-not-credentialed', shownExchange(exchange), line, `asked for by ${from.origin}`)]
  if (credentials !== 'true') {
    const missing = `Access-Control-Allow-Credentials: ${printable(credentials ?? '(absent)')}`
    return [error('cors-not-credentialed', shownExchange(exchange), line, missing)]
  }
  return [ok('cors-credentialed', line, 'Access-Control-Allow-Credentials: true')]
}
