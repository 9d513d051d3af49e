import type { PastedCookie } from './pasted-json.js'

/** The beginning of a signed value, behind whatever copying put before it; percent-encoded any number of times. */
export const SIGNED = /^\W*s(?::|%(?:25)*3a)/i

/** Words of the characters that signed values are made of: whatever surrounds one in code or prose is none of them. */
const WORDS = /[\w%.:+/~-]+={0,2}/g
/** `s:`, an id, a dot and what may be a signature; a name may be glued to it with a colon, a full stop may follow. */
const SIGNED_WORD = /^([\w.-]+:)??(s(?::|%(?:25)*3[aA]).+\.[\w+/%-]{20,}={0,2})\.?$/
/** What stands before a value that has a name: `name=`, `'name': '`, `name = "`. */
const NAME = /(?:cookie:)?([\w.:-]+)["'`]?\s*[=:]\s*["'`]?$/i
const MAX_NAME = 80

/**
 * The signed values that stand anywhere in a text, each with the name before it, if there is one. Linear in the length
 * of the text.
 */
export function signedCookies(text: string): PastedCookie[] {
  return [...text.matchAll(WORDS)].flatMap(({ 0: word, index }) => {
    const [, glued = '', value] = SIGNED_WORD.exec(word) ?? []
    if (value === undefined) return []
    const before = text.slice(Math.max(0, index - MAX_NAME), index) + glued
    return [{ name: nameIn(before), value, group: 0 }]
  })
}

function nameIn(before: string): string | undefined {
  const name = NAME.exec(before)?.[1]
  return name === undefined || /^(set-)?cookie$/i.test(name) ? undefined : name
}
