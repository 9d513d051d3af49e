/** Longer headers are cut, and say so. */
const MAX_SHOWN = 1_000

/** Ends of an id that tell it from others and open nothing. */
const ENDS = 2

/**
 * A Cookie header as it may be shown: names stay, values go; of the session's own cookie the shape is left, since that
 * is what tells why it was refused: `sid=s%3A4Z…kQ(43).…(43)`.
 */
export function maskCookieHeader(header: string, cookieName: string): string {
  const pairs = header.slice(0, 4 * MAX_SHOWN).split(';')
  const shown = pairs.map((pair) => maskPair(pair.trim(), cookieName)).join('; ')
  return shown.length > MAX_SHOWN || header.length > 4 * MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}…` : shown
}

function maskPair(pair: string, cookieName: string): string {
  const equals = pair.indexOf('=')
  // A value without a name could be anything.
  if (equals === -1) return `…(${pair.length})`
  const name = pair.slice(0, equals).trim()
  const value = pair.slice(equals + 1).trim()
  return name === cookieName ? `${name}=${shapeOf(value)}` : `${name}=…(${value.length})`
}

function shapeOf(value: string): string {
  const [prefix = ''] = /^"?(?:s(?::|%3a|%253a))?/i.exec(value) ?? []
  const rest = value.slice(prefix.length)
  const dot = rest.lastIndexOf('.')
  if (dot === -1) return `${prefix}${part(rest)}`
  return `${prefix}${part(rest.slice(0, dot))}.…(${rest.length - dot - 1})`
}

function part(text: string): string {
  if (text.length < 16) return `…(${text.length})`
  return `${text.slice(0, ENDS)}…${text.slice(-ENDS)}(${text.length})`
}
