import { type Diagnosis, plainName } from '../cookie/diagnosis.js'
import type { PastedAttributes } from '../cookie/pasted-attributes.js'
import type { PastedForm } from '../cookie/pasted-cookie.js'
import type { Repair } from '../cookie/value-repair.js'
import { handleOf } from '../core/session-id.js'
import type { Output } from './output.js'
import { describeSecret, type Secret } from './secret-source.js'

/** What `verify` found out, and what of it may be shown. */
export interface VerifyReport {
  readonly diagnosis: Diagnosis
  /** Those that were tried. */
  readonly secrets: readonly Secret[]
  /** Milliseconds since 1970. */
  readonly now: number
  /** Whether the id may be shown whole. */
  readonly showId: boolean
  /** The data of the cookie as they may be shown. */
  readonly payload: unknown
}

const FORMS: Readonly<Record<PastedForm, string | undefined>> = {
  command: 'a curl command',
  json: 'JSON',
  code: 'code',
  table: 'a table row',
  'set-cookie-line': 'a Set-Cookie line',
  'cookie-line': 'a Cookie line',
  pairs: 'name=value',
  text: 'text',
  value: undefined,
}

const REPAIRS: Readonly<Record<Repair, string>> = {
  trim: 'removed whitespace',
  'join-lines': 'joined lines',
  unquote: 'removed quotes',
  unescape: 'removed backslashes',
  'percent-decode': 'percent-decoded',
  'add-prefix': 'added s:',
  'space-to-plus': 'space → +',
  'base64url-to-base64': 'base64url → base64',
  'remove-padding': 'removed = padding',
}

const MAX_PAYLOAD = 2000

/** An id is a credential: two characters at either end tell it from others and open nothing. */
function shownId(id: string, whole: boolean): string {
  if (whole) return id
  return id.length < 16 ? '…' : `${id.slice(0, 2)}…${id.slice(-2)}`
}

/** The answer as `docs/cli-schemas/verify.json` describes it. */
export function verifyJson(report: VerifyReport, name: string | undefined): object {
  const { diagnosis, secrets, now, showId } = report
  const { id, secretIndex, wouldMatch, signedAt, attributes } = diagnosis
  const { status, code, load, style, form, repairs, hints, duplicates, detail } = diagnosis
  const originOf = (index: number) => ({ index, source: secrets[index]?.origin ?? null })
  return {
    schema: 'sessmw/verify@1',
    status,
    code,
    load,
    name: plainName(diagnosis.name) ?? plainName(name),
    id: id === null ? null : shownId(id, showId),
    handle: id === null ? null : handleOf(id),
    style,
    form,
    repairs,
    secret: secretIndex === null ? null : originOf(secretIndex),
    wouldMatch: wouldMatch && { ...originOf(wouldMatch.index), change: wouldMatch.change },
    needsResign: isResigned(diagnosis),
    signedAt: signedAt === null ? null : new Date(signedAt * 1000).toISOString(),
    age: signedAt === null ? null : Math.floor(now / 1000) - signedAt,
    payload: report.payload,
    attributes: attributes && attributesJson(attributes),
    store: { checked: false },
    hints,
    duplicates,
    detail,
  }
}

function attributesJson({ expiresAt, ...attributes }: PastedAttributes): object {
  return expiresAt === undefined ? attributes : { ...attributes, expires: isoOf(expiresAt) }
}

/** Beyond the year 275760, dates have no text. */
const isoOf = (milliseconds: number): string =>
  new Date(Math.max(-8.64e15, Math.min(8.64e15, milliseconds))).toISOString()

