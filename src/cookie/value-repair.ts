/** One thing done to a value. `percent-decode` can stand there twice. */
export type Repair =
  | 'trim'
  | 'join-lines'
  | 'unquote'
  | 'unescape'
  | 'percent-decode'
  | 'add-prefix'
  | 'space-to-plus'
  | 'base64url-to-base64'
  | 'remove-padding'

/** A value as far as it could be repaired. Without `problem` it is well-formed: `s:` + id + `.` + 43 characters. */
export interface RepairedValue {
  readonly value: string
  readonly repairs: readonly Repair[]
  readonly problem: 'unsigned' | 'mangled' | 'percent-encoded' | undefined
  /** What the problem is, in words. */
  readonly detail: string
}

/** A value after some of the repairs. */
export interface Stage {
  readonly value: string
  readonly repairs: readonly Repair[]
}

/** HMAC-SHA256 in base64 without padding. */
const SIGNATURE_LENGTH = 43
/** Browsers keep no cookie that is longer (RFC 6265bis 5.6). */
const MAX_LENGTH = 4096
/** Shorter text behind a dot is a part of an id rather than what is left of a signature. */
const MIN_SIGNATURE_LENGTH = 20

const SIGNATURE = /^[A-Za-z0-9+/]{43}$/
const SIGNATURE_LIKE = /^[A-Za-z0-9+/_ =-]+$/

type Step = readonly [repair: Repair, apply: (value: string) => string]

/** Applies to what stands behind the last dot. */
const inSignature =
  (apply: (signature: string) => string) =>
  (value: string): string => {
    const start = value.lastIndexOf('.') + 1
    return start === 0 ? value : value.slice(0, start) + apply(value.slice(start))
  }

/** What copying adds, and encoding: damage that a cookie of any library can have. */
const SURFACE: readonly Step[] = [
  ['trim', trim],
  ['join-lines', joinLines],
  ['unquote', unquote],
  ['unescape', removeBackslashes],
  ['percent-decode', decode],
  ['percent-decode', decode],
]

/** What befalls the signature of a value of ours. */
const SIGNED: readonly Step[] = [
  ['add-prefix', (value) => (value.startsWith('s:') || !hasSignature(value) ? value : `s:${value}`)],
  ['space-to-plus', inSignature((signature) => signature.replaceAll(' ', '+'))],
  ['base64url-to-base64', inSignature((signature) => signature.replaceAll('-', '+').replaceAll('_', '/'))],
  ['remove-padding', inSignature((signature) => signature.replace(/={1,2}$/, ''))],
]

/** Characters without width, which chats put beside what is copied from them. */
const INVISIBLE = /[\u200b-\u200f\u2060]/g

/** Without the blanks around it and the `;` or `,` that stood between it and its neighbour. */
function trim(value: string): string {
  const text = value.replace(INVISIBLE, '').trim()
  return /[;,]$/.test(text) ? text.slice(0, -1).trimEnd() : text
}

/** A terminal or a chat broke the value into lines. */
function joinLines(value: string): string {
  const lines = value.split(/[\r\n]+/)
  return lines.length === 1 ? value : lines.map((line) => line.trim()).join('')
}

function unquote(value: string): string {
  return /^(\\?["'`]).*\1$/s.test(value) || /^[“„«‘].*[”“»’]$/s.test(value)
    ? value
        .replace(/^\\?["'`“„«‘]/, '')
        .replace(/\\?["'`”“»’]$/, '')
        .trim()
    : value
}

/** Backslashes of JSON, where `/` may be `\/` and any character `\u` with its number. */
function removeBackslashes(value: string): string {
  return value.includes('\\')
    ? value
        .replace(/\\u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
        .replace(/\\(.)/g, '$1')
    : value
}

/** Broken percent-encoding stays as it is, so that it can be named in the end. */
function decode(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

function hasSignature(value: string): boolean {
  const signature = value.slice(value.lastIndexOf('.') + 1)
  return signature !== value && signature.length >= MIN_SIGNATURE_LENGTH && SIGNATURE_LIKE.test(signature)
}

/** The value as it is and after each repair that changes it, of those that any library's cookie can need. */
export function stagesOf(pasted: string): Stage[] {
  return pasted.length > 2 * MAX_LENGTH ? [] : climb(pasted, SURFACE)
}

function climb(pasted: string, steps: readonly Step[]): Stage[] {
  let last: Stage = { value: pasted, repairs: [] }
  const stages = [last]
  for (const [repair, apply] of steps) {
    const value = apply(last.value)
    if (value === last.value) continue
    last = { value, repairs: [...last.repairs, repair] }
    stages.push(last)
  }
  return stages
}

/**
 * Undoes the usual damage of a cookie value, one step at a time, each only where it changes something, and stops
 * as soon as a secret matches. When none does, it stops where the value was first well-formed.
 */
export function repairValue(pasted: string, matches: (value: string) => boolean): RepairedValue {
  if (pasted.length > 2 * MAX_LENGTH) return tooLong(pasted)
  const stages = climb(pasted, [...SURFACE, ...SIGNED])
  const wellFormed = stages.filter(({ value }) => isWellFormed(value))
  const found = wellFormed.find(({ value }) => matches(value)) ?? wellFormed[0]
  if (found !== undefined) return { ...found, problem: undefined, detail: '' }
  const last = stages.at(-1) ?? { value: pasted, repairs: [] }
  return { ...last, ...problemOf(last.value) }
}

function isWellFormed(value: string): boolean {
  const dot = value.lastIndexOf('.')
  return (
    value.startsWith('s:') && dot > 2 && value.length <= MAX_LENGTH && SIGNATURE.test(value.slice(dot + 1))
  )
}

function tooLong(value: string): RepairedValue {
  const detail = `The value has ${value.length} characters; browsers keep at most ${MAX_LENGTH}.`
  return { value, repairs: [], problem: 'mangled', detail }
}

const WAS_CUT = 'was cut. Copy the whole value; in the developer tools a triple click marks all of it'

type Problem = Pick<RepairedValue, 'problem' | 'detail'>
const mangled = (detail: string): Problem => ({ problem: 'mangled', detail })

function problemOf(value: string): Problem {
  const dot = value.lastIndexOf('.')
  if (value === '') return mangled('The value is empty.')
  if (value.length > MAX_LENGTH) return tooLong(value)
  if (/(?:…|\.\.\.)$/.test(value)) return mangled(`The value ends in dots: it ${WAS_CUT}.`)
  if (/^["']?s(%25)*%3a/i.test(value)) {
    return decode(value) === value
      ? mangled('The percent-encoding is broken: copy the whole value.')
      : {
          problem: 'percent-encoded',
          detail: 'The value is percent-encoded more than twice: encode it once.',
        }
  }
  if (dot === -1 || (!value.startsWith('s:') && !hasSignature(value)))
    return { problem: 'unsigned', detail: 'There is no signature: anyone could have made this value.' }
  if (dot <= 2) return mangled('There is no id before the signature.')
  return mangled(signatureProblem(value.slice(dot + 1).length))
}

function signatureProblem(length: number): string {
  if (length === SIGNATURE_LENGTH) return 'The signature has characters that are no base64.'
  const advice = length < SIGNATURE_LENGTH ? `the value ${WAS_CUT}` : 'something was added to the value'
  return `The signature is ${length} characters, expected ${SIGNATURE_LENGTH}: ${advice}.`
}
