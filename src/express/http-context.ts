import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import type { RequestContext } from '../core/request-context.js'

/** A request of node:http, of its HTTP/2 compatibility API, or of a framework on top. */
export type HttpRequest = IncomingMessage | Http2ServerRequest

/** What the core asks about a request; each part is worked out only when it is asked for. */
export class HttpContext implements RequestContext {
  constructor(
    private readonly message: HttpRequest,
    private readonly trustProxy: boolean | undefined,
  ) {}

  get request(): IncomingMessage {
    return this.message as IncomingMessage
  }

  get host(): string | undefined {
    const { host, ':authority': authority } = this.message.headers as Record<string, string | undefined>
    return host ?? authority
  }

  /** TLS to this server; or, where a proxy is trusted, TLS to the first proxy. */
  get secure(): boolean {
    const { socket } = this.message
    if (socket !== undefined && 'encrypted' in socket && socket.encrypted === true) return true
    if (this.trustProxy === false) return false
    if (this.trustProxy === true) return this.forwardedProto === 'https'
    // Express answers by its own setting `trust proxy`; elsewhere there is no such property.
    return 'secure' in this.message && this.message.secure === true
  }

  private get forwardedProto(): string | undefined {
    const header = this.message.headers['x-forwarded-proto']
    const text = Array.isArray(header) ? header[0] : header
    return text?.split(',', 1)[0]?.trim().toLowerCase()
  }
}
