import { type Answer, CallError } from '../answer.js'
import { eventStream } from '../event-stream.js'
import type { Feed } from '../feed.js'
import type { Call } from './call.js'

const MAX_CLIENTS = 20
const HEARTBEAT_MS = 15_000
const GATHER_MS = 100

const clients = new WeakMap<Feed, number>()

/** `GET api/v1/events` */
export async function getEvents({ recorder: { feed }, lastEventId, isVisible }: Call): Promise<Answer> {
  if ((clients.get(feed) ?? 0) >= MAX_CLIENTS)
    throw new CallError(429, 'too-many-clients', `At most ${MAX_CLIENTS} clients can listen at once.`)
  return {
    status: 200,
    headers: {
      'Content-Type': 'text/event-stream; charset=utf-8',
      // `compression()` keeps what it compresses until there is enough of it, unless it must not transform anything.
      'Cache-Control': 'no-store, no-transform',
      'X-Accel-Buffering': 'no',
    },
    async *body(signal) {
      clients.set(feed, (clients.get(feed) ?? 0) + 1)
      const options = {
        heartbeatMs: HEARTBEAT_MS,
        gatherMs: GATHER_MS,
        lastId: lastEventId,
        signal,
        isVisible,
      }
      try {
        yield* eventStream(feed, options)
      } finally {
        clients.set(feed, (clients.get(feed) ?? 1) - 1)
      }
    },
  }
}
