import type { EventEmitter } from 'node:events'
import { OutgoingMessage, STATUS_CODES } from 'node:http'
import { type Duplex, PassThrough } from 'node:stream'

/** Where the hold of a response is kept; shared by the ESM and the CommonJS build. */
export const HOLD: unique symbol = Symbol.for('sessmw.hold') as never

/** A method of a response, whatever it takes. */
export type Method = (this: HeldResponse, ...args: unknown[]) => unknown

/** `waiting` for the first byte, `held` until the commit settles, `passing` on, or `dead`: later calls do nothing. */
export type Phase = 'waiting' | 'held' | 'passing' | 'dead'

/** Header values by lower-case name. */
export type Headers = Record<string, number | string | string[] | undefined>

/** What sets headers with plain `res.setHeader`, right before the response leaves. */
export type HeaderEdit = () => void

/** What the owner of a hold is asked. */
export interface HoldHooks {
  /**
   * Called once, synchronously, at the first call that would send bytes. A promise holds the response until it
   * settles; its function runs right before the response leaves. A function is run at once; undefined = nothing to do.
   * Throwing counts as rejecting. `ending`: that call was `end`, so that nothing follows.
   */
  commit(ending: boolean): Promise<HeaderEdit | undefined> | HeaderEdit | undefined
  /**
   * Called after a failed commit, when the response is again what it was when `holdResponse` was called.
   * `ended`: the handler had ended the response; false: it was still streaming. True = it is answered by the callee,
   * such as with `next(error)`; false = a plain 503 is sent and what the handler still does to it has no effect.
   */
  failed(error: unknown, ended: boolean): boolean
}

/** The methods that a rewind brings back, as they were when `holdResponse` was called. */
export const METHODS = [
  'writeHead',
  'write',
  'end',
  'flushHeaders',
  '_implicitHeader',
  'setHeader',
  'appendHeader',
  'setHeaders',
  'removeHeader',
  'destroy',
  'on',
] as const

/** Name of a method in `METHODS`. */
export type MethodName = (typeof METHODS)[number]

/** Everything that is known of one held response. */
export interface Hold {
  phase: Phase
  readonly hooks: HoldHooks[]
  /** False for the HTTP/2 compatibility API. */
  readonly http1: boolean
  readonly methods: Readonly<Record<MethodName, Method>>
  readonly before: Snapshot
  /** What was called since the first byte, in order. */
  readonly calls: [MethodName, unknown[]][]
  /** Status as it was at the first byte. */
  status: number
  message: string
  ended: boolean
  /** Whether a held `write` has returned false. */
  needsDrain: boolean
  /** Listeners of `drain` that an inner wrapper may have moved to a stream of its own. */
  readonly drainListeners: Method[]
  /** What the handler wanted destroyed after it had ended the response. */
  doomed: { destroy(): unknown } | undefined
}

/** The head of a response when `holdResponse` was called. */
export interface Snapshot {
  readonly status: number
  readonly message: string | undefined
  /** Undefined when there were none. */
  readonly headers: Headers | undefined
  readonly flags: Partial<Record<(typeof HEADER_FLAGS)[number], unknown>> | undefined
}

/** What Node's `removeHeader` and `addTrailers` leave on an HTTP/1 response beside the headers. */
export const HEADER_FLAGS = [
  'sendDate',
  '_removedConnection',
  '_removedContLen',
  '_removedTE',
  '_trailer',
] as const

/** What HTTP/1 and HTTP/2 responses have in common, as far as holding needs it. */
export interface HeldResponse extends EventEmitter, Record<Exclude<MethodName, 'on'>, Method> {
  [HOLD]: Hold
  statusCode: number
  statusMessage: string
  readonly headersSent: boolean
  finished: boolean
  readonly destroyed?: boolean
  readonly socket: Duplex | null | undefined
  readonly stream?: Duplex
  readonly req?: { readonly socket?: Duplex }
  _header: string | null
  _finish: () => void
  getHeader(name: string): Headers[string]
  getHeaders(): Headers
}

// What Node refuses in a status message (RFC 9112, 4: reason-phrase).
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/

