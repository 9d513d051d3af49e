import { isDeepStrictEqual } from 'node:util'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeField, encodeField } from '../../src/core/field-codec.js'
import { SessmwError } from '../../src/errors.js'

const numRuns = Number(process.env.FC_RUNS ?? 500)
const limits = { maxDepth: 32 }

const encode = (value: unknown): string => encodeField(value, 'session.x', limits)
const roundTrip = (value: unknown): unknown => decodeField(encode(value))

function refusal(value: unknown, maxDepth = 32): SessmwError {
  try {
    encodeField(value, 'session.x', { maxDepth })
  } catch (error) {
    if (error instanceof SessmwError) return error
    throw error
  }
  throw new Error('The value was stored.')
}

const nested = (levels: number): unknown => {
  let value: unknown = 'core'
  for (let level = 0; level < levels; level += 1) value = level % 2 ? [value] : { a: value }
  return value
}

class Money {
  constructor(readonly cents: number) {}
}

describe('plain JSON', () => {
  it.each([
    ['text', '"text"'],
    [7, '7'],
    [null, 'null'],
    [true, 'true'],
    [{ a: [1, { b: 'c' }], 'd e': null }, '{"a":[1,{"b":"c"}],"d e":null}'],
    [[], '[]'],
  ])('%j is written as %s', (value, text) => {
    expect(encode(value)).toBe(text)
    expect(decodeField(text)).toEqual(value)
  })

  it('is written and read as JSON.stringify and JSON.parse do, whatever it holds', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value)
        fc.pre(!/\$type|proto|constructor/.test(text) && !Object.is(value, -0))
        const plain = JSON.parse(text) as unknown
        fc.pre(refusalOf(plain) === undefined)
        expect(encode(plain)).toBe(text)
        expect(decodeField(text)).toEqual(plain)
      }),
      { numRuns },
    )
  })

  it('leaves the value as it was', () => {
    const value = Object.freeze({ when: new Date(0), list: Object.freeze([undefined, { n: 1n }]) })
    encode(value)
    expect(value).toEqual({ when: new Date(0), list: [undefined, { n: 1n }] })
  })
})

function refusalOf(value: unknown): SessmwError | undefined {
  try {
    encode(value)
    return undefined
  } catch (error) {
    if (error instanceof SessmwError) return error
    throw error
  }
}

