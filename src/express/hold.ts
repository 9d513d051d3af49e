import type { ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import {
  applyHead,
  type HeaderEdit,
  type HeldResponse,
  HOLD,
  type Hold,
  type HoldHooks,
  isSendable,
  type MethodName,
  messageOf,
  ownCookies,
  refuseBadChunk,
  takeSnapshot,
} from './held-response.js'
import { rewind, shadow, shadowEnd, shadowWrite, throwHeadersSent, unguard, unshadow } from './held-shadow.js'

export type { HeaderEdit, HoldHooks } from './held-response.js'

type Outcome = PromiseSettledResult<HeaderEdit | undefined>
type Waiting = { readonly hooks: HoldHooks; readonly outcome: Promise<HeaderEdit | undefined> }

/**
 * Holds a response back at its first byte until `hooks.commit` has settled, then lets it go as if nothing had been.
 *
 * Several holds on one response share one wait: all commits run at the first byte, and if several fail, the first
 * one's `failed` is called. On a response that has begun to leave it does nothing.
 */
export function holdResponse(response: ServerResponse | Http2ServerResponse, hooks: HoldHooks): void {
  const res = response as unknown as HeldResponse
  const known: Hold | undefined = res[HOLD]
  if (known !== undefined) {
    if (known.phase === 'waiting') known.hooks.push(hooks)
    return
  }
  if (res.headersSent) return
  res[HOLD] = createHold(res, hooks)
  res.writeHead = writeHead
  res.write = write
  res.end = end
  res.flushHeaders = flushHeaders
  if (res[HOLD].http1) res._implicitHeader = implicitHeader
  // Only where a wrapper such as compression() may move listeners of `drain` elsewhere.
  if (Object.hasOwn(res, 'on')) Reflect.set(res, 'on', on)
}

function createHold(res: HeldResponse, hooks: HoldHooks): Hold {
  const http1 = typeof res._implicitHeader === 'function'
  return {
    phase: 'waiting',
    hooks: [hooks],
    http1,
    methods: {
      writeHead: res.writeHead,
      write: res.write,
      end: res.end,
      flushHeaders: res.flushHeaders,
      _implicitHeader: res._implicitHeader,
      setHeader: res.setHeader,
      appendHeader: res.appendHeader,
      setHeaders: res.setHeaders,
      removeHeader: res.removeHeader,
      destroy: res.destroy,
      on: res.on as Hold['methods']['on'],
    },
    before: takeSnapshot(res, http1),
    calls: [],
    status: 0,
    message: '',
    ended: false,
    needsDrain: false,
    drainListeners: [],
    doomed: undefined,
  }
}

function writeHead(this: HeldResponse, ...args: unknown[]): unknown {
  const hold = this[HOLD]
  if (hold.phase === 'dead') return this
  if (hold.phase === 'held') throwHeadersSent(this)
  if (hold.phase === 'passing') return hold.methods.writeHead.apply(this, args)
  const rest = applyHead(this, args, hold.http1)
  return rest === undefined ? hold.methods.writeHead.apply(this, args) : run(this, 'writeHead', rest, this)
}

function write(this: HeldResponse, ...args: unknown[]): unknown {
  const { phase, http1, ended } = this[HOLD]
  if (phase === 'dead') return false
  if (phase !== 'passing' && (http1 || !ended)) refuseBadChunk(args[0], http1)
  const answer = run(this, 'write', args, false)
  if (this[HOLD].phase === 'held') shadowWrite(this)
  return answer
}

function end(this: HeldResponse, ...args: unknown[]): unknown {
  const { phase, http1, ended } = this[HOLD]
  if (phase === 'dead') return this
  const chunk = args[0]
  const isChunk = http1 ? Boolean(chunk) : chunk !== undefined && chunk !== null
  if (phase !== 'passing' && !ended && isChunk && typeof chunk !== 'function') refuseBadChunk(chunk, http1)
  const answer = run(this, 'end', args, this)
  if (this[HOLD].phase === 'held') shadowEnd(this)
  return answer
}

function flushHeaders(this: HeldResponse): unknown {
  return this[HOLD].phase === 'dead' ? undefined : run(this, 'flushHeaders', [], undefined)
}

/** Older wrappers call it instead of `writeHead`. */
function implicitHeader(this: HeldResponse): unknown {
  const { phase } = this[HOLD]
  return phase === 'dead' || phase === 'held' ? undefined : run(this, '_implicitHeader', [], undefined)
}

function on(this: HeldResponse, ...args: unknown[]): unknown {
  const hold = this[HOLD]
  const [type, listener] = args
  if (type === 'drain' && hold.phase !== 'passing') {
    hold.drainListeners.push(listener as Hold['drainListeners'][number])
  }
  return hold.methods.on.apply(this, args)
}

/** Calls the original now, or later and answers for it. */
function run(res: HeldResponse, name: MethodName, args: unknown[], answer: unknown): unknown {
  const hold = res[HOLD]
  if (hold.phase === 'waiting' && (!hold.http1 || isSendable(res.statusCode, res.statusMessage)))
    begin(res, name === 'end')
  if (hold.phase !== 'held') return hold.methods[name].apply(res, args)
  // Node gives the bytes to the kernel within the tick, so handlers get away with using a buffer again after it.
  if (args[0] instanceof Uint8Array) args[0] = Buffer.from(args[0])
  hold.calls.push([name, args])
  return answer
}

/** The first byte: commits, and holds the response if that takes time. */
function begin(res: HeldResponse, ending: boolean): void {
  const hold = res[HOLD]
  hold.phase = 'passing'
  ownCookies(res)
  const waiting: Waiting[] = []
  for (const hooks of hold.hooks) {
    try {
      const outcome = hooks.commit(ending)
      if (typeof outcome === 'function') outcome()
      else if (outcome !== undefined) waiting.push({ hooks, outcome })
    } catch (error) {
      waiting.push({ hooks, outcome: Promise.reject(error) })
    }
  }
  if (waiting.length === 0) {
    restoreMethods(res)
    return
  }
  hold.phase = 'held'
  hold.status = res.statusCode
  if (hold.http1) {
    res.statusMessage ||= messageOf(res.statusCode)
    hold.message = res.statusMessage
  }
  shadow(res)
  settle(res, waiting)
}

/**
 * Puts the originals back where nobody has wrapped ours since. Assigned, not deleted: deleting properties costs
 * more than the rest of a request that needs no hold (1.6 of 2 microseconds).
 */
function restoreMethods(res: HeldResponse): void {
  const { methods, http1 } = res[HOLD]
  if (res.writeHead === writeHead) res.writeHead = methods.writeHead
  if (res.write === write) res.write = methods.write
  if (res.end === end) res.end = methods.end
  if (res.flushHeaders === flushHeaders) res.flushHeaders = methods.flushHeaders
  if (http1 && res._implicitHeader === implicitHeader) res._implicitHeader = methods._implicitHeader
  if ((res.on as unknown) === on) Reflect.set(res, 'on', methods.on)
}

function settle(res: HeldResponse, waiting: Waiting[]): void {
  const [only] = waiting
  // Nearly always there is one, and `allSettled` costs five more promises.
  if (only !== undefined && waiting.length === 1) {
    only.outcome.then(
      (value) => resume(res, waiting, [{ status: 'fulfilled', value }]),
      (reason: unknown) => resume(res, waiting, [{ status: 'rejected', reason }]),
    )
    return
  }
  Promise.allSettled(waiting.map(({ outcome }) => outcome)).then((results) => resume(res, waiting, results))
}

function resume(res: HeldResponse, waiting: Waiting[], results: Outcome[]): void {
  const hold = res[HOLD]
  const { statusCode } = res
  const statusMessage = hold.http1 ? res.statusMessage : ''
  unshadow(res)
  res.statusCode = hold.status
  if (hold.http1) res.statusMessage = hold.message
  const failure = firstFailure(waiting, results)
  if (failure === undefined) {
    replay(res)
    // What a handler assigned too late is visible, as it always was, but was not sent.
    res.statusCode = statusCode
    if (hold.http1) res.statusMessage = statusMessage
  } else {
    rewind(res, failure.hooks, failure.error)
  }
  unguard(res)
}

/** Runs the header edits; an edit that throws is a failed commit too. */
function firstFailure(waiting: Waiting[], results: Outcome[]) {
  for (const [index, { hooks }] of waiting.entries()) {
    const result = results[index]
    if (result?.status === 'rejected') return { hooks, error: result.reason as unknown }
    try {
      result?.value?.()
    } catch (error) {
      return { hooks, error: error as unknown }
    }
  }
  return undefined
}

function replay(res: HeldResponse): void {
  const hold = res[HOLD]
  hold.phase = 'passing'
  restoreMethods(res)
  let ready: unknown
  try {
    for (const [name, args] of hold.calls.splice(0)) {
      const answer = hold.methods[name].apply(res, args)
      if (name === 'write') ready = answer
    }
  } catch (error) {
    // Such as a Trailer header without chunked encoding: the handler has moved on, so nobody could catch it.
    hold.methods.destroy.call(res, error)
  }
  if (hold.needsDrain && !hold.ended && ready !== false) emitDrain(res)
}

function emitDrain(res: HeldResponse): void {
  const reached = res.rawListeners('drain')
  res.emit('drain')
  for (const listener of res[HOLD].drainListeners.splice(0)) {
    if (!reached.includes(listener)) listener.call(res)
  }
}
