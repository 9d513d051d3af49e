import type { ServerResponse } from 'node:http'
import type { HOLD, Hold } from '../held-response.js'
import { type HoldHooks, holdResponse } from '../hold.js'

const HOOKS = Symbol('session of the response')

/** What is told of a response, and answers in its place. */
export interface ResponseHooks extends HoldHooks {
  /** The app ends the response. */
  end(args: unknown[]): unknown
}

type Held = ServerResponse & { [HOLD]?: Hold; [HOOKS]?: ResponseHooks }

// One function for all responses: closures of their own keep dead responses alive until a full collection.
function end(this: Held, ...args: unknown[]): unknown {
  return this[HOOKS]?.end(args)
}

/** Holds a response back, and gives the methods that the hold has put there. */
export function patchResponse(
  response: Held,
  hooks: ResponseHooks,
): Pick<ServerResponse, 'end' | 'writeHead'> {
  holdResponse(response, hooks)
  const { end: heldEnd, writeHead } = response
  const isSecond = Object.hasOwn(response, HOOKS)
  if (!isSecond) Object.defineProperty(response, HOOKS, { value: hooks })
  response.end = (isSecond ? (...args: unknown[]) => hooks.end(args) : end) as typeof response.end
  return { end: heldEnd, writeHead }
}