describe('values that JSON lacks', () => {
  it.each<[string, unknown]>([
    ['a Date', new Date('2020-02-29T12:00:00.123Z')],
    ['a Date before the year 0', new Date(-1e14)],
    [
      'a Map',
      new Map<unknown, unknown>([
        ['a', 1],
        [2n, new Date(1)],
        [{ k: 1 }, new Set([Number.NaN])],
      ]),
    ],
    ['a Set', new Set([1, '1', new Map([[new Date(0), undefined]])])],
    ['a bigint', -12345678901234567890n],
    ['bytes', new Uint8Array([0, 1, 255])],
    ['a Buffer', Buffer.from('héllo')],
    ['no bytes', new Uint8Array()],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['-0', -0],
    ['undefined in an object', { a: undefined, b: 1 }],
    ['undefined in an array', [undefined, null]],
    ['undefined alone', undefined],
    ['lone surrogates', ['\ud800', { '\udfff': '\udc00\ud800' }]],
    ['text that looks like an escape', '\\u005f_proto__ "$type"'],
    ['an object with $type', { $type: 'Date', value: '2020-01-01T00:00:00.000Z' }],
    ['an object with $type alone', { $type: 'Undefined' }],
    ['an object like our own wrapper', { $type: 'Object', value: { $type: 'Object', value: { n: 1n } } }],
    ['an object with $type and special values', { $type: new Date(0), b: [{ $type: 'BigInt', value: '1' }] }],
  ])('%s comes back as it was', (_, value) => {
    for (const whole of [value, { inside: [value] }]) {
      const text = encode(whole)
      expect(isDeepStrictEqual(decodeField(text), whole)).toBe(true)
      expect(encode(decodeField(text))).toBe(text)
    }
  })

  it('an invalid Date comes back as an invalid Date', () => {
    const [value] = roundTrip([new Date(Number.NaN)]) as [Date]
    expect(value).toBeInstanceOf(Date)
    expect(value.getTime()).toBeNaN()
  })

  it('are written as readable tags', () => {
    expect(encode({ at: new Date(0) })).toBe('{"at":{"$type":"Date","value":"1970-01-01T00:00:00.000Z"}}')
    expect(encode([undefined])).toBe('[{"$type":"Undefined"}]')
  })

  it('a Buffer comes back as a Buffer, and a null-prototype object as a plain one', () => {
    expect(Buffer.isBuffer(roundTrip(Buffer.from('a')))).toBe(true)
    expect(Buffer.isBuffer(roundTrip(new Uint8Array(1)))).toBe(false)
    const plain = roundTrip(Object.assign(Object.create(null), { a: 1 }))
    expect(isDeepStrictEqual(plain, { a: 1 })).toBe(true)
  })

  it('are recognised when they come from another realm', () => {
    const foreign: unknown = runInNewContext(
      '({ d: new Date(5), m: new Map([[1, [2n]]]), s: new Set([{}]), u: new Uint8Array(2) })',
    )
    const value = { d: new Date(5), m: new Map([[1, [2n]]]), s: new Set([{}]), u: new Uint8Array(2) }
    expect(isDeepStrictEqual(roundTrip(foreign), value)).toBe(true)
  })

  it('an instance of a subclass of Date, as fake timers make them, is stored as a Date', () => {
    class MockDate extends Date {}
    expect(isDeepStrictEqual(roundTrip(new MockDate(5)), new Date(5))).toBe(true)
  })

  it('an object that is referred to twice is stored twice', () => {
    const shared = { a: [1] }
    expect(roundTrip({ one: shared, two: [shared, shared] })).toEqual({ one: shared, two: [shared, shared] })
  })
})

describe('toJSON', () => {
  it('is what an object is stored as, and is reported with its path', () => {
    const paths: string[] = []
    const value = {
      site: new URL('http://a.example/'),
      list: [{ toJSON: () => ({ at: new Date(0), no: undefined }) }],
    }
    const text = encodeField(value, 'session.x', { maxDepth: 32, onToJson: (path) => paths.push(path) })
    expect(decodeField(text)).toEqual({
      site: 'http://a.example/',
      list: [{ at: new Date(0), no: undefined }],
    })
    expect(paths).toEqual(['session.x.site', 'session.x.list[0]'])
  })

  it('is not asked for Date and Buffer', () => {
    const onToJson = () => expect.unreachable()
    encodeField([new Date(), Buffer.from('a')], 'session.x', { maxDepth: 32, onToJson })
  })

  it('that throws, answers with itself or with another class is an error with the path', () => {
    const broken = new Error('broken')
    const throwing = () => {
      throw broken
    }
    expect(refusal({ a: { toJSON: throwing } })).toMatchObject({ path: 'session.x.a', cause: broken })
    const self = { toJSON: (): unknown => self }
    expect(refusal({ self })).toMatchObject({ path: 'session.x.self.toJSON' })
    expect(refusal({ a: { toJSON: () => new Money(1) } })).toMatchObject({ path: 'session.x.a' })
  })
})

