import { diagnoseValue, type ValueDiagnosis } from './diagnose-value.js'
import { ITSDANGEROUS_SALTS } from './itsdangerous.js'
import type { CookieStyle, NeighbourContext } from './neighbours.js'
import {
  type Hint,
  type HintCode,
  judgeAttributes,
  type PastedAttributes,
  readAttributes,
} from './pasted-attributes.js'
import { type PastedCookies, type PastedForm, readPasted } from './pasted-cookie.js'
import type { PastedCookie } from './pasted-json.js'
import { SIGNED, signedCookies } from './signed-text.js'

/** Why a cookie does not work, or works only by luck: the root causes that a cookie alone can show. */
export type DiagnosisCode =
  | 'none'
  | 'unsigned'
  | 'mangled'
  | 'percent-encoded'
  | 'secret-mismatch'
  | 'duplicate-cookie'
  | HintCode

/** What is known about a pasted cookie. */
export interface Diagnosis extends Omit<ValueDiagnosis, 'code'> {
  /** What is wrong; a valid cookie has a code when a server or a browser would refuse it as it was pasted. */
  readonly code: DiagnosisCode | null
  /** What the value was taken out of. */
  readonly form: PastedForm
  /** Of a `Set-Cookie` header. */
  readonly attributes: PastedAttributes | null
  /** What browsers will do with it. */
  readonly hints: readonly Hint[]
  /** All cookies of this name in the request, in order, when there are several. */
  readonly duplicates: readonly Pick<ValueDiagnosis, 'status' | 'code'>[]
}

/** How to diagnose. */
export interface DiagnosisOptions {
  /** The cookie to look for; left out, the one that looks most like ours. */
  readonly name?: string | undefined
  /** Newest first; with none, only the structure is checked. */
  readonly secrets: readonly string[]
  /** For each secret, the text behind its `=` in the file it came from, as it stands there. */
  readonly lines?: readonly (string | undefined)[]
  /** Repairs nothing, and calls a cookie invalid when a server would refuse it as it is. */
  readonly strict?: boolean | undefined
  /** Takes the cookie for one of this library, whatever it looks like. */
  readonly style?: CookieStyle | undefined
  /** Salts of itsdangerous besides the usual ones. */
  readonly salts?: readonly string[]
  /** Where the cookie is to be sent, to judge its attributes by. */
  readonly url?: URL | undefined
  /** Milliseconds since 1970; left out: the real time. */
  readonly now?: number
}

interface Candidate {
  readonly cookie: PastedCookie
  readonly found: ValueDiagnosis
}

/** As many cookies of one name as the server looks at. */
const MAX_CANDIDATES = 4
const RANK = { valid: 0, unverified: 1, invalid: 2, unsigned: 3 } as const

/**
 * Says what a pasted cookie is and what is wrong with it: takes it out of whatever surrounds it, undoes the usual
 * damage step by step until a secret matches, names each step, and recognises the cookies of other libraries. Never
 * throws; linear in the length of the text.
 */
export function diagnoseCookie(pasted: string, options: DiagnosisOptions): Diagnosis {
  const read = readPasted(pasted)
  const cookies = signedCookies(pasted)
  const isRead = ({ name, value }: PastedCookie) =>
    SIGNED.test(value) || (name !== undefined && name === options.name)
  const isMissed = cookies.length > 0 && !read.cookies.some(isRead)
  return diagnoseRead(isMissed ? { cookies, form: 'text' } : read, pasted, options)
}

function diagnoseRead(
  { cookies, form }: PastedCookies,
  pasted: string,
  options: DiagnosisOptions,
): Diagnosis {
  const now = options.now ?? Date.now()
  const salts = [...ITSDANGEROUS_SALTS, ...(options.salts ?? [])]
  const signatures = cookies.filter((cookie) => cookie.name?.endsWith('.sig'))
  const diagnose = (cookie: PastedCookie): Candidate => {
    const isCompanion = ({ name, group }: PastedCookie) =>
      name === `${cookie.name}.sig` && group === cookie.group
    const companion = signatures.find(isCompanion)?.value
    const context = { name: cookie.name ?? options.name, companion, salts, now }
    return { cookie, found: diagnoseWithin(cookie, context, options) }
  }
  const candidates = choose(cookies, options.name ?? likelyName(cookies, diagnose)).map(diagnose)
  const [best] = candidates.toSorted((one, other) => RANK[one.found.status] - RANK[other.found.status])
  if (best === undefined)
    return { ...NOTHING, form, detail: nothingThere(cookies, options.name, pasted, form) }
  const { cookie, found } = best
  const attributes = cookie.attributes ? readAttributes(cookie.attributes, now) : null
  const hints = attributes ? judgeAttributes(cookie.name ?? '', attributes, { url: options.url, now }) : []
  const shared = { ...found, form, attributes, hints, code: found.code ?? hints[0]?.code ?? null }
  if (candidates.length === 1 || cookie.name === undefined) return { ...shared, duplicates: [] }
  return {
    ...shared,
    code: found.code ?? 'duplicate-cookie',
    detail: `${found.detail} ${severalWords(candidates.indexOf(best) + 1, candidates.length)}`,
    duplicates: candidates.map(({ found: { status, code } }) => ({ status, code })),
  }
}

