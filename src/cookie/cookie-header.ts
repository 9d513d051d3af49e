/** How many cookies of one name are looked at; a browser with more of them has a problem that no server can solve. */
const MAX_CANDIDATES = 4

const SEMICOLON = 0x3b
const QUOTE = 0x22

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09

/** Whether only blanks lie between `at` and the start of the cookie pair that contains it. */
function startsPair(header: string, at: number): boolean {
  let before = at - 1
  while (before >= 0 && isBlank(header.charCodeAt(before))) before -= 1
  return before < 0 || header.charCodeAt(before) === SEMICOLON
}

/** The value between two positions, without the blanks around it and without one pair of quotes. */
function valueBetween(header: string, from: number, to: number): string {
  let start = from
  let end = to
  while (start < end && isBlank(header.charCodeAt(start))) start += 1
  while (end > start && isBlank(header.charCodeAt(end - 1))) end -= 1
  const quoted = end - start > 1 && header.charCodeAt(start) === QUOTE && header.charCodeAt(end - 1) === QUOTE
  return quoted ? header.slice(start + 1, end - 1) : header.slice(start, end)
}

/**
 * The values of the cookies called exactly `name` in a `Cookie` header, in order, at most four.
 *
 * Values come as they were sent, not percent-decoded; the double quotes that RFC 6265bis (4.1.1) allows around a
 * value are removed. The order says nothing about which one is right (RFC 6265bis 4.2.2): the caller must check each.
 * Takes time linear in the length of the header, and never throws, whatever a client sends.
 */
export function readCookieValues(header: string | undefined, name: string): string[] {
  const values: string[] = []
  if (!header) return values
  const needle = `${name}=`
  let at = header.indexOf(needle)
  while (at !== -1) {
    let next = at + needle.length
    if (startsPair(header, at)) {
      const semicolon = header.indexOf(';', next)
      const end = semicolon === -1 ? header.length : semicolon
      values.push(valueBetween(header, next, end))
      if (values.length === MAX_CANDIDATES) break
      next = end
    }
    at = header.indexOf(needle, next)
  }
  return values
}
