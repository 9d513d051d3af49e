import { SessmwError } from '../errors.js'
import { decodeTagged, mayNeedDecoding } from './tagged-value.js'
import { ValueEncoder } from './value-encoder.js'

/** Limits of one encoding, and whom to tell about objects that are stored as what their `toJSON` returns. */
export interface EncodeLimits {
  /** How many levels of objects and arrays may lie in each other; a value that is one itself is level 1. */
  readonly maxDepth: number
  /** Called with the path of each object that is stored as its JSON, and so comes back as plain data. */
  readonly onToJson?: ((path: string) => void) | undefined
}

/**
 * The JSON text of one session value. Plain JSON is written as JSON.stringify writes it; Date, Map, Set, BigInt,
 * Uint8Array, Buffer, undefined, -0, NaN and the infinities as an object with `$type`.
 *
 * The same value gives the same text: `encodeField(decodeField(text)) === text` for every text that it wrote.
 *
 * @param path Where the value lies, such as `session.cart`.
 * @throws SessmwError `unstorable-value`, with the path of the part that cannot be stored.
 */
export function encodeField(value: unknown, path: string, limits: EncodeLimits): string {
  const simple = encodeSimple(value)
  if (simple !== undefined) return simple
  const encoder = new ValueEncoder(path, limits.maxDepth, limits.onToJson)
  try {
    return JSON.stringify(encoder.encode(value))
  } catch (error) {
    if (error instanceof SessmwError) throw error
    // A getter or toJSON of the application threw, or the recursion ran out of stack.
    const message = `${encoder.path()} cannot be stored: reading it failed. See the cause.`
    throw new SessmwError('unstorable-value', message, { path: encoder.path(), cause: error })
  }
}

/** The same for most values that are no objects; undefined for all others. */
export function encodeSimple(value: unknown): string | undefined {
  if (typeof value === 'number')
    return Number.isFinite(value) && !Object.is(value, -0) ? `${value}` : undefined
  return typeof value === 'string' || typeof value === 'boolean' || value === null
    ? JSON.stringify(value)
    : undefined
}

/**
 * The value of a text that `encodeField` wrote, or of any other JSON text. Keys `__proto__`, `constructor` and
 * `prototype` are dropped at every depth (CVE-2026-31865); an object that only resembles a tag comes back as it is.
 *
 * @throws SyntaxError when the text is not JSON, or nested too deeply to be read.
 */
export function decodeField(text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || !mayNeedDecoding(text)) return value
  try {
    return decodeTagged(value)
  } catch (error) {
    if (error instanceof RangeError) throw new SyntaxError('The text is nested too deeply.', { cause: error })
    throw error
  }
}