/** The head of a response, kept so that it can be brought back. */
export function takeSnapshot(res: HeldResponse, http1: boolean): Snapshot {
  const current = res.getHeaders()
  let headers: Headers | undefined
  for (const name in current) {
    headers ??= current
    const value = current[name]
    // Node's appendHeader pushes into the array that is set.
    if (Array.isArray(value)) current[name] = value.slice()
  }
  const status = res.statusCode
  if (!http1) return { status, message: undefined, headers, flags: undefined }
  const { sendDate, _removedConnection, _removedContLen, _removedTE, _trailer } = res as Snapshot['flags'] &
    object
  const flags = { sendDate, _removedConnection, _removedContLen, _removedTE, _trailer }
  return { status, message: res.statusMessage, headers, flags }
}

/** Sets status and headers to what they were. */
export function restoreSnapshot(res: HeldResponse, before: Snapshot): void {
  for (const name of Object.keys(res.getHeaders())) {
    if (before.headers?.[name] === undefined) res.removeHeader(name)
  }
  for (const [name, value] of Object.entries(before.headers ?? {})) {
    // Setting again what is the same would lose the case that the name was written in.
    if (value !== res.getHeader(name)) res.setHeader(name, value)
  }
  res.statusCode = before.status
  if (before.flags === undefined) return
  res.statusMessage = before.message as string
  for (const flag of HEADER_FLAGS) Reflect.set(res, flag, before.flags[flag])
}

/** Whether Node would send this status line; if not, its own `writeHead` throws. */
export function isSendable(status: unknown, message: string | undefined): boolean {
  const code = Number(status) | 0
  return code >= 100 && code <= 999 && !(message && UNSENDABLE.test(message))
}

/** The status message that Node would send with a status. */
export const messageOf = (status: number): string => STATUS_CODES[status] ?? 'unknown'

/**
 * Puts what `writeHead` was given on the response, so that others can add to it.
 *
 * @returns the arguments that are left for the original, or undefined when the original would throw
 */
export function applyHead(res: HeldResponse, args: unknown[], http1: boolean): unknown[] | undefined {
  const [status, reason] = args
  const message = typeof reason === 'string' ? reason : undefined
  const headers = message === undefined ? (args[2] ?? reason) : args[2]
  if (Array.isArray(headers) && !Array.isArray(headers[0]) && headers.length % 2 !== 0) return undefined
  if (http1 && !isSendable(status, message ?? res.statusMessage)) return undefined
  res.statusCode = http1 ? Number(status) | 0 : (status as number)
  if (http1) res.statusMessage = message ?? (res.statusMessage || messageOf(res.statusCode))
  if (typeof headers === 'object' && headers !== null) setAll(res, headers)
  return message === undefined ? [res.statusCode] : [res.statusCode, message]
}

/** Lets cookies be appended without a change to an array that the app may set on every response, for every user. */
export function ownCookies(res: HeldResponse): void {
  const cookies = res.getHeader('set-cookie')
  if (Array.isArray(cookies)) res.setHeader('Set-Cookie', cookies.slice())
}

/** Sets headers in any form that `writeHead` takes; a name that is given several times keeps all its values. */
function setAll(res: HeldResponse, headers: object): void {
  const given = new Map<unknown, [name: unknown, value: unknown]>()
  for (const [name, value] of pairsOf(headers)) {
    if (!name) continue
    const key = typeof name === 'string' ? name.toLowerCase() : name
    const earlier = given.get(key)
    given.set(key, earlier === undefined ? [name, value] : [earlier[0], [earlier[1], value].flat()])
  }
  // A copy, because appendHeader pushes into what is set, and this may be an array that all responses share.
  for (const [name, value] of given.values())
    res.setHeader(name, Array.isArray(value) ? value.slice() : value)
}

function pairsOf(headers: object): [name: unknown, value: unknown][] {
  if (!Array.isArray(headers)) return Object.entries(headers)
  if (Array.isArray(headers[0])) return headers.map(([name, value]) => [name, value])
  const pairs: [unknown, unknown][] = []
  for (let at = 0; at < headers.length; at += 2) pairs.push([headers[at], headers[at + 1]])
  return pairs
}

/** Throws what Node throws for a chunk that is neither text nor bytes. */
export function refuseBadChunk(chunk: unknown, http1: boolean): void {
  if (typeof chunk === 'string' || chunk instanceof Uint8Array) return
  const message = http1 ? new OutgoingMessage() : new PassThrough()
  message.write(chunk)
}
