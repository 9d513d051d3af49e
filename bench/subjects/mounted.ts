import type { IncomingMessage, ServerResponse } from 'node:http'
import type { BenchRequest, Subject } from '../exchange.js'

export const SECRET = 'a secret of the benchmark, longer than 32 bytes'

export type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

/** A middleware, and a handler behind it that ends the response. */
export class Mounted implements Subject {
  readonly base = BARE

  constructor(
    readonly name: string,
    private readonly middleware: Middleware,
    readonly seeder?: Subject,
  ) {}

  handle(request: BenchRequest, response: ServerResponse): void {
    this.middleware(request, response, (error) => {
      if (error !== undefined) throw error
      request.use?.(request)
      response.end('ok')
    })
  }
}

/** A handler without any middleware, on an empty object for a session. */
export const BARE: Subject = {
  name: 'bare',
  handle(request, response) {
    request.session = {}
    request.use?.(request)
    response.end('ok')
  },
}
