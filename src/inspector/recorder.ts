import { Budget } from './budget.js'
import { Feed } from './feed.js'
import { type Change, History } from './history.js'
import { RecentMap } from './recent-map.js'
import { entryOf, type RequestFacts } from './request-entry.js'
import { RequestLog } from './request-log.js'
import { SessionIndex } from './session-index.js'
import type { FullItem, Subject } from './subject.js'
import { Undo } from './undo.js'

/** How many sessions have their last request remembered. */
const MAX_LAST = 10_000

/** Diagnoses of cookies in a second; each may take some milliseconds. */
const DIAGNOSES = 20

/** The last request of a session. */
export interface LastRequest {
  readonly at: number
  readonly method: string
  readonly path: string
}

/** What is remembered of one app's sessions since the inspector was mounted; all of it is bounded. */
export class Recorder {
  readonly feed = new Feed()
  readonly requests = new RequestLog()
  readonly history = new History()
  readonly undo = new Undo()
  readonly lastRequests = new RecentMap<LastRequest>(MAX_LAST)
  readonly index: SessionIndex
  readonly startedAt: number
  readonly #budget = new Budget(DIAGNOSES)

  constructor(readonly subject: Subject) {
    this.index = new SessionIndex(subject)
    this.startedAt = subject.now()
  }

  /** A request whose response has finished. */
  request(facts: RequestFacts): void {
    const { cookieName } = this.subject.options
    const app = { cookieName, secrets: this.subject.secrets, budget: this.#budget }
    const entry = this.requests.add((seq) => entryOf(seq, facts, app))
    const { at, method, path, handle, owner, save } = entry
    if (handle !== null) {
      this.lastRequests.set(handle, { at, method, path })
      if (save !== null && WRITING.includes(save)) this.history.attribute(handle, { method, path })
    }
    this.feed.publish({ type: 'request', at, handle, owner, request: entry })
  }

  /** Something that the inspector did to a session. */
  did(
    kind: Change['kind'],
    { handle, owner, version }: FullItem,
    more: { diff?: Change['diff']; event: string; [more: string]: unknown },
  ): void {
    const { diff = [], event, ...rest } = more
    const at = this.subject.now()
    this.history.add(handle, { at, version, kind, by: 'inspector', request: null, diff })
    this.feed.publish({ type: event, at, handle, owner, ...rest })
  }
}

/** What `verdict.save` says of requests that wrote. */
const WRITING: readonly string[] = ['created', 'updated', 'regenerated', 'destroyed']
