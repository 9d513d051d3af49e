import type { DiagnosisOptions } from './diagnosis.js'
import { jsonOf } from './itsdangerous.js'
import { type CookieStyle, type Neighbour, type NeighbourContext, recogniseNeighbour } from './neighbours.js'
import type { PastedCookie } from './pasted-json.js'
import { explainChange, findVariant, type SecretVariant } from './secret-variants.js'
import { verifyDecoded, verifyValue } from './signed-value.js'
import { type Repair, type RepairedValue, repairValue, stagesOf } from './value-repair.js'

/** What is known about one cookie value. */
export interface ValueDiagnosis {
  /** `unverified`: well-formed, but there was no secret to check it with. */
  readonly status: 'valid' | 'invalid' | 'unsigned' | 'unverified'
  readonly code: 'unsigned' | 'mangled' | 'percent-encoded' | 'secret-mismatch' | null
  /** The verdict of a server on the cookie as it was pasted; null where the store decides, or another library. */
  readonly load: 'none' | 'malformed' | 'unsigned' | 'bad-signature' | null
  /** Null for text that no known library makes. */
  readonly style: CookieStyle | null
  /** The name of the cookie, when the text had it. */
  readonly name: string | null
  /** The id in clear text, as signed or claimed: a credential, to be shown only on request. */
  readonly id: string | null
  /** The data in a cookie that holds them. */
  readonly payload: unknown
  /** When it was signed, in seconds since 1970, where the cookie says it. */
  readonly signedAt: number | null
  /** Which of the secrets signed it; 0 is the current one. */
  readonly secretIndex: number | null
  /** The secret that would match if it had been read in another way. */
  readonly wouldMatch: SecretVariant | null
  /** What had to be done to the value, in order. */
  readonly repairs: readonly Repair[]
  /** What is the case and what to do, in words; holds neither id nor secret. */
  readonly detail: string
}

type Check = (secret: string | Buffer) => boolean
type Known = Pick<ValueDiagnosis, 'load' | 'name' | 'repairs' | 'style'> & Partial<ValueDiagnosis>

/** Repairs that no server makes, the code that each stands for, and what it means. */
const DAMAGE: Partial<Record<Repair, readonly ['mangled', string]>> = {
  'join-lines': ['mangled', 'something broke the value into lines; copy it in one piece'],
  unescape: ['mangled', 'something put backslashes into the value; take it out of its JSON first'],
  'add-prefix': [
    'mangled',
    'express-session and sessmw ignore a value without s: (only @fastify/session makes such ones); copy the whole value',
  ],
  'space-to-plus': ['mangled', 'something decodes the cookie like a form; use decodeURIComponent'],
  'base64url-to-base64': [
    'mangled',
    'something rewrites the signature as base64url; pass the cookie on as it is',
  ],
  'remove-padding': ['mangled', 'something pads the signature; pass the cookie on as it is'],
}
/** What copying puts around a value: no fault of the cookie, unless it is to be taken as it is. */
const SURROUNDINGS: typeof DAMAGE = {
  trim: ['mangled', 'something stands beside the value; copy it alone'],
  unquote: ['mangled', 'it stands in quotes, of which servers remove one pair of double ones only'],
}
const TWICE = ['percent-encoded', 'something encodes the cookie twice; encode it once'] as const

/** Diagnoses one value: as one of ours; where that fails, as one of another library. */
export function diagnoseValue(
  cookie: PastedCookie,
  context: NeighbourContext,
  options: DiagnosisOptions,
): ValueDiagnosis {
  if (!options.strict) return diagnose(cookie, context, options)
  const found = diagnose({ ...cookie, value: asServersRead(cookie.value) }, context, options)
  return { ...found, repairs: [] }
}

/** Without the `;` that ends a pair, and the blanks around a value. */
const trimmed = (value: string): string => value.trim().replace(/;$/, '').trimEnd()

/** Also without the double quotes that RFC 6265bis (4.1.1) allows. */
const asServersRead = (value: string): string => trimmed(value).replace(/^"(.*)"$/s, '$1')

