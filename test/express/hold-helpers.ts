import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { type HeaderEdit, type HoldHooks, holdResponse } from '../../src/express/hold.js'
import { closeAll, listen } from '../support/listen.js'

export type Handler = (req: IncomingMessage, res: ServerResponse) => void

/** A promise that the test settles. */
export function barrier<T = undefined>() {
  const { promise, resolve, reject } = withResolvers<T>()
  return { promise, open: resolve, fail: reject }
}

function withResolvers<T>() {
  let resolve: (value: T) => void = () => undefined
  let reject: (error: unknown) => void = () => undefined
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

export type Barrier = ReturnType<typeof barrier<HeaderEdit | undefined>>

/** Hooks around one barrier, which count their calls. */
export function hooksOf(gate: Barrier, answers = false) {
  const seen = { commits: 0, failures: [] as [error: unknown, ended: boolean][] }
  const hooks: HoldHooks = {
    commit() {
      seen.commits += 1
      return gate.promise
    },
    failed(error, ended) {
      seen.failures.push([error, ended])
      return answers
    },
  }
  return { hooks, seen }
}

/** Hooks whose commit takes one turn of the event loop. */
export const slowHooks: HoldHooks = {
  commit: () => new Promise((resolve) => setImmediate(resolve, undefined)),
  failed: () => false,
}

/** Runs a handler behind a hold (or without one, for comparison). */
export const holding =
  (hooks: HoldHooks | undefined, handler: Handler): Handler =>
  (req, res) => {
    if (hooks !== undefined) holdResponse(res, hooks)
    handler(req, res)
  }

export { closeAll, listen }

/** A raw connection that keeps everything it receives. */
export class Wire {
  text = ''
  closed = false
  #changed: () => void = () => undefined
  readonly socket: Socket

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.setEncoding('latin1')
    this.socket.on('data', (chunk) => {
      this.text += chunk
      this.#changed()
    })
    this.socket.on('error', () => undefined)
    this.socket.on('close', () => {
      this.closed = true
      this.#changed()
    })
  }

  get(path = '/', headers = ''): this {
    this.socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`)
    return this
  }

  /** Everything received, once the predicate holds. */
  async until(predicate: (text: string) => boolean): Promise<string> {
    while (!predicate(this.text)) {
      if (this.closed) throw new Error(`The connection closed after: ${JSON.stringify(this.text)}`)
      await new Promise<void>((resolve) => {
        this.#changed = resolve
      })
    }
    return this.text
  }

  async end(): Promise<string> {
    while (!this.closed) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve
      })
    }
    return this.text
  }
}

/** One request on a connection of its own, which the server is asked to close; the raw answer without its date. */
export async function exchange(port: number, path = '/', method = 'GET', headers = ''): Promise<string> {
  const wire = new Wire(port)
  wire.socket.write(`${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`)
  return (await wire.end()).replace(/Date: [^\r]*\r\n/g, '')
}

/** What a call throws, by its code; `ok` otherwise. */
export function codeOf(call: () => unknown): string {
  try {
    call()
    return 'ok'
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}
