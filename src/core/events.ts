import { channel } from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { SessmwError } from '../errors.js'
import type { Owner } from './owner.js'
import { shared } from './shared.js'
import type { LoadCode, Verdict } from './verdict.js'

/** What every event carries. Sessions are named by handle (SHA-256 of the id), never by id. */
export interface SessionEvent {
  /** Milliseconds since 1970, by the clock of the options. */
  readonly at: number
  readonly handle?: string
  readonly owner?: Owner
}

/** One request, when its response has finished: why it had the session that it had. */
export interface RequestEvent extends SessionEvent, Verdict {
  readonly method?: string
  /** Path of the URL, without the query. */
  readonly path?: string
}

/** The events of `sessions.events`. */
export interface SessionEventMap {
  request: [RequestEvent]
  created: [SessionEvent]
  destroyed: [SessionEvent]
  regenerated: [SessionEvent & { readonly previousHandle: string }]
  revoked: [SessionEvent]
  expired: [SessionEvent & { readonly code: LoadCode }]
  rejected: [SessionEvent & { readonly code: LoadCode; readonly detail?: string }]
  conflict: [SessionEvent & { readonly key: string }]
  corrupt: [SessionEvent & { readonly detail: string }]
  'store-error': [SessionEvent & { readonly error: SessmwError }]
}

/** The requests that events tell of, for tools that show more of them; forgotten together with the event. */
const requestOfEvent = shared('event-requests', () => new WeakMap<RequestEvent, IncomingMessage>())

/** Notes which request an event is about to tell of. */
export function noteRequest(event: RequestEvent, request: IncomingMessage): void {
  requestOfEvent.set(event, request)
}

/** The request that an event of this process tells of. Its headers hold credentials. */
export function requestOf(event: RequestEvent): IncomingMessage | undefined {
  return requestOfEvent.get(event)
}

type EventName = keyof SessionEventMap

/** `request` events are also published here, for tools that do not hold the `Sessions` object. */
const requests = channel('sessmw:request')

/** A Node `EventEmitter` on which a listener that throws, or rejects, breaks neither the request nor other listeners. */
export class SessionEvents extends EventEmitter<SessionEventMap> {
  /** Whether somebody listens, so that nothing is made for nobody. */
  hasAudience(name: EventName): boolean {
    return this.listenerCount(name) > 0 || (name === 'request' && requests.hasSubscribers)
  }

  /** Calls every listener of the event; their errors become process warnings. */
  publish<Name extends EventName>(name: Name, payload: SessionEventMap[Name][0]): void {
    if (name === 'request' && requests.hasSubscribers) requests.publish(payload)
    for (const listener of this.rawListeners(name)) {
      try {
        const answer: unknown = Reflect.apply(listener, this, [payload])
        if (answer instanceof Promise) answer.catch((error: unknown) => reportListener(name, error))
      } catch (error) {
        reportListener(name, error)
      }
    }
  }
}

function reportListener(name: string, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error)
  process.emitWarning(`A listener of the sessmw event "${name}" failed: ${reason}`, { type: 'SessmwWarning' })
}
