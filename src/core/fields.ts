import { checkSize, type FieldChange, type FieldLimits, merge, type Texts } from './field-change.js'
import { decodeField, encodeField, encodeSimple } from './field-codec.js'
import { pathTo } from './field-path.js'
import { isOwnField, isReserved, RESERVED_NAMES } from './names.js'

/** What text by another hand may have: space, escapes, fractions, tags, refused names. Ours may have most as well. */
const MAYBE_FOREIGN = /[[{:,]\s|\\[u/]|\d[.eE]|\$type|proto|constructor/

const NONE: Texts = Object.freeze({})

/**
 * The fields of one session during one request.
 *
 * `texts` is what the store has. A value is parsed at its first access; at a commit only the values that were
 * accessed are encoded again and compared as text, so that nested changes are seen and untouched fields cost nothing.
 */
export class Fields {
  private base: Texts
  /** A change that counts as written; merged into `base` only when somebody looks, as after most commits nobody does. */
  private accepted: FieldChange | undefined
  private readonly values = new Map<string, unknown>()
  /** Names that the store has and the data no more; made at the first one. */
  private deleted: Set<string> | undefined
  /** Names whose text cannot be parsed; made at the first one. */
  private unreadable: Set<string> | undefined
  /** Values as they were parsed; made at the first one. */
  private parsed: Map<string, unknown> | undefined

  /** These fields were given up again, so that nothing planned for them may be written. */
  abandoned = false

  constructor(texts: Texts = NONE) {
    this.base = texts
  }

  private get texts(): Texts {
    if (this.accepted !== undefined) {
      this.base = merge(this.base, this.accepted)
      this.accepted = undefined
    }
    return this.base
  }

  private set texts(texts: Texts) {
    this.base = texts
    this.accepted = undefined
  }

  /** The value, parsed; undefined when there is none. */
  valueOf(name: string): unknown {
    const value = this.values.get(name)
    if (value !== undefined || !this.isUnparsed(name)) return value
    return this.parse(name, this.texts[name] as string)
  }

  contains(name: string): boolean {
    return this.values.has(name) || this.isUnparsed(name)
  }

  put(name: string, value: unknown): void {
    this.values.set(name, value)
    this.deleted?.delete(name)
    this.unreadable?.delete(name)
  }

  remove(name: string): void {
    this.values.delete(name)
    if (Object.hasOwn(this.texts, name)) this.noteDeleted(name)
  }

  /** The names of the data, in the order in which they came. */
  names(): string[] {
    const names = Object.keys(this.texts).filter(
      (name) => !this.deleted?.has(name) && !this.unreadable?.has(name) && !isReserved(name),
    )
    for (const name of this.values.keys()) {
      if (!Object.hasOwn(this.texts, name) && !isOwnField(name)) names.push(name)
    }
    return names
  }

  /** Names that the store has but the data cannot show. They are few, and the fields may be many. */
  hiddenNames(): string[] {
    const { texts } = this
    return RESERVED_NAMES.filter((name) => Object.hasOwn(texts, name))
  }

  /** Starts over from what the store has; unsaved changes are dropped. */
  reset(texts: Texts): void {
    this.texts = texts
    if (this.values.size > 0) this.values.clear()
    this.deleted = undefined
    this.parsed = undefined
    this.unreadable = undefined
  }

  /** Forgets what the request changed. */
  dropChanges(): void {
    this.reset(this.texts)
  }

  /** Whether this key differs from what the store has. */
  isModified(name: string, limits: FieldLimits): boolean {
    if (this.deleted?.has(name)) return true
    if (!this.values.has(name)) return false
    return this.textOf(name, this.values.get(name), limits) !== this.storedText(name)
  }

  /**
   * What has to be written, or undefined when that is nothing.
   *
   * @throws SessmwError `unstorable-value` with the path, or `session-too-large`.
   */
  difference(limits: FieldLimits): FieldChange | undefined {
    if (this.values.size === 0 && this.deleted === undefined) return undefined
    const set: Record<string, string> = {}
    const unset = this.deleted === undefined ? [] : [...this.deleted]
    let changed = unset.length > 0
    for (const [name, value] of this.values) {
      const text = this.textOf(name, value, limits)
      if (text === this.storedText(name)) continue
      changed = true
      if (text === undefined) unset.push(name)
      else set[name] = text
    }
    if (!changed) return undefined
    const change = { set, unset }
    checkSize(this.texts, change, limits)
    return change
  }

  /** All fields as they would be stored after the change. */
  after(change: FieldChange | undefined): Texts {
    return change === undefined ? this.texts : merge(this.texts, change)
  }

  /** Takes the change as written. The answer takes that back, for a write that failed. */
  accept(change: FieldChange): () => void {
    const before = this.texts
    this.accepted = change
    for (const name of change.unset) this.deleted?.delete(name)
    for (const name in change.set) this.parsed?.delete(name)
    return () => this.takeBack(change, before)
  }

  /** Takes one field as the store has it now, whatever this request had read before. */
  replace(name: string, text: string | undefined): void {
    this.values.delete(name)
    this.deleted?.delete(name)
    this.parsed?.delete(name)
    this.unreadable?.delete(name)
    this.texts = merge(
      this.texts,
      text === undefined ? { set: {}, unset: [name] } : { set: { [name]: text }, unset: [] },
    )
  }

  private takeBack(change: FieldChange, before: Texts): void {
    const texts = { ...this.texts }
    for (const name of [...Object.keys(change.set), ...change.unset]) {
      if (texts[name] !== change.set[name]) continue
      if (Object.hasOwn(before, name)) texts[name] = before[name] as string
      else delete texts[name]
      if (!this.values.has(name)) this.noteDeleted(name)
    }
    this.texts = texts
  }

  private noteDeleted(name: string): void {
    this.deleted ??= new Set()
    this.deleted.add(name)
  }

  private isUnparsed(name: string): boolean {
    if (!Object.hasOwn(this.texts, name) || this.values.has(name) || this.deleted?.has(name)) return false
    return !this.unreadable?.has(name)
  }

  private parse(name: string, text: string): unknown {
    try {
      const value = decodeField(text)
      this.values.set(name, value)
      this.parsed ??= new Map()
      this.parsed.set(name, value)
      return value
    } catch (error) {
      this.onCorrupt(name, error)
      this.unreadable ??= new Set()
      this.unreadable.add(name)
      return undefined
    }
  }

  /** What becomes of a field whose text cannot be parsed; if this returns, the field counts as absent. */
  protected onCorrupt(_name: string, error: unknown): void {
    throw error
  }

  private storedText(name: string): string | undefined {
    return Object.hasOwn(this.texts, name) ? this.texts[name] : undefined
  }

  /** The text of a field as it is now; the stored one if that says the same. */
  private textOf(name: string, value: unknown, limits: FieldLimits): string | undefined {
    const stored = this.storedText(name)
    const isParsed = stored !== undefined && this.parsed?.has(name) && Object.is(this.parsed.get(name), value)
    if (isParsed && (typeof value !== 'object' || value === null)) return stored
    const text = this.encode(name, value, limits)
    if (!isParsed || text === stored || !MAYBE_FOREIGN.test(stored)) return text
    // Other programs and newer versions may write the same differently, and reading that must not write it anew.
    return this.encode(name, decodeField(stored), limits) === text ? stored : text
  }

  private encode(name: string, value: unknown, limits: FieldLimits): string | undefined {
    if (value === undefined) return undefined
    return encodeSimple(value) ?? encodeField(value, pathTo('session', [name]), limits)
  }
}
