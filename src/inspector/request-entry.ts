import { diagnoseCookie } from '../cookie/diagnosis.js'
import type { CookieCode, LoadCode, SaveCode } from '../core/verdict.js'
import { isRejected } from '../core/verdict.js'
import { COOKIE_CODES, type Explanation, LOAD_CODES, SAVE_CODES } from '../core/verdict-table.js'
import type { Budget } from './budget.js'
import { maskCookieHeader } from './cookie-mask.js'

/** What is known of a request when its response has finished; null where the middleware does not tell. */
export interface RequestFacts {
  readonly at: number
  readonly method: string
  readonly path: string
  readonly handle: string | null
  readonly owner: string | null
  readonly load: LoadCode
  readonly save: SaveCode | null
  readonly cookie: CookieCode | null
  readonly detail: string | null
  /** As it came: holds credentials. */
  readonly cookieHeader: string | undefined
}

/** Why a request had no session, or lost what it changed. */
export interface Problem extends Explanation {
  readonly part: 'load' | 'save' | 'cookie'
  readonly code: LoadCode | SaveCode | CookieCode
  /** What the cookie itself shows, in words. */
  readonly diagnosis: string | null
}

/** A request as it is shown. */
export interface RequestEntry extends Omit<RequestFacts, 'cookieHeader'> {
  readonly seq: number
  readonly status: 'ok' | 'none' | 'rejected'
  readonly problem: Problem | null
  /** Masked. */
  readonly cookieHeader: string | null
}

/** What a diagnosis needs to know of the app. */
export interface CookieFacts {
  readonly cookieName: string
  readonly secrets: readonly string[]
  /** A forged value is tried with many readings of each secret: a flood of them must not take the process. */
  readonly budget: Budget
}

/** Everything below comes from strangers, so it has a length. */
const MAX_PATH = 500

/** A longer header is refused by most servers, and looked at by none of our diagnoses. */
const MAX_HEADER = 8_192

/** What is kept of a request: no credential. */
export function entryOf(seq: number, facts: RequestFacts, app: CookieFacts): RequestEntry {
  const { cookieHeader, method, path, ...rest } = facts
  const problem = problemOf(facts, app)
  const status = problem !== null ? 'rejected' : facts.load === 'none' ? 'none' : 'ok'
  return {
    seq,
    ...rest,
    method: method.slice(0, 20),
    path: path.slice(0, MAX_PATH),
    status,
    problem,
    cookieHeader:
      status === 'ok' || cookieHeader === undefined ? null : maskCookieHeader(cookieHeader, app.cookieName),
  }
}

function problemOf(facts: RequestFacts, app: CookieFacts): Problem | null {
  const { load, save, cookie } = facts
  if (isRejected(load)) return diagnosed(facts, app, LOAD_CODES[load])
  if (cookie?.startsWith('withheld-'))
    return { part: 'cookie', code: cookie, ...COOKIE_CODES[cookie], diagnosis: null }
  if (save === 'discarded' || save === 'failed')
    return { part: 'save', code: save, ...SAVE_CODES[save], diagnosis: null }
  return null
}

/** The causes that only the cookie itself can show. */
const SHOWN_BY_COOKIE: readonly LoadCode[] = ['malformed', 'unsigned', 'bad-signature']

function diagnosed(facts: RequestFacts, app: CookieFacts, explanation: Explanation): Problem {
  const { load, cookieHeader } = facts
  const problem = { part: 'load', code: load, ...explanation, diagnosis: null } as const
  if (!SHOWN_BY_COOKIE.includes(load) || cookieHeader === undefined || cookieHeader.length > MAX_HEADER)
    return problem
  if (!app.budget.spend()) return problem
  const { code, detail } = diagnoseCookie(`Cookie: ${cookieHeader}`, {
    name: app.cookieName,
    secrets: app.secrets,
    strict: true,
  })
  const causes = code === null || code === 'none' ? [] : [code]
  return {
    ...problem,
    diagnosis: detail,
    causes: [...causes, ...explanation.causes.filter((cause) => cause !== code)],
  }
}
