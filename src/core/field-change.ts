import { SessmwError } from '../errors.js'

/** Top-level name -> JSON text. */
export type Texts = Readonly<Record<string, string>>

/** What a request changed: new texts by name, and names to remove. */
export interface FieldChange {
  readonly set: Readonly<Record<string, string>>
  readonly unset: readonly string[]
}

/** Limits on what one session may hold. `maxBytes` counts the encoded fields, names included. */
export interface FieldLimits {
  readonly maxBytes: number
  readonly maxDepth: number
  readonly onToJson: (path: string) => void
}

/**
 * Where a copy of fields begins. V8 gives every frozen `{ ...fields }` a hidden class of its own (280 bytes and 1 µs in
 * place of 96 and 0.1); one that is spread from two objects shares its class with others of the same names.
 */
const NO_FIELDS: Texts = Object.freeze({})

/** From about so many properties on V8 takes more than linear time to spread an object; a hash table never does. */
const MANY_FIELDS = 256

/**
 * How many bytes copies of many fields have, names included. Passing a thousand of them takes longer than all else in a
 * request, so each copy learns it from the one before.
 */
const bytesOfMany = new WeakMap<object, number>()

/** A copy of the fields with others set. Every field is an own property, one named `__proto__` too. */
export function withFields(texts: Texts, set: Texts): Record<string, string> {
  const names = Object.keys(texts)
  if (names.length === 0) return { ...NO_FIELDS, ...set }
  if (names.length < MANY_FIELDS) return { ...NO_FIELDS, ...texts, ...set }
  const copy: Record<string, string> = Object.create(null)
  for (const name of names) copy[name] = texts[name] as string
  const bytes = bytesAfter(bytesOfMany.get(texts) ?? bytesOf(texts), texts, { set, unset: [] })
  Object.assign(copy, set)
  // Not a number where something is no text.
  if (bytes > 0) bytesOfMany.set(copy, bytes)
  return copy
}

/** The fields after a change. */
export function merge(texts: Texts, change: FieldChange): Texts {
  const merged = withFields(texts, change.set)
  for (const name of change.unset) {
    const bytes = bytesOfMany.get(merged)
    if (bytes !== undefined) bytesOfMany.set(merged, bytes - bytesIn(merged, name))
    delete merged[name]
  }
  return merged
}

/** Whether all fields have texts. */
export function areTexts(fields: object): boolean {
  if (bytesOfMany.has(fields)) return true
  for (const name in fields) if (typeof (fields as Texts)[name] !== 'string') return false
  return true
}

/** UTF-8 takes at most three bytes for each UTF-16 unit. */
const MAX_BYTES_PER_UNIT = 3

/**
 * Refuses a change after which the fields would be too large.
 *
 * @throws SessmwError `session-too-large`
 */
export function checkSize(texts: Texts, change: FieldChange, limits: FieldLimits): void {
  const known = bytesOfMany.get(texts)
  // More than what will be there, where fields are replaced or removed: good enough to see that nothing is near the limit.
  if (known === undefined && (unitsOf(texts) + unitsOf(change.set)) * MAX_BYTES_PER_UNIT <= limits.maxBytes)
    return
  const bytes = bytesAfter(known ?? bytesOf(texts), texts, change)
  if (bytes <= limits.maxBytes) return
  throw new SessmwError(
    'session-too-large',
    `The session would take ${bytes} bytes; the limit (maxBytes) is ${limits.maxBytes}. Nothing was stored.`,
  )
}

function unitsOf(texts: Texts): number {
  let units = 0
  for (const name in texts) units += name.length + (texts[name] as string).length
  return units
}

function bytesOf(texts: Texts): number {
  let bytes = 0
  for (const name of Object.keys(texts)) bytes += bytesIn(texts, name)
  return bytes
}

function bytesAfter(before: number, texts: Texts, { set, unset }: FieldChange): number {
  let bytes = before
  for (const name of Object.keys(set)) bytes += bytesIn(set, name) - bytesIn(texts, name)
  for (const name of unset) if (!Object.hasOwn(set, name)) bytes -= bytesIn(texts, name)
  return bytes
}

/** NaN for a field that is no text. */
function bytesIn(texts: Texts, name: string): number {
  if (!Object.hasOwn(texts, name)) return 0
  const text: unknown = texts[name]
  return typeof text === 'string' ? Buffer.byteLength(name) + Buffer.byteLength(text) : Number.NaN
}
