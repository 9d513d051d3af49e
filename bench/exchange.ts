import { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'

/** What carries the session of a request: the request itself, or the context of a framework. */
export interface Holder {
  session?: Record<string, unknown> | null | undefined
}

/** What a handler does with its session. */
export type Use = (holder: Holder) => void

/** A request as a handler sees it; `use` is what the handler is going to do. */
export interface BenchRequest extends IncomingMessage, Pick<Holder, 'session'> {
  use?: Use
}

/** Something that puts a session on a request, does `request.use` with it and ends the response. */
export interface Subject {
  readonly name: string
  /** The same without sessions: what is subtracted. */
  readonly base?: Subject
  /** Stores the session first, where this subject cannot. */
  readonly seeder?: Subject | undefined
  /** Takes so long that a few requests measure it well. */
  readonly isSlow?: boolean
  handle(request: BenchRequest, response: ServerResponse): void
  close?(): unknown
}

/** A socket that goes nowhere: what is written to it is dropped. */
class Sink extends Duplex {
  readonly remoteAddress = '127.0.0.1'

  override _read(): void {}

  override _write(_chunk: unknown, _encoding: unknown, done: () => void): void {
    done()
  }

  override _writev(_chunks: unknown, done: (error?: Error | null) => void): void {
    done()
  }
}

/** One connection: exchanges requests and responses, one after the other. */
export class Lane {
  readonly #socket = new Sink() as unknown as Socket

  /** One request through a subject; resolves, with its response, when the response has been sent and closed. */
  exchange(subject: Subject, cookie: string | undefined, use: Use): Promise<ServerResponse> {
    const request: BenchRequest = new IncomingMessage(this.#socket)
    request.method = 'GET'
    request.url = '/'
    request.httpVersion = '1.1'
    request.httpVersionMajor = 1
    request.httpVersionMinor = 1
    request.headers = { host: 'localhost' }
    if (cookie !== undefined) request.headers.cookie = cookie
    request.use = use
    const response = new ServerResponse(request)
    response.assignSocket(this.#socket)
    return new Promise((resolve) => {
      // What the server of node:http does when a response is finished.
      response.once('finish', () => {
        response.detachSocket(this.#socket)
        process.nextTick(() => {
          response.emit('close')
          resolve(response)
        })
      })
      subject.handle(request, response)
    })
  }
}

/**
 * What a browser would send back after a response: each `name=value` that it sets; undefined if it sets none. Read from
 * the head as it was sent, since `getHeader` knows nothing of what was given to `writeHead`.
 */
export function cookieOf(response: ServerResponse): string | undefined {
  const head = String(Reflect.get(response, '_header'))
  const pairs = [...head.matchAll(/^set-cookie: ([^;\r]*)/gim)].map(([, pair = '']) => pair)
  return pairs.length === 0 ? undefined : pairs.join('; ')
}
