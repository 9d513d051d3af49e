import { error, type Finding, guess, warning } from './finding.js'
import type { CauseCode } from './finding-table.js'
import type { LogLine } from './read-log.js'

/** As many visits without a cookie are no first visits. */
const MANY_VISITS = 3

/** Messages of express-session that name a root cause by themselves. */
const BY_MESSAGE: Readonly<Record<string, CauseCode>> = {
  'not secured': 'trust-proxy-missing',
  'cookie signature invalid': 'secret-mismatch',
  'cookie unsigned': 'percent-encoded',
  'pathname mismatch': 'path-mismatch',
  'store is disconnected': 'store-lost',
}

/** One read of a session in the store. */
interface Fetch {
  readonly line: LogLine
  /** `failed`: the store answered with an error. */
  found: boolean | 'failed' | undefined
}

/** What a log of `DEBUG=express-session` says; a problem is an error when no session was ever found. */
export function checkLog(lines: readonly LogLine[]): Finding[] {
  const works = lines.some(({ message }) => message === 'session found')
  const level = works ? warning : error
  const named = lines.flatMap((line) => {
    const code = Object.hasOwn(BY_MESSAGE, line.message) ? BY_MESSAGE[line.message] : undefined
    return code === undefined ? [] : [level(code, shownLine(line))]
  })
  return [...named, ...checkVisits(lines), ...checkFetches(fetchesOf(lines), lines, level)]
}

/** Each visitor is new: none brings back the cookie that was set. */
function checkVisits(lines: readonly LogLine[]): Finding[] {
  const refused = lines.some(({ message }) => /^cookie /.test(message))
  const visits = lines.filter(({ message }) => message.startsWith('no SID sent'))
  const wasSet = lines.some(({ message }) => message === 'set-cookie')
  const returned = lines.some(({ message }) => message === 'fetching')
  if (visits.length < MANY_VISITS || returned || refused || !wasSet) return []
  return [
    guess(
      'client-no-credentials',
      ...visits.slice(0, MANY_VISITS).map(shownLine),
      'no cookie ever came back',
    ),
  ]
}

/** Reads in order, each with its result: the store answers them in the order in which they were asked, as a rule. */
function fetchesOf(lines: readonly LogLine[]): Fetch[] {
  const fetches: Fetch[] = []
  for (const line of lines) {
    if (line.message === 'fetching') fetches.push({ line, found: undefined })
    const open = fetches.find(({ found }) => found === undefined)
    if (open === undefined) continue
    if (line.message === 'session found') open.found = true
    if (line.message === 'no session found') open.found = false
    if (line.message.startsWith('error ')) open.found = 'failed'
  }
  return fetches
}

/** A session that is missing just after it was saved, and there later, was read too early; any other is lost. */
function checkFetches(fetches: readonly Fetch[], lines: readonly LogLine[], level: typeof error): Finding[] {
  return fetches.flatMap(({ line, found }, index) => {
    if (found !== false) return []
    const saved = lines.find(
      ({ message, id, line: at }) => message === 'saving' && id === line.id && at < line.line,
    )
    const later = fetches.slice(index + 1).some((other) => other.found === true && other.line.id === line.id)
    const missing = `line ${line.line}: fetching …, no session found`
    if (saved === undefined || !later) return [level('store-lost', missing)]
    return [error('save-race', shownLine(saved), missing, 'a later request finds it')]
  })
}

const shownLine = ({ line, message, id }: LogLine): string =>
  `line ${line}: ${message}${id === undefined && message !== 'set-cookie' ? '' : ' …'}`