/** The value as it must have stood in the header, without what copying put around it. */
const uncovered = (pasted: string): string => trimmed(pasted).replace(/^(["'])(.*)\1$/s, '$2')

function diagnose(
  cookie: PastedCookie,
  context: NeighbourContext,
  options: DiagnosisOptions,
): ValueDiagnosis {
  const { secrets, style } = options
  const repaired = repairValue(cookie.value, (value) => verifyDecoded(value, secrets).ok)
  const name = cookie.name ?? null
  const isOurs = repaired.value.startsWith('s:') && !repaired.repairs.includes('add-prefix')
  const isOursForSure = isOurs
    ? !style || style === 'express-session'
    : verifyDecoded(repaired.value, secrets).ok
  if (isOursForSure || style === 'express-session') return ours(cookie.value, repaired, name, options)
  const stage = neighbourStage(cookie.value, context, options)
  if (stage === undefined) return ours(cookie.value, repaired, name, options)
  const { neighbour, repairs } = stage
  const found = neighbourly(neighbour, { load: null, name, repairs, style: neighbour.style }, options)
  // 43 characters without a time may as well be a signature of ours that lost its s:.
  const isAmbiguous =
    found.code === 'secret-mismatch' && !repaired.problem && neighbour.signedAt === undefined
  return isAmbiguous ? ours(cookie.value, repaired, name, options) : found
}

/** Where the repairs first make a cookie of another library that a secret matches; else the last of such cookies. */
function neighbourStage(
  pasted: string,
  context: NeighbourContext,
  { secrets, style }: DiagnosisOptions,
): { readonly neighbour: Neighbour; readonly repairs: readonly Repair[] } | undefined {
  const stages = stagesOf(pasted).flatMap(({ value, repairs }) => {
    const neighbour = recogniseNeighbour(value, context)
    return neighbour === undefined || (style && style !== neighbour.style) ? [] : [{ neighbour, repairs }]
  })
  const matches = ({ check }: Neighbour) => check && secrets.some((secret) => check(secret) !== undefined)
  return stages.find(({ neighbour }) => matches(neighbour)) ?? stages.at(-1)
}

const EMPTY = { id: null, payload: null, signedAt: null, secretIndex: null, wouldMatch: null } as const

function ours(
  pasted: string,
  { value, repairs, problem, detail }: RepairedValue,
  name: string | null,
  options: DiagnosisOptions,
): ValueDiagnosis {
  const { secrets, strict } = options
  const load = loadOf(strict ? pasted : uncovered(pasted), secrets)
  if (problem) {
    const status = problem === 'unsigned' ? 'unsigned' : 'invalid'
    return { ...EMPTY, load, name, repairs, style: null, status, code: problem, detail }
  }
  const claimed = value.slice(2, value.lastIndexOf('.'))
  const json = claimed.startsWith('j:') ? jsonOf(claimed.slice(2)) : undefined
  const style = json === undefined ? 'express-session' : 'signed-json'
  const known = { load, name, repairs, style } as const
  const result = verifyDecoded(value, secrets)
  if (!result.ok && secrets.length > 0)
    return mismatch(known, (secret) => verifyDecoded(value, [secret]).ok, 'Well-formed', options)
  const [code, advice] = damageOf(repairs, options)
  if (code && strict)
    return {
      ...EMPTY,
      ...known,
      status: 'invalid',
      code,
      detail: `A server would refuse it as it is: ${advice}.`,
    }
  const content = json === undefined ? { id: claimed } : { payload: json.json }
  const kind = json === undefined ? '' : ' It is a JSON cookie of res.cookie() and no session.'
  const note = `${kind}${code ? ` But ${advice}.` : ''}`
  const shared = { ...EMPTY, ...known, ...content, code }
  if (!result.ok)
    return {
      ...shared,
      status: 'unverified',
      detail: `Well-formed, but not checked without a secret.${note}`,
    }
  const { secretIndex } = result
  const detailed = `${matched(secretIndex, secrets.length)}${note}`
  return { ...shared, status: 'valid', secretIndex, detail: detailed }
}

/** What a server says to the value. */
function loadOf(value: string, secrets: readonly string[]): ValueDiagnosis['load'] {
  const result = verifyValue(value, secrets)
  if (result.ok || (result.reason === 'bad-signature' && secrets.length === 0)) return null
  return result.reason
}

function damageOf(
  repairs: readonly Repair[],
  { strict }: DiagnosisOptions,
): readonly ['mangled' | 'percent-encoded' | null, string] {
  if (repairs.filter((repair) => repair === 'percent-decode').length > 1) return TWICE
  const damages = strict ? { ...DAMAGE, ...SURROUNDINGS } : DAMAGE
  return repairs.map((repair) => damages[repair]).find((damage) => damage) ?? [null, '']
}

function neighbourly(neighbour: Neighbour, found: Known, options: DiagnosisOptions): ValueDiagnosis {
  const { id = null, payload = null, signedAt = null, what, advice = '', damage, check, isSigned } = neighbour
  const { secrets, strict } = options
  const known = { ...EMPTY, ...found, payload, signedAt }
  const invalid = (code: 'unsigned' | 'mangled' | 'percent-encoded', detail: string): ValueDiagnosis => ({
    ...known,
    status: 'invalid',
    code,
    detail,
  })
  if (!isSigned) return { ...known, status: 'unsigned', code: 'unsigned', detail: `${what}${advice}.` }
  if (damage !== undefined) return invalid('mangled', `${what}. ${damage}.`)
  if (secrets.length === 0)
    return {
      ...known,
      id,
      status: 'unverified',
      code: null,
      detail: `${what}, not checked without a secret.`,
    }
  if (check === undefined) return invalid('unsigned', `${what}${advice}.`)
  const words = secrets.map((secret) => check(secret))
  const secretIndex = words.findIndex((each) => each !== undefined)
  if (secretIndex === -1) {
    const failed = mismatch(found, (secret) => check(secret) !== undefined, what, options)
    return { ...failed, signedAt, detail: failed.wouldMatch ? failed.detail : `${failed.detail}${advice}` }
  }
  const [code, harm] = damageOf(found.repairs, options)
  if (code && strict) return invalid(code, `A server would refuse it as it is: ${harm}.`)
  const detail = `${words[secretIndex]}.${code ? ` But ${harm}.` : ''}`
  return { ...known, id, secretIndex, status: 'valid', code, detail }
}

/** Also looks for the way in which a secret must have been misread. */
function mismatch(known: Known, check: Check, subject: string, options: DiagnosisOptions): ValueDiagnosis {
  const { secrets, lines = [] } = options
  const wouldMatch = findVariant(secrets, lines, check) ?? null
  const which =
    secrets.length === 1 ? 'the secret does not match' : `none of ${secrets.length} secrets matches`
  const change = wouldMatch && explainChange(wouldMatch.change)
  const reason = change
    ? `. It would match if ${change.words}. ${change.fix}`
    : ': it was signed with another secret, or changed.'
  const detail = `${subject}, but ${which}${reason}`
  return { ...EMPTY, ...known, status: 'invalid', code: 'secret-mismatch', wouldMatch, detail }
}

const matched = (index: number, count: number): string =>
  index === 0
    ? 'The signature matches.'
    : `The signature matches secret ${index + 1} of ${count}: it will be re-signed.`
