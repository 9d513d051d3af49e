const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')

/** RFC 6265bis 5.1.1: everything but digits, letters and `:` parts the tokens of a date. */
const DELIMITERS = /[\t\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+/

interface DateParts {
  time?: readonly [hour: number, minute: number, second: number]
  day?: number
  month?: number
  year?: number
}

function takeTime(parts: DateParts, token: string): boolean {
  const match = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\D|$)/.exec(token)
  if (!match || parts.time) return false
  parts.time = [Number(match[1]), Number(match[2]), Number(match[3])]
  return true
}

function takeDay(parts: DateParts, token: string): boolean {
  const match = /^(\d{1,2})(?:\D|$)/.exec(token)
  if (!match || parts.day !== undefined) return false
  parts.day = Number(match[1])
  return true
}

function takeMonth(parts: DateParts, token: string): boolean {
  const month = MONTHS.indexOf(token.slice(0, 3).toLowerCase())
  if (month < 0 || parts.month !== undefined) return false
  parts.month = month
  return true
}

function takeYear(parts: DateParts, token: string): boolean {
  const match = /^(\d{2,4})(?:\D|$)/.exec(token)
  if (!match || parts.year !== undefined) return false
  const year = Number(match[1])
  parts.year = year >= 70 && year <= 99 ? year + 1900 : year <= 69 ? year + 2000 : year
  return true
}

/**
 * The date of an `Expires` attribute in milliseconds since 1970, read as browsers do (RFC 6265bis 5.1.1), or undefined
 * when it is none.
 */
export function parseCookieDate(text: string): number | undefined {
  const parts: DateParts = {}
  for (const token of text.split(DELIMITERS)) {
    if (takeTime(parts, token) || takeDay(parts, token) || takeMonth(parts, token)) continue
    takeYear(parts, token)
  }
  const { time, day, month, year } = parts
  if (time === undefined || day === undefined || month === undefined || year === undefined) return undefined
  const [hour, minute, second] = time
  if (day < 1 || day > 31 || year < 1601 || hour > 23 || minute > 59 || second > 59) return undefined
  const date = Date.UTC(year, month, day, hour, minute, second)
  return new Date(date).getUTCDate() === day ? date : undefined
}
