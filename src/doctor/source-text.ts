/** A source file; the path is relative to the project, with `/`. */
export interface SourceText {
  readonly path: string
  readonly text: string
}

/** A call in a source file. */
export interface Call {
  readonly path: string
  /** Where it begins; offsets count from 0, lines from 1. */
  readonly start: number
  readonly line: number
  /** What was matched before the parenthesis. */
  readonly callee: string
  /** The text between the parentheses. */
  readonly text: string
}

/** A quoted string ends on its line, so that a stray quote in a regular expression does no harm beyond it. */
const STRING = /(["'])(?:\\[\s\S]|(?!\1)[^\\\n])*\1|`(?:\\[\s\S]|[^\\`])*`/
const STRINGS = new RegExp(STRING, 'g')
const STRINGS_AND_COMMENTS = new RegExp(`${STRING.source}|/\\*[\\s\\S]*?\\*/|//[^\\n]*`, 'g')
const CLOSING: Readonly<Record<string, string>> = { '(': ')', '{': '}' }

/** The same text with its comments blanked out, so that offsets and lines stay what they are. */
export function withoutComments({ path, text }: SourceText): SourceText {
  const blanked = text.replace(STRINGS_AND_COMMENTS, (found) =>
    found.startsWith('/') ? found.replace(/[^\n]/g, ' ') : found,
  )
  return { path, text: blanked }
}

/** The number of the line at an offset. */
export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length

/** The calls whose callee matches; `callee` is the source of a regular expression without groups. */
export function callsOf({ path, text }: SourceText, callee: string): Call[] {
  const found = [...text.matchAll(new RegExp(`(?<![\\w$.])(${callee})\\s*\\(`, 'g'))]
  if (found.length === 0) return []
  const code = withoutStrings(text)
  // What a string says is no call.
  const real = found.filter(({ index }) => code.charAt(index) !== ' ')
  return real.map((match) => {
    const open = match.index + match[0].length - 1
    return {
      path,
      start: match.index,
      line: lineAt(text, match.index),
      callee: match[1] ?? '',
      text: text.slice(open + 1, closingOf(code, open)),
    }
  })
}

/** What stands between the bracket at `open` and the one that closes it; to the end when none does. */
export const textInside = (text: string, open: number): string =>
  text.slice(open + 1, closingOf(withoutStrings(text), open))

/** Whether one offset is behind another in the same block, so that what stands there runs one after the other. */
export function isSameBlock(text: string, from: number, to: number): boolean {
  let depth = 0
  for (const bracket of withoutStrings(text.slice(from, to)).replace(/[^{}]/g, '')) {
    depth += bracket === '{' ? 1 : -1
    if (depth < 0) return false
  }
  return depth === 0
}

/** Brackets within strings do not count. */
const withoutStrings = (text: string): string => text.replace(STRINGS, (found) => ' '.repeat(found.length))

function closingOf(code: string, open: number): number {
  const opening = code.charAt(open)
  const closing = CLOSING[opening]
  let depth = 0
  for (let at = open; at < code.length; at++) {
    if (code.charAt(at) === opening) depth++
    if (code.charAt(at) === closing) depth--
    if (depth === 0) return at
  }
  return code.length
}
