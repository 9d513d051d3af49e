import { dataText } from './data-text.js'

/** What says that only the JSON text can decide: a Date, an object with `toJSON`, NaN, undefined, deep nesting ... */
const ODD = Symbol('odd')

/** Deeper than sessions are; a cycle ends here, too. */
const MAX_DEPTH = 100

type Copy = null | boolean | number | string | readonly Copy[] | ObjectCopy

/** A copy of an object. The order of the keys counts, because it shows in the JSON. */
class ObjectCopy {
  constructor(
    readonly keys: readonly string[],
    readonly values: readonly Copy[],
  ) {}

  toJSON(): object {
    return Object.fromEntries(this.keys.map((key, index) => [key, this.values[index]]))
  }
}

/** Whether JSON has an object for it that holds exactly its own properties. */
function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value)
  return (prototype === Object.prototype || prototype === null) && !('toJSON' in value)
}

const isPrimitive = (value: unknown): value is null | boolean | number | string =>
  value === null ||
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  (typeof value === 'number' && Number.isFinite(value))

function copyOf(value: unknown, depth: number): Copy | typeof ODD {
  if (isPrimitive(value)) return value
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return ODD
  if (Array.isArray(value)) return 'toJSON' in value ? ODD : copiesOf(value, depth)
  return isPlain(value) ? copyOfObject(value, Object.keys(value), depth) : ODD
}

function copyOfObject(value: Record<string, unknown>, keys: readonly string[], depth: number) {
  const values: Copy[] = []
  for (const key of keys) {
    const copy = copyOf(value[key], depth + 1)
    if (copy === ODD) return ODD
    values.push(copy)
  }
  return new ObjectCopy(keys, values)
}

function copiesOf(values: readonly unknown[], depth: number): Copy[] | typeof ODD {
  const copies: Copy[] = []
  for (const value of values) {
    const copy = copyOf(value, depth + 1)
    if (copy === ODD) return ODD
    copies.push(copy)
  }
  return copies
}

/** Whether a value has the same JSON as what was copied. */
function isSame(copy: Copy | undefined, value: unknown): boolean | typeof ODD {
  if (isPrimitive(value)) return copy === value
  if (typeof value !== 'object' || value === null) return ODD
  if (Array.isArray(value)) {
    if ('toJSON' in value) return ODD
    return Array.isArray(copy) && copy.length === value.length ? areSame(copy, value) : false
  }
  if (!isPlain(value)) return ODD
  return copy instanceof ObjectCopy ? isSameObject(copy, value, Object.keys(value)) : false
}

/** Whether JSON may leave a value out. */
function mayVanish(value: unknown): boolean {
  const isObject = typeof value === 'object' && value !== null
  return isObject ? 'toJSON' in value : value === undefined || !isPrimitive(value)
}

function isSameObject(copy: ObjectCopy, value: Record<string, unknown>, keys: readonly string[]) {
  const { keys: before, values } = copy
  const sameKeys = keys.length === before.length && keys.every((key, index) => key === before[index])
  if (!sameKeys) return keys.some((key) => mayVanish(value[key])) ? ODD : false
  for (const [index, key] of keys.entries()) {
    const same = isSame(values[index], value[key])
    if (same !== true) return same
  }
  return true
}

function areSame(copies: readonly Copy[], values: readonly unknown[]): boolean | typeof ODD {
  for (const [index, value] of values.entries()) {
    const same = isSame(copies[index], value)
    if (same !== true) return same
  }
  return true
}

const keysOf = (session: object): string[] => Object.keys(session).filter((key) => key !== 'cookie')

/**
 * What the data of a session are at one moment, its cookie left out.
 *
 * Comparing is the same as comparing JSON texts, but takes time by the number of values instead of their length: text
 * that was not replaced is recognised without being read.
 */
export class Snapshot {
  readonly #copy: ObjectCopy | undefined
  #text: string | undefined

  /** @throws TypeError for data that JSON cannot hold, such as a cycle. */
  constructor(session: object) {
    const data = session as Record<string, unknown>
    const copy = 'toJSON' in data ? ODD : copyOfObject(data, keysOf(data), 0)
    if (copy === ODD) this.#text = dataText(session)
    else this.#copy = copy
  }

  /** Whether the data of a session are still the same. */
  matches(session: object): boolean {
    if (this.#copy !== undefined && !('toJSON' in session)) {
      const same = isSameObject(this.#copy, session as Record<string, unknown>, keysOf(session))
      if (same !== ODD) return same
    }
    this.#text ??= JSON.stringify(this.#copy)
    return this.#text === dataText(session)
  }
}
