import { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import {
  type HeldResponse,
  HOLD,
  type HoldHooks,
  METHODS,
  type Method,
  messageOf,
  restoreSnapshot,
} from './held-response.js'

// Truthy, so that Node itself says "headers sent" everywhere. It never reaches the wire: whatever would send it is held.
const HELD_HEADER = 'held'

const GUARDED = Symbol('guarded')

/** A socket or stream whose `destroy` waits for the responses that are held on it. */
interface Transport extends Duplex {
  [GUARDED]?: { readonly destroy: Duplex['destroy']; readonly responses: HeldResponse[] }
}

/** Makes the response answer as if it had been sent. */
export function shadow(res: HeldResponse): void {
  const hold = res[HOLD]
  if (hold.http1) res._header = HELD_HEADER
  else Object.defineProperties(res, HTTP2_SHADOWS)
  res.destroy = destroyHeld
  guard(res)
}

/** Makes the response say that it has ended. */
export function shadowEnd(res: HeldResponse): void {
  const hold = res[HOLD]
  hold.ended = true
  if (!hold.http1) return
  res.finished = true
  // A pipelined response that gets its socket now, finished but with nothing sent, would be taken as complete.
  if (!res.socket) res._finish = noop
}

/** Makes the response ask for `drain`. */
export function shadowWrite(res: HeldResponse): void {
  const hold = res[HOLD]
  if (hold.needsDrain) return
  hold.needsDrain = true
  Object.defineProperty(res, 'writableNeedDrain', NEEDS_DRAIN)
}

/** Takes back everything that the functions above did, except for the guard of the transport. */
export function unshadow(res: HeldResponse): void {
  const hold = res[HOLD]
  res.destroy = hold.methods.destroy
  if (hold.needsDrain) Reflect.deleteProperty(res, 'writableNeedDrain')
  if (hold.http1) {
    res._header = null
    res.finished = false
    if (Object.hasOwn(res, '_finish')) Reflect.deleteProperty(res, '_finish')
  } else {
    for (const name of Object.keys(HTTP2_SHADOWS)) Reflect.deleteProperty(res, name)
  }
}

/** Makes everything that a handler may still do to the response do nothing. */
function silence(res: HeldResponse): void {
  for (const name of METHODS) {
    if (name !== 'on' && name in res) res[name] = SILENT[name] ?? returnThis
  }
}

/** The error of Node for changing headers that are sent. */
export function throwHeadersSent(res: HeldResponse): never {
  if (res[HOLD].http1) ServerResponse.prototype.writeHead.call(res as unknown as ServerResponse, 200)
  throw Object.assign(new Error('Response has already been initiated.'), { code: 'ERR_HTTP2_HEADERS_SENT' })
}

/** Ends the wait of the transport for this response, and destroys what was to be destroyed once it is with the kernel. */
export function unguard(res: HeldResponse): void {
  const { doomed } = res[HOLD]
  release(res)
  if (doomed !== undefined) res.once('finish', () => doomed.destroy())
}

/** Makes the response what it was when the hold began, and has the failure answered. */
export function rewind(res: HeldResponse, hooks: HoldHooks, error: unknown): void {
  const hold = res[HOLD]
  const { ended } = hold
  hold.phase = 'dead'
  restoreAllMethods(res)
  restoreSnapshot(res, hold.before)
  for (const [, args] of hold.calls.splice(0)) {
    const callback = args.findLast((arg) => typeof arg === 'function')
    if (callback !== undefined) process.nextTick(callback as (error: unknown) => void, error)
  }
  if (!hooks.failed(error, ended)) answerPlainly(res)
}

function answerPlainly(res: HeldResponse): void {
  const hold = res[HOLD]
  if (!hold.ended) {
    silence(res)
    hold.ended = true
    closeEarly(res)
    restoreAllMethods(res)
  }
  res.statusCode = 503
  if (hold.http1) res.statusMessage = messageOf(503)
  res.setHeader('Content-Type', 'text/plain; charset=utf-8')
  res.setHeader('Retry-After', '5')
  res.end('Service Unavailable\n')
  silence(res)
}

/**
 * Tells those who were writing to the response that it has closed under them, once: `pipe` then unpipes its source,
 * and `pipeline` destroys it. Waiting for the real end would look like success to a `pipeline`, which would go on
 * waiting for its source, with the file of the source open.
 */
function closeEarly(res: HeldResponse): void {
  const listeners = res.rawListeners('close') as Method[]
  res.emit('close')
  for (const listener of listeners) res.removeListener('close', listener)
}

function restoreAllMethods(res: HeldResponse): void {
  for (const name of METHODS) {
    const method = res[HOLD].methods[name]
    if (res[name] !== method) Reflect.set(res, name, method)
  }
}

function transportOf(res: HeldResponse): Transport | undefined {
  return res[HOLD].http1 ? res.req?.socket : res.stream
}

/**
 * An error handler that finds the headers sent destroys the socket (finalhandler does). By then Node would have
 * handed a response that has ended to the kernel, so the client must get the held one too.
 */
function guard(res: HeldResponse): void {
  const transport = transportOf(res)
  if (transport === undefined) return
  // Stays for the life of the socket: deleting it again for each response would make the socket slow.
  if (transport[GUARDED] === undefined) {
    transport[GUARDED] = { destroy: transport.destroy, responses: [] }
    transport.destroy = destroyGuarded
  }
  transport[GUARDED].responses.push(res)
}

/** An array, because one of one is nearly always enough, and a Set shrinks its table each time: 0.3 µs. */
function release(res: HeldResponse): void {
  const responses = transportOf(res)?.[GUARDED]?.responses
  if (responses === undefined) return
  const at = responses.indexOf(res)
  if (at !== -1) responses.splice(at, 1)
}

/** Whether Node would have given the whole response to the kernel by now. */
function isDelivered(res: HeldResponse): boolean {
  const { ended, http1 } = res[HOLD]
  // A pipelined response has no socket until its turn. An HTTP/2 stream is not writable for HEAD, and closed once reset.
  return ended && (http1 ? res.socket?.writable === true : res.stream?.closed === false)
}

function destroyGuarded(this: Transport, error?: Error): Transport {
  const { destroy, responses } = this[GUARDED] ?? { destroy: returnThis, responses: [] }
  for (const res of responses) {
    if (!error && isDelivered(res)) {
      res[HOLD].doomed = this
      return this
    }
  }
  return Reflect.apply(destroy, this, [error]) as Transport
}

function destroyHeld(this: HeldResponse, error?: unknown): HeldResponse {
  const hold = this[HOLD]
  if (!error && isDelivered(this)) hold.doomed = transportOf(this)
  else hold.methods.destroy.call(this, error)
  return this
}

function noop(): void {}

function returnThis<T>(this: T): T {
  return this
}

const SILENT: Partial<Record<string, Method>> = {
  write: () => false,
  flushHeaders: noop,
  removeHeader: noop,
  _implicitHeader: noop,
}

const NEEDS_DRAIN: PropertyDescriptor & ThisType<HeldResponse> = {
  configurable: true,
  get() {
    return !this[HOLD].ended && !this.destroyed
  },
}

const ended: PropertyDescriptor & ThisType<HeldResponse> = {
  configurable: true,
  enumerable: true,
  get() {
    return this[HOLD].ended
  },
}

const refused: PropertyDescriptor = {
  configurable: true,
  writable: true,
  value(this: HeldResponse) {
    throwHeadersSent(this)
  },
}

const HTTP2_SHADOWS: PropertyDescriptorMap = {
  headersSent: { configurable: true, enumerable: true, get: () => true },
  finished: ended,
  writableEnded: ended,
  writableFinished: { configurable: true, enumerable: true, get: () => false },
  setHeader: refused,
  appendHeader: refused,
  removeHeader: refused,
  setHeaders: refused,
}
