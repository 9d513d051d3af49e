import { randomBytes } from 'node:crypto'
import { Ring } from './ring.js'

/** One thing that happened, as clients hear of it. */
export interface FeedEvent {
  readonly seq: number
  readonly type: string
  /** Milliseconds since 1970, by the clock of the app. */
  readonly at: number
  readonly handle: string | null
  readonly owner: string | null
  readonly [more: string]: unknown
}

/** A `FeedEvent` that has no number yet. */
export type NewEvent = Omit<FeedEvent, 'seq'> & { readonly [more: string]: unknown }

/** How many events are kept for clients that are slow or come back. */
const BACKLOG = 1_000

/** What happens, numbered. Clients keep their place in it, so that a slow one costs no memory of its own. */
export class Feed {
  /** Another one in each process, so that a number of an earlier one is not taken for one of this. */
  readonly run = randomBytes(6).toString('base64url').replaceAll('-', '_')
  readonly events = new Ring<FeedEvent>(BACKLOG)
  readonly #waiting = new Set<() => void>()
  #timer: NodeJS.Timeout | undefined

  /** @param gatherMs How long events are gathered before clients are woken. */
  constructor(private readonly gatherMs = 100) {}

  publish(event: NewEvent): void {
    this.events.add((seq) => Object.assign({ seq }, event) as FeedEvent)
    if (this.#waiting.size > 0) this.#timer ??= setTimeout(() => this.#wake(), this.gatherMs).unref()
  }

  /** Resolves when there are events after a number, or the signal aborts; with true when `ms` have passed before. */
  async wait(seq: number, ms: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted || this.events.last > seq) return false
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        this.#waiting.delete(done)
        resolve()
      }
      const timer = setTimeout(done, ms).unref()
      signal.addEventListener('abort', done)
      this.#waiting.add(done)
    })
    return this.events.last === seq
  }

  #wake(): void {
    this.#timer = undefined
    for (const done of [...this.#waiting]) done()
  }
}
