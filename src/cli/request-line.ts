import type { ChalkInstance } from 'chalk'
import { shortHandle } from '../core/session-id.js'
import type { RequestEntry } from '../inspector/request-entry.js'

const MAX_PATH = 80

/** A request as the line needs it. */
export type ShownRequest = Pick<
  RequestEntry,
  'at' | 'method' | 'path' | 'handle' | 'load' | 'save' | 'detail' | 'problem'
>

/** What happened to the session, in a word. */
const VERBS: Readonly<Record<string, string>> = {
  created: 'new',
  updated: 'save',
  touched: 'touch',
  regenerated: 'swap',
  destroyed: 'end',
  discarded: 'lost',
  failed: 'fail',
}

/**
 * One request on one line: time, verb, short handle of its session, method and path; then which keys were changed, or
 * why there was no session, with the code to look up by `sessmw help`.
 */
export function requestLine(request: ShownRequest, names: readonly string[], paint: ChalkInstance): string {
  const { handle, method, path, detail, problem } = request
  const verb = verbOf(request)
  const name = (handle === null ? '–' : shortHandle(handle)).padEnd(8)
  const target = printable(path.length > MAX_PATH ? `${path.slice(0, MAX_PATH)}…` : path)
  const why = problem === null ? names.join(', ') : `${problem.title} [${codesOf(problem)}]`
  const more = [why, detail ?? '']
    .filter((text) => text !== '')
    .map((text) => paint.dim(`  ${printable(text)}`))
  const colour = colourOf(verb, paint)
  return `${paint.dim(timeOf(request.at))} ${colour(verb.padEnd(8))} ${name} ${printable(method)} ${target}${more.join('')}`
}

function verbOf({ load, save, problem }: ShownRequest): string {
  if (save !== null && Object.hasOwn(VERBS, save)) {
    // A cookie that became no session matters more than the new one that took its place.
    if (problem?.part === 'load' && save === 'created') return 'reject'
    return problem?.part === 'cookie' ? 'withheld' : (VERBS[save] ?? save)
  }
  if (problem !== null) return problem.part === 'cookie' ? 'withheld' : 'reject'
  if (load === 'skipped') return 'skip'
  return load === 'loaded' ? 'read' : 'none'
}

function codesOf({ code, causes }: { readonly code: string; readonly causes: readonly string[] }): string {
  const [cause] = causes
  return cause === undefined ? code : `${code}: ${cause}`
}

type Colour = (text: string) => string

function colourOf(verb: string, paint: ChalkInstance): Colour {
  if (verb === 'fail') return paint.red
  if (['reject', 'lost', 'withheld'].includes(verb)) return paint.yellow
  if (verb === 'new') return paint.green
  return ['save', 'swap', 'end'].includes(verb) ? paint.cyan : paint.dim
}

/** Local time, as the person at the terminal has it on the wall. */
export function timeOf(at: number): string {
  const date = new Date(at)
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((n) => String(n).padStart(2, '0'))
    .join(':')
}

/** Paths and names are written by strangers; bytes that move a terminal's cursor become `?` (CWE-150). */
export function printable(text: string): string {
  return text.replace(/[^\x20-\x7e…]/g, '?')
}
