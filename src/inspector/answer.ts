import type { ErrorCode } from '../errors.js'
import type { InspectorCode } from './error-table.js'

/** A body that is sent as it comes; `signal` aborts when the client has gone. */
export type Stream = (signal: AbortSignal) => AsyncIterable<string>

/** What the inspector answers a request with; a body in parts is made no faster than it is taken. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | AsyncIterable<string> | Iterable<string> | Stream
}

/** A code of an error: each is explained by `sessmw help`. */
export type ApiCode = InspectorCode | ErrorCode

/** What goes with an error beside its code and message. */
export interface ErrorExtras {
  readonly headers?: Readonly<Record<string, string>>
  /** A command or a step that helps. */
  readonly fix?: string
  /** The version that the session has now. */
  readonly version?: string
}

/**
 * The headers of every answer. Session data is text that strangers wrote, so nothing of it may run, be framed, be kept
 * or be read by another site (ASVS 3.4, 3.5). No CORS header is ever sent.
 */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
}

const JSON_TYPE = 'application/json; charset=utf-8'

/** A JSON document, whole or in parts. */
export function answerJson(body: Answer['body'], headers: Answer['headers'] = {}): Answer {
  return { status: 200, headers: { 'Content-Type': JSON_TYPE, ...headers }, body }
}

/** `{"error":{"code":...,"message":...}}`, with a `fix` where there is one. */
export function answerError(
  status: number,
  code: ApiCode,
  message: string,
  extras: ErrorExtras = {},
): Answer {
  const { headers, ...more } = extras
  const error = { code, message, ...more }
  return {
    status,
    headers: { 'Content-Type': JSON_TYPE, ...headers },
    body: `${JSON.stringify({ error })}\n`,
  }
}

/** Thrown by whatever answers a call: the call cannot be answered as it was meant. */
export class CallError extends Error {
  constructor(
    readonly status: number,
    readonly code: ApiCode,
    message: string,
    readonly extras: ErrorExtras = {},
  ) {
    super(message)
  }

  get answer(): Answer {
    return answerError(this.status, this.code, this.message, this.extras)
  }
}

/** A parameter that cannot be used. */
export function badRequest(message: string): CallError {
  return new CallError(400, 'bad-request', message)
}

/** No such route, or no such session for this caller. */
export function notFound(message: string): CallError {
  return new CallError(404, 'not-found', message)
}