/** The answer for people: what is the case and what to do, then what is known. */
export function printDiagnosis(report: VerifyReport, out: Output): void {
  const { paint } = out
  const { diagnosis, secrets, now, showId } = report
  const { status, code, id, repairs, form, signedAt, attributes } = diagnosis
  const heads = {
    valid: paint.green('✔ valid'),
    invalid: paint.red('✖ invalid'),
    unsigned: paint.yellow('✖ unsigned'),
    unverified: paint.yellow('? not verified'),
  }
  const line = (label: string, text: string) => out.answer(`  ${label.padEnd(10)} ${printable(text)}`)
  out.answer(
    `${heads[status]}  ${printable(diagnosis.detail)}${code === null ? '' : paint.dim(`  [${code}]`)}`,
  )
  if (id !== null) line('id', shownId(id, showId))
  if (id !== null) line('handle', handleOf(id))
  const source = FORMS[form]
  const name = plainName(diagnosis.name)
  if (source !== undefined) line('taken from', name === null ? source : `${source}: ${name}`)
  for (const text of repairWords(repairs)) line('repaired', text)
  if (signedAt !== null)
    line('signed at', `${new Date(signedAt * 1000).toISOString()}, ${ageWords(now / 1000 - signedAt)}`)
  if (report.payload !== null) line('data', JSON.stringify(report.payload).slice(0, MAX_PAYLOAD))
  if (attributes !== null) line('Set-Cookie', attributeWords(attributes, now))
  for (const { code: cause, message } of diagnosis.hints) line('note', `${message} [${cause}]`)
  diagnosis.duplicates.forEach((found, index) => {
    line(`cookie ${index + 1}`, `${found.status}${found.code === null ? '' : ` [${found.code}]`}`)
  })
  if (diagnosis.load !== null && diagnosis.load !== code)
    line('verdict', `${diagnosis.load}, of a server that gets it as it is here`)
  printSecrets(diagnosis, secrets, line)
}

/** Only our own cookies are signed anew. */
const isResigned = ({ style, secretIndex }: Diagnosis): boolean =>
  style === 'express-session' && secretIndex !== null && secretIndex > 0

function printSecrets(
  diagnosis: Diagnosis,
  secrets: readonly Secret[],
  line: (label: string, text: string) => void,
): void {
  const { secretIndex, status, code } = diagnosis
  const secret = secretIndex === null ? undefined : secrets[secretIndex]
  if (secret !== undefined) {
    const old = isResigned(diagnosis) ? ' → sessmw signs it anew on the next response' : ''
    line('secret', `#${Number(secretIndex) + 1} of ${secrets.length}: ${describeSecret(secret)}${old}`)
  } else if (status === 'invalid' && code === 'secret-mismatch') {
    for (const tried of secrets) line('tried', describeSecret(tried))
  }
}

function repairWords(repairs: readonly Repair[]): string[] {
  const words = repairs.map((repair) => REPAIRS[repair])
  const decoded = words.filter((word) => word === REPAIRS['percent-decode']).length
  return [...new Set(words)].map((word) =>
    word === REPAIRS['percent-decode'] && decoded > 1 ? `${word} twice` : word,
  )
}

function attributeWords(
  { path, domain, httpOnly, secure, sameSite, expiresAt }: PastedAttributes,
  now: number,
): string {
  const words = [
    path && `Path=${path}`,
    domain && `Domain=${domain}`,
    httpOnly && 'HttpOnly',
    secure && 'Secure',
    sameSite && `SameSite=${sameSite.charAt(0).toUpperCase()}${sameSite.slice(1)}`,
  ].filter((word) => word)
  const left = expiresAt === undefined ? 'ends with the browser' : expiryWords(expiresAt - now)
  return `${words.join(' ')} · ${left}`
}

const expiryWords = (left: number): string =>
  left > 0 ? `expires in ${duration(left / 1000)}` : `expired ${duration(-left / 1000)} ago`

const ageWords = (seconds: number): string =>
  seconds < 0 ? `${duration(-seconds)} ahead` : `${duration(seconds)} ago`

/** The two largest units: `23 h 10 min`. */
function duration(seconds: number): string {
  const total = Math.max(0, Math.floor(seconds))
  const parts: [number, string][] = [
    [Math.floor(total / 86_400), 'd'],
    [Math.floor(total / 3600) % 24, 'h'],
    [Math.floor(total / 60) % 60, 'min'],
    [total % 60, 's'],
  ]
  const first = parts.findIndex(([count]) => count > 0)
  const shown = first === -1 ? parts.slice(-1) : parts.slice(first, first + 2).filter(([count]) => count > 0)
  return shown.map(([count, unit]) => `${count} ${unit}`).join(' ')
}

/** Cookies are written by strangers: no control characters, no characters that turn the direction of text (CWE-150). */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?')
}
