import { ServerResponse } from 'node:http'

/** V8 13, in Node 24, gives such objects a common class again. */
const ISOLATES_SHAPES = Number.parseInt(process.versions.v8, 10) < 13

/**
 * Makes V8 keep a request and a response of Express as hash tables.
 *
 * Express gives each of them another prototype. V8 of Node 20 and 22 then makes a hidden class for that one object
 * with each property that anybody adds, 3 to 7 microseconds a time, and no inline cache of Express or Node hits any more.
 * Hash tables share a class: a request of Express alone then takes a quarter less, which is more than a session costs. In
 * one process of 64 the classes of request and response fall into one place of V8's cache, and nothing is gained.
 */
export function preferHashTables(request: object, response: object): void {
  if (!ISOLATES_SHAPES || !(response instanceof ServerResponse)) return
  if (Object.getPrototypeOf(response) === ServerResponse.prototype) return
  changeOver(request)
  changeOver(response)
}

/** A deleted property is what V8 changes over at; every emitter inherits this one with the same value. */
function changeOver(emitter: object): void {
  if (Reflect.get(emitter, '_maxListeners') === undefined) Reflect.deleteProperty(emitter, '_maxListeners')
}
