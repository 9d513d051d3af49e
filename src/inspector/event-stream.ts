import { setTimeout as pause } from 'node:timers/promises'
import type { Feed, FeedEvent } from './feed.js'

/** At most so many events in one message; a page cannot show more. */
const MAX_EVENTS = 100

/** How a stream of events is sent. */
export interface StreamOptions {
  /** `Last-Event-ID` of the connection before. */
  readonly lastId: string | undefined
  /** Whether this client may hear of an event. */
  isVisible(event: FeedEvent): boolean
  /** How often a silent stream shows that it lives. */
  readonly heartbeatMs: number
  /** The least time between two messages. */
  readonly gatherMs: number
  readonly signal: AbortSignal
}

/**
 * The text of a `text/event-stream` (HTML Living Standard 9.2.6). It is made no faster than it is taken: while a client
 * does not read, its place in the feed stays, and what it misses is counted instead of being kept.
 */
export async function* eventStream(feed: Feed, options: StreamOptions): AsyncGenerator<string> {
  const { heartbeatMs, gatherMs, signal } = options
  const last = placeOf(feed, options.lastId)
  let seq = last ?? feed.events.last
  const ready = { run: feed.run, seq, resumed: last !== undefined }
  yield message(feed, 'ready', seq, ready)
  while (!signal.aborted) {
    const isSilent = await feed.wait(seq, heartbeatMs, signal)
    if (signal.aborted) return
    const lost = feed.events.lostAfter(seq)
    const fresh = feed.events.after(seq).filter(options.isVisible)
    seq = feed.events.last
    const { events, dropped } = fewer(fresh)
    if (events.length > 0 || lost > 0) yield message(feed, 'events', seq, { events, dropped: dropped + lost })
    else if (isSilent) yield ': ping\n\n'
    await pause(gatherMs, undefined, { signal, ref: false }).catch(unlessAborted)
  }
}

function unlessAborted(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'AbortError') throw error
}

/** The number after which a client goes on; undefined when it is none of this process. */
function placeOf({ run, events }: Feed, lastId: string | undefined): number | undefined {
  const [, given, digits] = /^([\w]+)-(\d{1,15})$/.exec(lastId ?? '') ?? []
  const seq = Number(digits)
  return given === run && seq <= events.last ? seq : undefined
}

function message({ run }: Feed, type: string, seq: number, data: object): string {
  return `event: ${type}\nid: ${run}-${seq}\ndata: ${JSON.stringify(data)}\n\n`
}

/** Of many events those that say the same of one session become the last of them; of still too many the oldest go. */
function fewer(all: readonly FeedEvent[]): { events: readonly FeedEvent[]; dropped: number } {
  if (all.length <= MAX_EVENTS) return { events: all, dropped: 0 }
  const latest = new Map<string, FeedEvent>()
  for (const event of all) {
    const same = event.type === 'request' ? String(event.seq) : `${event.type} ${event.handle}`
    latest.delete(same)
    latest.set(same, event)
  }
  const left = [...latest.values()]
  const events = left.slice(-MAX_EVENTS)
  return { events, dropped: left.length - events.length }
}
