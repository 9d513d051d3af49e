import { commandWords } from './command-words.js'
import { cookiesOfJson, type PastedCookie } from './pasted-json.js'

/** What the text was that the cookies were taken out of; `text`: any other, `value`: the text is the value itself. */
export type PastedForm =
  | 'command'
  | 'json'
  | 'code'
  | 'table'
  | 'set-cookie-line'
  | 'cookie-line'
  | 'pairs'
  | 'text'
  | 'value'

/** The cookies of a pasted text. */
export interface PastedCookies {
  readonly cookies: readonly PastedCookie[]
  readonly form: PastedForm
}

/** A header among other lines, also as `curl -v` prints it; Chromium's tools copy its value as a line of its own. */
const HEADER_LINES = /^[ \t]*(?:[<>] )?(set-)?cookie:[ \t]*(?:\r?\n[ \t]*)?(.*)$/gim
const HEADER = /^\s*cookie:(.*)$/is
/**
 * A pair, and no bare value: names have no `/`, no `s:` or `j:` at the beginning, and padding at the end of base64 has
 * nothing behind it, or, in base64 of JSON (`eyJ`), the `.` before the time of Starlette. koa has `:` in its names.
 */
const PAIR = /^(?![sj]:|eyJ[\w+]*=\.)[!#$%&'*+\-.:^_`|~0-9A-Za-z]+=[^=]/
const COMMAND = /^\s*(\$\s+)?(curl|wget|https?)(\.exe)?\s/
/** Of curl, also behind switches in the same word. */
const COOKIE_OPTION = /^(?:--cookie(?:=|$)|-[fgiIkLNOsSv]*b)/
const HEADER_OPTION = /^(?:--header=|-[fgiIkLNOsSv]*H)/
/** `fetch(...)` for Node, what `console.log(req.headers)` prints, and what the developer tools copy for PowerShell. */
const IN_CODE =
  /(?<![\w-])["']?cookie["']?:\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')|System\.Net\.Cookie\("([^"]*)", "([^"]*)"/gis
/** What `console.log(req.cookies)` prints. */
const PRINTED = /(?<![\w.-])['"]?([\w.-]+)['"]?: '([^']*)'/g

/** The cookies of the value of a `Cookie` header. */
export const cookiesOfHeader = (header: string, group = 0): PastedCookie[] =>
  header.split(';').flatMap((text) => toPair(text, group))

/** The cookie of the value of a `Set-Cookie` header. */
export function cookieOfSetCookie(header: string, group = 0): PastedCookie[] {
  const [pair = '', ...attributes] = header.split(';')
  return toPair(pair, group).map((cookie) => ({ ...cookie, attributes }))
}

function toPair(text: string, group: number): PastedCookie[] {
  const equals = text.indexOf('=')
  if (equals === -1) return []
  return [{ name: text.slice(0, equals).trim(), value: text.slice(equals + 1).trim(), group }]
}

function fromCommand(command: string): PastedCookie[] {
  const words = commandWords(command)
  return words.flatMap((word, index) => {
    const option = COOKIE_OPTION.exec(word)
    if (option) return cookiesOfHeader(word.slice(option[0].length) || (words[index + 1] ?? ''))
    const header = HEADER.exec(word.replace(HEADER_OPTION, ''))
    return header ? cookiesOfHeader(header[1] ?? '') : []
  })
}

function fromCode(code: string): PastedCookie[] {
  return [...code.matchAll(IN_CODE)].flatMap(([, double, single, name, value = '']) => {
    const header = double ?? single
    return header === undefined
      ? [{ name, value, group: 0 }]
      : cookiesOfHeader(header.replace(/\\(.)/g, '$1'))
  })
}

/** Lines of the developer tools' table (name, value, domain, ...) or of a cookie file of curl (value last). */
function fromTable(text: string): PastedCookie[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const cells = line.trim().split('\t')
    if (cells.length < 3) return []
    const [name = '', value = ''] = /^(TRUE|FALSE)$/.test(cells[1] ?? '') ? cells.slice(5) : cells
    return [{ name, value, group: 0 }]
  })
}

/** The last header wins: an answer's `Set-Cookie` comes after the request's `Cookie`. */
function fromLines(text: string): PastedCookies | undefined {
  const lines = [...text.matchAll(HEADER_LINES)]
  if (lines.length === 0) return undefined
  const cookies = lines.flatMap(([, set, header = '']) =>
    set === undefined ? cookiesOfHeader(header, 0) : cookieOfSetCookie(header, 1),
  )
  return { cookies, form: lines.some(([, set]) => set === undefined) ? 'cookie-line' : 'set-cookie-line' }
}

/**
 * Gets the cookies out of what people paste: a `Cookie` or `Set-Cookie` line (also among other lines), a command of
 * curl, wget or HTTPie, JSON and table rows of the developer tools, code, `name=value` pairs; any other text is taken
 * as a bare value. Linear in the length of the text.
 */
export function readPasted(text: string): PastedCookies {
  if (COMMAND.test(text)) return { cookies: fromCommand(text), form: 'command' }
  const json = /^\s*[[{]/.test(text) ? cookiesOfJson(text, cookiesOfHeader, cookieOfSetCookie) : undefined
  if (json) return { cookies: json, form: 'json' }
  const code = fromCode(text)
  if (code.length > 0) return { cookies: code, form: 'code' }
  const lines = fromLines(text)
  if (lines) return lines
  const trimmed = text.trim()
  if (trimmed.includes('\t')) {
    const cookies = fromTable(trimmed)
    if (cookies.length > 0) return { cookies, form: 'table' }
  }
  if (/^(\[Object: null prototype\] )?\{/.test(trimmed)) {
    const cookies = [...trimmed.matchAll(PRINTED)].map(([, name, value = '']) => ({ name, value, group: 0 }))
    if (cookies.length > 0) return { cookies, form: 'code' }
  }
  const unquoted = /^(["']).*\1$/s.test(trimmed) ? trimmed.slice(1, -1) : trimmed
  if (PAIR.test(unquoted)) return { cookies: cookiesOfHeader(unquoted), form: 'pairs' }
  return { cookies: [{ name: undefined, value: text, group: 0 }], form: 'value' }
}
