import { SessmwError } from '../errors.js'
import { type Exchange, type HeaderLines, parseUrl } from './exchange.js'

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/**
 * The requests of a HAR file (HTTP Archive 1.2), in the order in which they began.
 *
 * @throws SessmwError `usage` for text that is no HAR
 */
export function readHar(text: string): Exchange[] {
  const entries = objectOf(objectOf(parse(text)).log).entries
  if (!Array.isArray(entries)) throw new SessmwError('usage', 'This is no HAR file: it has no log.entries.')
  const exchanges = entries.map((entry: unknown, index) => toExchange(objectOf(entry), index))
  return exchanges.sort((one, other) => (one.startedAt ?? 0) - (other.startedAt ?? 0))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    // The parser repeats what it read, which may be a cookie; so it is no cause of this error.
    if (error instanceof SyntaxError) throw new SessmwError('usage', 'This is no HAR file: it is not JSON.')
    throw error
  }
}

function toExchange(entry: Record<string, unknown>, index: number): Exchange {
  const request = objectOf(entry.request)
  const response = objectOf(entry.response)
  const startedAt = Date.parse(textOf(entry.startedDateTime))
  return {
    label: `entry ${index + 1}`,
    method: textOf(request.method).toUpperCase(),
    url: parseUrl(textOf(request.url)),
    requestHeaders: headersOf(request.headers),
    status: typeof response.status === 'number' && response.status > 0 ? response.status : undefined,
    responseHeaders: headersOf(response.headers),
    startedAt: Number.isNaN(startedAt) ? undefined : startedAt,
  }
}

/** Chrome writes several Set-Cookie headers as the lines of one. */
function headersOf(headers: unknown): HeaderLines {
  if (!Array.isArray(headers)) return []
  return headers.flatMap((header: unknown) => {
    const { name, value } = objectOf(header)
    return textOf(value)
      .split('\n')
      .map((line) => [textOf(name), line] as const)
  })
}
