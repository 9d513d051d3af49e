import { SessmwError } from '../errors.js'
import { type Exchange, type HeaderLines, headerOf, parseUrl } from './exchange.js'
import { isLoopback } from './sites.js'

const REQUEST_LINE = /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (\S+)(?: HTTP\/[\d.]+)?$/
const STATUS_LINE = /^HTTP\/[\d.]+ (\d{3})\b/
const HEADER = /^(:?[!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*)$/
/** Headers of responses; all others are taken for those of the request. */
const OF_RESPONSES = /^(?:set-cookie|location|vary|date|server|etag|x-powered-by|access-control-allow-.*)$/i

interface Draft {
  method: string
  path: string
  status: number | undefined
  readonly request: [string, string][]
  readonly response: [string, string][]
}

/**
 * The requests of pasted headers: lines as `curl -v` or the developer tools have them, with or without request and
 * status lines, in one piece or several.
 *
 * @throws SessmwError `usage` for text without a header
 */
export function readHeaders(text: string): Exchange[] {
  const drafts: Draft[] = []
  const current = (): Draft => drafts.at(-1) ?? begin('GET', '/')
  const begin = (method: string, path: string): Draft => {
    const draft = { method, path, status: undefined, request: [], response: [] }
    drafts.push(draft)
    return draft
  }
  for (const line of text.split(/\r?\n/).map((each) => each.replace(/^[<>*] ?/, '').trim())) {
    const request = REQUEST_LINE.exec(line)
    const status = STATUS_LINE.exec(line)
    const header = HEADER.exec(line)
    if (request) begin(line.slice(0, line.indexOf(' ')), request[1] ?? '/')
    else if (status) current().status = Number(status[1])
    else if (header) {
      const [, name = '', value = ''] = header
      const { request, response } = current()
      ;(OF_RESPONSES.test(name) ? response : request).push([name, value])
    }
  }
  const exchanges = drafts.map((draft, index) => toExchange(draft, index, schemeIn(text)))
  const isEmpty = exchanges.every(
    ({ requestHeaders, responseHeaders }) => requestHeaders.length + responseHeaders.length === 0,
  )
  if (isEmpty)
    throw new SessmwError('usage', 'There is no header in the text: paste lines such as "Cookie: ...".')
  return exchanges
}

function toExchange(draft: Draft, index: number, hint: string | undefined): Exchange {
  const { method, request, response, status } = draft
  return {
    label: `headers ${index + 1}`,
    method: headerOf(request, ':method') ?? method,
    url: urlOf(draft.path, request, hint),
    requestHeaders: request,
    status,
    responseHeaders: response,
    startedAt: undefined,
  }
}

/** Without `Host` the address is not known. */
function urlOf(path: string, headers: HeaderLines, hint: string | undefined): URL | undefined {
  const absolute = parseUrl(path)
  if (absolute !== undefined) return absolute
  const host = headerOf(headers, ':authority') ?? headerOf(headers, 'host')
  if (host === undefined) return undefined
  const referrer = parseUrl(headerOf(headers, 'referer') ?? headerOf(headers, 'origin'))
  const said = headerOf(headers, ':scheme') ?? headerOf(headers, 'x-forwarded-proto') ?? hint
  const seen = referrer?.host === host ? referrer.protocol.slice(0, -1) : undefined
  const usual = isLoopback(host.replace(/:\d+$/, '')) ? 'http' : 'https'
  return parseUrl(`${said ?? seen ?? usual}://${host}${headerOf(headers, ':path') ?? path}`)
}

/** `curl -v` tells of TLS, or of the port that it is usual on. */
function schemeIn(text: string): string | undefined {
  if (/^\* (?:SSL|TLS|ALPN)|^\* .*\bport 443\b/m.test(text)) return 'https'
  return /^\* (?:Connected to|Established connection to) .*\bport \d+/m.test(text) ? 'http' : undefined
}
