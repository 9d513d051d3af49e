import { types } from 'node:util'

const CLASSES: readonly (readonly [test: (value: object) => boolean, what: string, advice: string])[] = [
  [types.isPromise, 'a promise', 'Await it first.'],
  [types.isRegExp, 'a regular expression', 'Store its source text.'],
  [types.isNativeError, 'an error', 'Store its message.'],
  [types.isBoxedPrimitive, 'a boxed primitive', 'Store the primitive itself, as valueOf() returns it.'],
  [
    types.isArrayBufferView,
    'a binary view',
    'Store a Uint8Array or a Buffer, or plain numbers with Array.from().',
  ],
  [types.isAnyArrayBuffer, 'an ArrayBuffer', 'Store new Uint8Array(buffer).'],
]

function classNameOf(value: object): string {
  const name: unknown = value.constructor?.name
  return typeof name === 'string' && name !== '' ? name : 'an unnamed class'
}

/** What a value is that cannot be stored, and what to store instead, in words for a message. */
export function describeUnstorable(value: unknown): { what: string; advice: string } {
  if (typeof value === 'function') return { what: 'a function', advice: 'Store data only.' }
  if (typeof value === 'symbol') return { what: 'a symbol', advice: 'Store its text.' }
  if (typeof value !== 'object' || value === null) return { what: typeof value, advice: 'Store plain data.' }
  for (const [test, what, advice] of CLASSES) {
    if (test(value)) return { what, advice }
  }
  const what = `an instance of ${classNameOf(value)}`
  return { what, advice: 'Store a plain object with the fields you need, or give the class a toJSON method.' }
}
