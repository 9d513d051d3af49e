/** What a tag can stand for. `Object` wraps a plain object with a key `$type` of its own. */
type TagType = 'Date' | 'Map' | 'Set' | 'BigInt' | 'Number' | 'Uint8Array' | 'Buffer' | 'Undefined' | 'Object'

type JsonObject = Record<string, unknown>

const NUMBERS: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
])

const INTEGER = /^-?\d+$/

/** Keys that would reach a prototype once data is merged into another object (CVE-2026-31865). */
export function isForbiddenKey(key: string): boolean {
  return key === '__proto__' || key === 'constructor' || key === 'prototype'
}

/** The JSON form of a value that JSON lacks. */
export function tag(type: TagType, value?: unknown): object {
  return value === undefined ? { $type: type } : { $type: type, value }
}

/** Whether a text may hold tags or forbidden keys, written plainly or with escapes; most texts hold neither. */
export function mayNeedDecoding(text: string): boolean {
  return (
    text.includes('"$type"') || text.includes('proto') || text.includes('constructor') || text.includes('\\u')
  )
}

/** Replaces tags by what they stand for and drops forbidden keys, in place and at every depth. */
export function decodeTagged(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) value[index] = decodeTagged(value[index])
    return value
  }
  const object = value as JsonObject
  if (!Object.hasOwn(object, '$type')) return decodeProperties(object)
  const wrapped = object['value']
  if (object['$type'] === 'Object' && isJsonObject(wrapped) && Object.keys(object).length === 2)
    return decodeProperties(wrapped)
  decodeProperties(object)
  const decoded = decodeTag(object)
  return decoded === undefined ? object : decoded.value
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function decodeProperties(object: JsonObject): JsonObject {
  for (const key of Object.keys(object)) {
    if (isForbiddenKey(key)) delete object[key]
    else object[key] = decodeTagged(object[key])
  }
  return object
}

/** The value of a tag, wrapped because it may be undefined; nothing for an object that is no tag of ours. */
function decodeTag(object: JsonObject): { value: unknown } | undefined {
  const { $type: type, value } = object
  if (Object.keys(object).length !== (type === 'Undefined' ? 1 : 2)) return undefined
  switch (type) {
    case 'Undefined':
      return { value: undefined }
    case 'Number':
      return NUMBERS.has(value) ? { value: NUMBERS.get(value) } : undefined
    case 'Date':
      return value === null || typeof value === 'string'
        ? { value: new Date(value ?? Number.NaN) }
        : undefined
    case 'Map':
      return isPairs(value) ? { value: new Map(value) } : undefined
    case 'Set':
      return Array.isArray(value) ? { value: new Set(value) } : undefined
    default:
      return typeof value === 'string' ? decodeText(type, value) : undefined
  }
}

function decodeText(type: unknown, text: string): { value: unknown } | undefined {
  switch (type) {
    case 'BigInt':
      return INTEGER.test(text) ? { value: BigInt(text) } : undefined
    case 'Buffer':
      return { value: Buffer.from(text, 'base64') }
    case 'Uint8Array':
      return { value: new Uint8Array(Buffer.from(text, 'base64')) }
    default:
      return undefined
  }
}

function isPairs(value: unknown): value is [unknown, unknown][] {
  return Array.isArray(value) && value.every((pair) => Array.isArray(pair) && pair.length === 2)
}
