import { types } from 'node:util'
import { SessmwError } from '../errors.js'
import { describeUnstorable } from './describe-value.js'
import { type PathStep, pathTo } from './field-path.js'
import { isForbiddenKey, tag } from './tagged-value.js'

/** How many prototypes an object has above itself, counted up to 4: 0 or 1 = plain, 2 = array, Map, Set or class. */
function prototypesOf(value: object): number {
  let count = 0
  let prototype: unknown = Object.getPrototypeOf(value)
  while (prototype !== null && count < 4) {
    count += 1
    prototype = Object.getPrototypeOf(prototype)
  }
  return count
}

/** The tag of a Date, a Buffer or a Uint8Array; nothing for any other object. */
function encodeAtom(value: object): object | undefined {
  if (types.isDate(value)) return tag('Date', Number.isNaN(value.getTime()) ? null : value.toISOString())
  if (!types.isUint8Array(value)) return undefined
  if (Buffer.isBuffer(value)) return tag('Buffer', value.toString('base64'))
  return prototypesOf(value) === 3 ? tag('Uint8Array', Buffer.from(value).toString('base64')) : undefined
}

/**
 * Turns one session value into what JSON.stringify may write.
 *
 * Parts that are plain JSON stay the objects they are; only around a special value are copies made. The built-in
 * classes are recognised from any realm, because a test runner such as Jest gives the application its own.
 */
export class ValueEncoder {
  private readonly steps: PathStep[] = []
  private readonly parents: object[] = []

  constructor(
    private readonly start: string,
    private readonly maxDepth: number,
    private readonly onToJson: ((path: string) => void) | undefined,
  ) {}

  /** Where the encoder is, or where it stopped. */
  path(): string {
    return pathTo(this.start, this.steps)
  }

  /** @throws SessmwError `unstorable-value` */
  encode(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value
      case 'number':
        return Number.isFinite(value) && !Object.is(value, -0)
          ? value
          : tag('Number', Object.is(value, -0) ? '-0' : String(value))
      case 'bigint':
        return tag('BigInt', String(value))
      case 'undefined':
        return tag('Undefined')
      case 'object':
        return value === null ? null : this.encodeObject(value)
      default:
        return this.refuseValue(value)
    }
  }

  private encodeObject(value: object): unknown {
    const prototype: unknown = Object.getPrototypeOf(value)
    // Almost every object is one of these two, which need none of the slower questions.
    const isPlain = prototype === Object.prototype
    if (!isPlain && prototype !== Array.prototype) {
      const bytesOrDate = encodeAtom(value)
      if (bytesOrDate) return bytesOrDate
    }
    const { toJSON } = value as { toJSON?: unknown }
    if (typeof toJSON === 'function') return this.encodeJson(toJSON.call(value))
    return this.encodeContainer(value, isPlain ? 1 : prototypesOf(value))
  }

  private encodeContainer(value: object, prototypes: number): unknown {
    this.enter(value)
    let encoded: unknown
    if (prototypes < 2) encoded = this.encodePlain(value as Record<string, unknown>)
    else if (prototypes > 2) this.refuseValue(value)
    else if (Array.isArray(value)) encoded = this.encodeList(value, true)
    else if (types.isMap(value)) encoded = tag('Map', this.encodeMap(value))
    else if (types.isSet(value))
      encoded = tag('Set', this.encodeList(this.withoutExtras(value, [...value]), false))
    else this.refuseValue(value)
    this.parents.pop()
    return encoded
  }

  /** What `toJSON` returned is stored as it is: JSON.stringify does not ask a second time either. */
  private encodeJson(json: unknown): unknown {
    this.onToJson?.(this.path())
    if (typeof json !== 'object' || json === null || types.isDate(json)) return this.encode(json)
    return this.encodeContainer(json, prototypesOf(json))
  }

  private encodePlain(object: Record<string, unknown>): object {
    const symbols = Object.getOwnPropertySymbols(object)
    if (symbols.length > 0) this.checkSymbols(object, symbols)
    let copy: Record<string, unknown> | undefined
    let hasTypeKey = false
    const level = this.steps.length
    for (const key of Object.keys(object)) {
      this.steps[level] = key
      if (isForbiddenKey(key))
        this.refuse('has a key that can change prototypes, which is never stored. Rename it.')
      if (key === '$type') hasTypeKey = true
      const value = object[key]
      const encoded = this.encode(value)
      if (encoded !== value) copy ??= { ...object }
      if (copy) copy[key] = encoded
    }
    this.steps.length = level
    return hasTypeKey ? tag('Object', copy ?? object) : (copy ?? object)
  }

  private encodeList(list: readonly unknown[], isArray: boolean): readonly unknown[] {
    if (isArray) this.checkArray(list)
    let copy: unknown[] | undefined
    const level = this.steps.length
    for (let index = 0; index < list.length; index += 1) {
      this.steps[level] = index
      const encoded = this.encode(list[index])
      if (encoded !== list[index]) copy ??= list.slice()
      if (copy) copy[index] = encoded
    }
    this.steps.length = level
    return copy ?? list
  }

  /** A path leads to an entry by its place in the Map, since a key can be any value. */
  private encodeMap(map: Map<unknown, unknown>): [unknown, unknown][] {
    const pairs = this.withoutExtras(map, [...map])
    const level = this.steps.length
    const encoded = pairs.map(([key, value], index): [unknown, unknown] => {
      this.steps[level] = index
      return [this.encode(key), this.encode(value)]
    })
    this.steps.length = level
    return encoded
  }

  private enter(value: object): void {
    this.parents.push(value)
    if (this.parents.length <= this.maxDepth) return
    // A cycle has no end, so it always comes this far; looking for one here costs nothing on the way.
    const again = this.parents.findIndex((parent, index) => this.parents.indexOf(parent) < index)
    if (again !== -1) {
      this.steps.length = again
      this.refuse('is part of a cycle. Store the id of the object it refers back to instead.')
    }
    this.refuse(`lies deeper than ${this.maxDepth} levels. Flatten the data, or raise maxDepth.`)
  }

  private checkSymbols(object: object, symbols: readonly symbol[]): void {
    const key = symbols.find((symbol) => Object.prototype.propertyIsEnumerable.call(object, symbol))
    if (key) this.refuse(`has the key ${String(key)}, but only text can be a key. Use a text key.`)
  }

  private checkArray(array: readonly unknown[]): void {
    const keys = Object.keys(array)
    if (keys.length === array.length && (keys.length === 0 || keys.at(-1) === String(array.length - 1)))
      return
    const hole = array.findIndex((_, index) => !Object.hasOwn(array, index))
    if (hole === -1) this.withoutExtras(array, array, array.length)
    this.steps.push(hole)
    this.refuse('is a hole in a sparse array. Assign null or undefined to it.')
  }

  /** Properties beside the elements would be lost without a word. */
  private withoutExtras<Parts>(value: object, parts: Parts, elements = 0): Parts {
    const extra = Object.keys(value)[elements]
    if (extra === undefined) return parts
    this.steps.push(extra)
    return this.refuse(
      'is a property of an array, a Map or a Set, which is not stored. Put it into an object.',
    )
  }

  private refuseValue(value: unknown): never {
    const { what, advice } = describeUnstorable(value)
    return this.refuse(`is ${what}, which cannot be stored. ${advice}`)
  }

  private refuse(problem: string): never {
    const path = this.path()
    throw new SessmwError('unstorable-value', `${path} ${problem}`, { path })
  }
}
