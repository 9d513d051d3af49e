import type { RequestEntry } from './request-entry.js'
import { Ring } from './ring.js'

/** How many requests are remembered; the rejected ones apart, so that no traffic washes them away. */
const MAX_REQUESTS = 1_000
const MAX_REJECTED = 500

/** Which requests to show. */
export interface RequestFilter {
  readonly status: 'all' | 'ok' | 'none' | 'rejected'
  readonly code?: string | undefined
  readonly handle?: string | undefined
  /** Beginning of the path. */
  readonly path?: string | undefined
  /** Only those with a lower number. */
  readonly before: number
  readonly limit: number
  isVisible(entry: RequestEntry): boolean
}

/** The newest requests of the app. */
export class RequestLog {
  readonly #others = new Ring<RequestEntry>(MAX_REQUESTS)
  readonly #rejected = new Ring<RequestEntry>(MAX_REJECTED)
  #seq = 0

  /** Adds what is made of the next number. */
  add(make: (seq: number) => RequestEntry): RequestEntry {
    this.#seq += 1
    const entry = make(this.#seq)
    const ring = entry.status === 'rejected' ? this.#rejected : this.#others
    return ring.add(() => entry)
  }

  /** Newest first. */
  find(filter: RequestFilter): RequestEntry[] {
    const found: RequestEntry[] = []
    for (const entry of this.newest()) {
      if (found.length === filter.limit) break
      if (matches(entry, filter)) found.push(entry)
    }
    return found
  }

  /** All that are remembered, newest first. */
  *newest(): Generator<RequestEntry> {
    const [others, rejected] = [this.#others.newest(), this.#rejected.newest()]
    let [one, other] = [others.next().value, rejected.next().value] as [RequestEntry?, RequestEntry?]
    while (one !== undefined || other !== undefined) {
      if (other === undefined || (one !== undefined && one.seq > other.seq)) {
        yield one as RequestEntry
        one = others.next().value ?? undefined
      } else {
        yield other
        other = rejected.next().value ?? undefined
      }
    }
  }
}

function matches(entry: RequestEntry, filter: RequestFilter): boolean {
  const { status, code, handle, path } = filter
  if (entry.seq >= filter.before || (status !== 'all' && entry.status !== status)) return false
  if (handle !== undefined && entry.handle !== handle) return false
  if (path !== undefined && !entry.path.startsWith(path)) return false
  if (
    code !== undefined &&
    ![entry.load, entry.save, entry.cookie, entry.problem?.code].includes(code as never)
  )
    return false
  return filter.isVisible(entry)
}