describe('what cannot be stored', () => {
  const holey = [1, 2, 3]
  delete holey[1]
  const cycle: Record<string, unknown> = { a: [{}] }
  cycle['b'] = { c: [cycle] }
  const inner = { deep: [] as unknown[] }
  inner.deep.push(0, inner)
  const withGetter = Object.defineProperty({}, 'boom', {
    enumerable: true,
    get: () => {
      throw new Error('boom')
    },
  })

  it.each<[unknown, string, string]>([
    [{ f: () => 1 }, '.f', 'is a function'],
    [[Symbol('s')], '[0]', 'is a symbol'],
    [{ cart: [1, 2, { price: new Money(5) }] }, '.cart[2].price', 'is an instance of Money'],
    [{ 'a b': { "it's": /x/ } }, '["a b"]["it\'s"]', 'is a regular expression'],
    [[new TypeError('x')], '[0]', 'is an error'],
    [
      { p: Promise.resolve() },
      '.p',
      'is a promise. Await it first.'.replace('. ', ', which cannot be stored. '),
    ],
    [Object('text'), '', 'is a boxed primitive'],
    [new Float64Array(1), '', 'is a binary view'],
    [new ArrayBuffer(1), '', 'is an ArrayBuffer'],
    [new WeakMap(), '', 'is an instance of WeakMap'],
    [new (class extends Map {})(), '', 'is an instance of'],
    [new (class Bytes extends Uint8Array {})(1), '', 'is a binary view'],
    [new (class List extends Array {})(), '', 'is an instance of List'],
    [Object.create({ a: 1 }), '', 'is an instance of'],
    [{ holey }, '.holey[1]', 'is a hole in a sparse array'],
    [new Array(3), '[0]', 'is a hole in a sparse array'],
    [/(?<word>x)/.exec('x'), '.index', 'is a property of an array'],
    [Object.assign(new Map(), { extra: 1 }), '.extra', 'is a property of an array, a Map or a Set'],
    [{ a: { [Symbol('key')]: 1 } }, '.a', 'has the key Symbol(key)'],
    [cycle, '.b.c[0]', 'is part of a cycle'],
    [{ outer: inner }, '.outer.deep[1]', 'is part of a cycle'],
    [new Map([['k', new Map([[1, () => 1]])]]), '[0][0]', 'is a function'],
    [new Set(['a', Symbol.iterator]), '[1]', 'is a symbol'],
    [
      JSON.parse('{"a":{"__proto__":{"admin":true}}}'),
      '.a.__proto__',
      'has a key that can change prototypes',
    ],
    [[{ constructor: 1 }], '[0].constructor', 'has a key that can change prototypes'],
    [{ prototype: 1 }, '.prototype', 'has a key that can change prototypes'],
    [{ ok: new Date(0), a: withGetter }, '.a.boom', 'cannot be stored: reading it failed'],
  ])('case %#: the error names the place and the cause', (value, place, words) => {
    const error = refusal(value)
    expect(error).toMatchObject({ code: 'unstorable-value', path: `session.x${place}` })
    expect(error.message.startsWith(`session.x${place} ${words}`)).toBe(true)
  })

  it('a cycle through a Map or a Set is a cycle', () => {
    const map = new Map<string, unknown>()
    map.set('self', new Set([map]))
    expect(refusal(map).message).toMatch(/^session\.x\[0\]\[0\] is part of a cycle/)
  })

  it('S48: 32 levels are stored, the 33rd is refused, and so are 20 000 without a stack overflow', () => {
    expect(roundTrip(nested(32))).toEqual(nested(32))
    expect(refusal(nested(33)).message).toMatch(/lies deeper than 32 levels/)
    expect(refusal(nested(20_000)).message).toMatch(/lies deeper than 32 levels/)
    expect(refusal({ a: [] }, 1)).toMatchObject({ path: 'session.x.a' })
    expect(encodeField(1, 'session.x', { maxDepth: 0 })).toBe('1')
  })

  it('S48: a maxDepth beyond the stack ends in the same typed error', () => {
    expect(refusal(nested(200_000), 1_000_000)).toMatchObject({
      code: 'unstorable-value',
      cause: expect.any(RangeError),
    })
  })
})

