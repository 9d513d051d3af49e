import type { IncomingMessage } from 'node:http'

/** What the core wants to know of a request. An adapter fills it in; each part is read only when it is needed. */
export interface RequestContext {
  /** Whether the request came over TLS, as far as that can be trusted. Default true. */
  readonly secure?: boolean
  /** The `Host` header. */
  readonly host?: string | undefined
  /** Given to the functions among the options. */
  readonly request?: IncomingMessage | undefined
}