/** What breaks a value may only stand beside it, unless it is to be taken as it is. */
function diagnoseWithin(
  cookie: PastedCookie,
  context: NeighbourContext,
  options: DiagnosisOptions,
): ValueDiagnosis {
  const found = diagnoseValue(cookie, context, options)
  const [signed] = options.strict || !isBroken(found) ? [] : signedCookies(cookie.value)
  if (signed === undefined) return found
  const other = diagnoseValue({ ...cookie, value: signed.value }, context, options)
  return isBroken(other) ? found : other
}

const isBroken = ({ code, status }: ValueDiagnosis): boolean =>
  code === 'unsigned' || (code === 'mangled' && status === 'invalid')

const NOTHING = {
  status: 'invalid',
  code: 'none',
  load: 'none',
  style: null,
  name: null,
  id: null,
  payload: null,
  signedAt: null,
  secretIndex: null,
  wouldMatch: null,
  repairs: [],
  attributes: null,
  hints: [],
  duplicates: [],
} as const satisfies Partial<Diagnosis>

/** A browser sends the cookie with the longest path first; only our server looks at more than the first. */
function severalWords(place: number, count: number): string {
  const which = `This is number ${place} of ${count}${count === MAX_CANDIDATES ? ' or more' : ''} cookies of this name`
  return `${which}; express-session looks only at the first. Delete the stale one, with the Domain and Path it was set with.`
}

/** The cookies of the name in the last request that has it, and values without a name. */
function choose(cookies: readonly PastedCookie[], name: string | undefined): PastedCookie[] {
  const named = cookies.filter((cookie) => cookie.name === name || cookie.name === undefined)
  const group = named.at(-1)?.group
  const seen = new Set<string>()
  // A request that is listed twice, as header and as parsed cookies, has no duplicate for that.
  const isNew = ({ value }: PastedCookie) => !seen.has(value) && seen.add(value)
  return named.filter((cookie) => cookie.group === group && isNew(cookie)).slice(0, MAX_CANDIDATES)
}

/** More cookies than browsers keep of one site; it bounds the time that looking at each takes. */
const MAX_LOOKS = 180

/** The first cookie that is valid; else the first that looks signed, as ours or of another library; else the first. */
function likelyName(
  cookies: readonly PastedCookie[],
  diagnose: (cookie: PastedCookie) => Candidate,
): string | undefined {
  if (cookies.length < 2) return cookies[0]?.name
  const candidates = cookies.slice(0, MAX_LOOKS).map(diagnose)
  const likely =
    candidates.find(({ found }) => found.status === 'valid') ??
    candidates.find(({ cookie }) => SIGNED.test(cookie.value)) ??
    candidates.find(({ found }) => found.style !== null) ??
    candidates[0]
  return likely?.cookie.name
}

/** Names that can be shown: what stands before a `=` by chance may be a part of a credential. */
const PLAIN_NAME = /^(?:__(?:Host|Secure)-)?(?![sj]:)[a-z][\w.:-]{0,23}$/i

function nothingThere(
  cookies: readonly PastedCookie[],
  name: string | undefined,
  pasted: string,
  form: PastedForm,
): string {
  if (form === 'json' && /"entries"\s*:/.test(pasted))
    return 'There is no cookie in the HAR file: developer tools leave them out unless told to export sensitive data.'
  if (name === undefined) return 'There is no cookie in the text.'
  const names = [...new Set(cookies.map((cookie) => cookie.name ?? ''))].filter((text) => plainName(text))
  const others = names.length === 0 ? '' : ` There is ${names.slice(0, 8).join(', ')}.`
  const likely = cookies.find(({ value }) => SIGNED.test(value))?.name
  const hint =
    likely !== undefined && names.includes(likely) ? ` ${likely} looks signed: --name ${likely}` : ''
  const called = plainName(name) === null ? 'of the given name' : `called "${name}"`
  return `There is no cookie ${called} in the text.${others}${hint}`
}

/** The name of a cookie if it can be shown. */
export function plainName(name: string | null | undefined): string | null {
  return name && PLAIN_NAME.test(name) ? name : null
}
