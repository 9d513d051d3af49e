import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { describe, expect, it } from 'vitest'
import { preferHashTables } from '../../src/express/prefer-hash-tables.js'

/** The prototypes that an application gives its requests and responses. */
interface Prototypes {
  readonly request: object
  readonly response: object
}

const prototypes = (): Prototypes => ({
  request: Object.create(IncomingMessage.prototype),
  response: Object.create(ServerResponse.prototype),
})

const isOldV8 = Number.parseInt(process.versions.v8, 10) < 13

function exchange(app?: Prototypes): [IncomingMessage, ServerResponse] {
  const request = new IncomingMessage(new Socket())
  const response = new ServerResponse(request)
  if (app !== undefined) {
    Object.setPrototypeOf(request, app.request)
    Object.setPrototypeOf(response, app.response)
  }
  return [request, response]
}

/** An exchange with a property that a middleware adds. */
function used(app: Prototypes, prepare: typeof preferHashTables): [IncomingMessage, ServerResponse] {
  const [request, response] = exchange(app)
  prepare(request, response)
  return [Object.assign(request, { added: 1 }), Object.assign(response, { added: 1 })]
}

function shareClass(one: object, other: object): boolean {
  setFlagsFromString('--allow-natives-syntax')
  return new Function('one', 'other', 'return %HaveSameMap(one, other)')(one, other)
}

/** How many of ten objects have the class of the one before. */
function neighboursThatShare(make: () => object): number {
  const made = Array.from({ length: 11 }, make)
  return made.filter((one, at) => at > 0 && shareClass(made[at - 1] as object, one)).length
}

describe('Requests and responses of Express', () => {
  it.runIf(isOldV8)('share a hidden class, which they would not do by themselves', () => {
    for (const part of [0, 1] as const) {
      const app = prototypes()
      expect(neighboursThatShare(() => used(app, () => {})[part])).toBe(0)
      // V8 keeps these classes in 64 places, by a random number of the prototype, so that those of an application may
      // drive each other out; and it forgets them when it collects garbage.
      const shared = Array.from({ length: 5 }, prototypes).map((other) =>
        neighboursThatShare(() => used(other, preferHashTables)[part]),
      )
      expect(Math.max(...shared)).toBeGreaterThan(5)
    }
  })

  it('keep their values and the number of listeners that was set', () => {
    const [request, response] = exchange(prototypes())
    response.setMaxListeners(3)
    const before = { ...response }
    preferHashTables(request, response)
    expect({ ...response }).toEqual(before)
    expect(response.getMaxListeners()).toBe(3)
    expect(request.getMaxListeners()).toBe(new Socket().getMaxListeners())
  })

  it('are left as they are where nobody has changed their prototype', () => {
    const [request, response] = exchange()
    preferHashTables(request, response)
    expect(Object.hasOwn(request, '_maxListeners')).toBe(true)
    expect(Object.hasOwn(response, '_maxListeners')).toBe(true)
  })
})