describe('decodeField', () => {
  it.each(['', '{', 'undefined', '"', "{'a':1}", '[1,]'])('throws a SyntaxError for %j', (text) => {
    expect(() => decodeField(text)).toThrow(SyntaxError)
  })

  it.each([
    '{"__proto__":{"admin":true},"a":1}',
    '{"\\u005f_proto__":{"admin":true},"a":1}',
    '{"constructor":{"prototype":{"admin":true}},"a":1}',
    '{"prototype":1,"a":1}',
  ])('S50: drops the keys of %s at every depth', (text) => {
    const value = decodeField(text)
    expect(Reflect.ownKeys(value as object)).toEqual(['a'])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(decodeField(`[{"b":${text}}]`)).toEqual([{ b: { a: 1 } }])
    const tagged = decodeField(
      `{"$type":"Map","value":[["k",{"$type":"Object","value":{"$type":1,"in":${text}}}]]}`,
    )
    expect(tagged).toEqual(new Map([['k', { $type: 1, in: { a: 1 } }]]))
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })

  it.each([
    '{"$type":"Date"}',
    '{"$type":"Date","value":7}',
    '{"$type":"Date","value":"x","more":1}',
    '{"$type":"Map","value":[1]}',
    '{"$type":"Map","value":[["a"]]}',
    '{"$type":"Map","value":{}}',
    '{"$type":"Set","value":"abc"}',
    '{"$type":"BigInt","value":"1.5"}',
    '{"$type":"BigInt","value":""}',
    '{"$type":"Number","value":"7"}',
    '{"$type":"Undefined","value":null}',
    '{"$type":"Object","value":[1]}',
    '{"$type":"Object","value":null}',
    '{"$type":"Buffer","value":null}',
    '{"$type":"Function","value":"alert(1)"}',
    '{"$type":null,"value":1}',
  ])('returns %s, which is no tag, as it is', (text) => {
    expect(decodeField(text)).toEqual(JSON.parse(text))
    expect(roundTrip(decodeField(text))).toEqual(JSON.parse(text))
  })

  it('ends with a SyntaxError for text that is nested beyond the stack', () => {
    const text = `${'['.repeat(200_000)}{"$type":"Undefined"}${']'.repeat(200_000)}`
    expect(() => decodeField(text)).toThrow(SyntaxError)
  })

  it('never throws anything but a SyntaxError for damaged text', () => {
    const whole = encode({
      at: new Date(0),
      m: new Map([[1n, new Set([Buffer.from('abc')])]]),
      o: { $type: 'x' },
    })
    fc.assert(
      fc.property(
        fc.nat(whole.length),
        fc.nat(whole.length),
        fc.string({ maxLength: 3 }),
        (from, to, junk) => {
          try {
            decodeField(whole.slice(0, from) + junk + whole.slice(to))
          } catch (error) {
            expect(error).toBeInstanceOf(SyntaxError)
          }
        },
      ),
      { numRuns },
    )
  })
})

describe('any value', () => {
  const key = fc.oneof(
    fc.string(),
    fc.constantFrom('$type', 'value', '__proto__', 'constructor', 'toJSON', 'a b', '0'),
  )
  const anything = fc.anything({
    key,
    maxDepth: 5,
    withBigInt: true,
    withMap: true,
    withSet: true,
    withNullPrototype: false,
    withTypedArray: true,
    withBoxedValues: true,
    withSparseArray: true,
    values: [
      fc.string({ unit: 'binary' }),
      fc.double(),
      fc.bigInt(),
      fc.constantFrom(undefined, null, -0, Buffer.from('ab'), Symbol('s'), Math.max),
      fc.constantFrom('Date', 'Map', 'Object', 'Undefined', 'Number'),
      // isDeepStrictEqual holds no invalid Date equal to another before Node 22.
      fc.date({ noInvalidDate: true }),
    ],
  })

  it('round-trips or is refused with a path, and its text is always the same', () => {
    let stored = 0
    fc.assert(
      fc.property(anything, (value) => {
        const error = refusalOf(value)
        if (error) {
          expect(error).toMatchObject({
            code: 'unstorable-value',
            path: expect.stringMatching(/^session\.x/),
          })
          return
        }
        stored += 1
        let asJson = false
        const onToJson = () => {
          asJson = true
        }
        const text = encodeField(value, 'session.x', { maxDepth: 32, onToJson })
        if (!asJson) expect(isDeepStrictEqual(decodeField(text), value)).toBe(true)
        expect(encode(decodeField(text))).toBe(text)
      }),
      { numRuns: numRuns * 2 },
    )
    expect(stored).toBeGreaterThan(numRuns / 4)
  })
})
