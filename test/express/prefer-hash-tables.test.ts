import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { describe, expect, it } from 'vitest'
import { preferHashTables } from '../../src/express/prefer-hash-tables.js'

const REQUEST = Object.create(IncomingMessage.prototype)
const RESPONSE = Object.create(ServerResponse.prototype)
const isOldV8 = Number.parseInt(process.versions.v8, 10) < 13

function exchange(isExpress: boolean): [IncomingMessage, ServerResponse] {
  const request = new IncomingMessage(new Socket())
  const response = new ServerResponse(request)
  if (isExpress) {
    Object.setPrototypeOf(request, REQUEST)
    Object.setPrototypeOf(response, RESPONSE)
  }
  return [request, response]
}

/** An exchange with a property that a middleware adds. */
function used(prepare: typeof preferHashTables): [IncomingMessage, ServerResponse] {
  const [request, response] = exchange(true)
  prepare(request, response)
  return [Object.assign(request, { added: 1 }), Object.assign(response, { added: 1 })]
}

function shareClass(one: object, other: object): boolean {
  setFlagsFromString('--allow-natives-syntax')
  return new Function('one', 'other', 'return %HaveSameMap(one, other)')(one, other)
}

describe('Requests and responses of Express', () => {
  it.runIf(isOldV8)('share a hidden class, which they would not do by themselves', () => {
    const plain = [used(() => {}), used(() => {})] as const
    const prepared = [used(preferHashTables), used(preferHashTables)] as const
    for (const part of [0, 1]) {
      expect(shareClass(plain[0][part] as object, plain[1][part] as object)).toBe(false)
      expect(shareClass(prepared[0][part] as object, prepared[1][part] as object)).toBe(true)
    }
  })

  it('keep their values and the number of listeners that was set', () => {
    const [request, response] = exchange(true)
    response.setMaxListeners(3)
    const before = { ...response }
    preferHashTables(request, response)
    expect({ ...response }).toEqual(before)
    expect(response.getMaxListeners()).toBe(3)
    expect(request.getMaxListeners()).toBe(new Socket().getMaxListeners())
  })

  it('are left as they are where nobody has changed their prototype', () => {
    const [request, response] = exchange(false)
    preferHashTables(request, response)
    expect(Object.hasOwn(request, '_maxListeners')).toBe(true)
    expect(Object.hasOwn(response, '_maxListeners')).toBe(true)
  })
})
