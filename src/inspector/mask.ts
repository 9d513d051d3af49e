import { types } from 'node:util'
import { decodeField, encodeField } from '../core/field-codec.js'

/** Instead of a value whose name says that it is nobody's business. */
export const MASKED = '[masked]'

/** Instead of a field that another program spoiled; it must not hide the others. */
const UNREADABLE = '[unreadable]'

/** Longer text is cut, and longer lists. */
const MAX_TEXT = 200
const MAX_ITEMS = 100

/** Deeper parts are left out: a store may hold what other programs nested without end. */
const MAX_LEVELS = 64

/** What one field may show; a longer text is not even parsed. */
const MAX_PARTS = 2_000
const MAX_FIELD = 128 * 1024

const SECRET_NAME =
  /pass(?!port$)|pwd|secret|token|csrf|xsrf|auth|key|ssn|card|cvc|cvv|iban|email|credential|cookie|sessionid|^sid$|^pin$|^otp$/i

const plainName = (name: string): string => name.replace(/[^\p{L}\p{N}]/gu, '')

/** Whether the values under this name are masked. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(plainName(name))
}

/** What is shown of session data. */
export interface MaskRules {
  /** Shows everything. */
  readonly reveal: boolean
  /** Further names whose values are masked; text is compared without regard to case and punctuation. */
  readonly redact: readonly (string | RegExp)[]
}

/** The rules of an inspector without options. */
export const MASK_ALL: MaskRules = { reveal: false, redact: [] }

/** Text of a field as it may be shown, in the JSON form that stores have, and whether that is all there is. */
export interface ShownText {
  readonly text: string
  readonly complete: boolean
}

/** The stored text of a field, masked. Never throws. */
export function maskText(name: string, text: string, rules: MaskRules): ShownText {
  if (!rules.reveal && text.length > MAX_FIELD && !isHidden(name, rules)) {
    return { text: JSON.stringify(`[${text.length} characters]`), complete: false }
  }
  let value: unknown
  try {
    value = decodeField(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { text: JSON.stringify(UNREADABLE), complete: false }
  }
  const walk = new Walk(rules)
  const shown = walk.copy(value, name, 0)
  return {
    text: encodeField(shown, `session.${name}`, { maxDepth: Number.POSITIVE_INFINITY }),
    complete: walk.complete,
  }
}

/**
 * A copy of session data that can be shown: values under telling names are masked at every depth (true, false and null
 * stay, since they give nothing away), long text and lists are cut, bytes become their number. The original stays.
 */
export function mask(value: unknown, name: string, rules: MaskRules = MASK_ALL): unknown {
  return new Walk(rules).copy(value, name, 0)
}

/** The same without hiding anything. */
export function unmasked(value: unknown, name: string): unknown {
  return mask(value, name, { reveal: true, redact: [] })
}

/** Whether the value under a name is masked by these rules. */
function isHidden(name: string, { reveal, redact }: MaskRules): boolean {
  if (reveal) return false
  if (isSecretName(name)) return true
  const plain = plainName(name).toLowerCase()
  return redact.some((rule) =>
    typeof rule === 'string' ? plainName(rule).toLowerCase() === plain : name.search(rule) !== -1,
  )
}

/** One copy: counts its parts, so that a value of millions of them takes no time. */
class Walk {
  complete = true
  #parts = 0

  constructor(private readonly rules: MaskRules) {}

  copy(value: unknown, name: string, level: number): unknown {
    const { reveal } = this.rules
    this.#parts += 1
    if (name !== '' && isHidden(name, this.rules)) return this.#hide(value)
    if (typeof value === 'string') return reveal ? value : this.#cut(value)
    if (typeof value !== 'object' || value === null) return value
    if (types.isUint8Array(value) && !reveal) return this.#instead(`[${value.byteLength} bytes]`)
    if (types.isUint8Array(value) || types.isDate(value)) return value
    if (level >= MAX_LEVELS) return this.#instead('[nested too deeply]')
    return this.#copyParts(value, level + 1)
  }

  #copyParts(value: object, level: number): unknown {
    const keep = (item: unknown, name: string): unknown => this.copy(item, name, level)
    if (Array.isArray(value)) return this.#some(value, (item) => keep(item, ''), cutMark)
    if (types.isSet(value)) return new Set(this.#some([...value], (item) => keep(item, ''), cutMark))
    if (types.isMap(value)) {
      const entries = this.#some(
        [...value],
        ([key, item]) => [keep(key, ''), keep(item, nameOf(key))],
        cutEntry,
      )
      return new Map(entries as [unknown, unknown][])
    }
    const copied = this.#some(
      Object.entries(value),
      ([key, item]) => [this.rules.reveal ? key : this.#cut(key), keep(item, key)],
      cutEntry,
    )
    return Object.fromEntries(copied as [string, unknown][])
  }

  /** The first parts of many, and a mark for the others. */
  #some<Part>(
    parts: readonly Part[],
    take: (part: Part) => unknown,
    mark: (left: number) => unknown,
  ): unknown[] {
    const most = this.rules.reveal ? parts.length : MAX_ITEMS
    const taken: unknown[] = []
    for (const part of parts) {
      if (taken.length === most || (!this.rules.reveal && this.#parts > MAX_PARTS)) break
      taken.push(take(part))
    }
    const left = parts.length - taken.length
    if (left === 0) return taken
    this.complete = false
    return [...taken, mark(left)]
  }

  #hide(value: unknown): unknown {
    return value === null || typeof value === 'boolean' ? value : this.#instead(MASKED)
  }

  #instead(mark: string): string {
    this.complete = false
    return mark
  }

  #cut(text: string): string {
    if (text.length <= MAX_TEXT) return text
    return this.#instead(`${text.slice(0, MAX_TEXT)}… (${text.length} characters)`)
  }
}

const cutMark = (left: number): string => `… (${left} more)`
const cutEntry = (left: number): [string, string] => ['…', `(${left} more)`]

const nameOf = (key: unknown): string => (typeof key === 'string' ? key : '')
