import { type Api, type ApiError, asApiError, isAbort } from './api.js'
import type { Live } from './live.js'
import { Model } from './model.js'
import type { LiveEvent, RequestEntry, RequestPage } from './shapes.js'
import { Throttle } from './throttle.js'

/** Which requests are shown; an empty text stands for all. */
export interface LogQuery {
  readonly status: 'all' | 'ok' | 'none' | 'rejected'
  readonly code: string
  readonly path: string
  readonly handle: string
}

const PAGE = 50
export const MOST_ENTRIES = 500
/** How many are drawn while new ones come in by themselves. */
const MOST_FOLLOWED = 100
const MOST_WAITING = 200

/** Requests, newest first. New ones come in by themselves while nobody reads; otherwise they wait. */
export class RequestLog extends Model {
  query: LogQuery
  entries: readonly RequestEntry[] = []
  /** Those that wait to be shown, newest first. */
  fresh: readonly RequestEntry[] = []
  before: number | null = null
  isLoading = false
  hasLoaded = false
  problem: ApiError | undefined
  /** Whether a pointer or the focus is in the list, so that nothing in it may move. */
  isHeld = false
  /** What came in while the log is asked for: the answer may be of before. */
  #meanwhile: readonly RequestEntry[] = []
  #load = new AbortController()
  readonly #catchUp: Throttle

  constructor(
    private readonly api: Api,
    live: Live,
    query: Partial<LogQuery>,
  ) {
    super()
    this.#catchUp = new Throttle(live, () => this.#readMissed())
    this.query = { status: 'all', code: '', path: '', handle: '', ...query }
  }

  get isFull(): boolean {
    return this.entries.length >= MOST_ENTRIES
  }

  async ask(change: Partial<LogQuery>): Promise<void> {
    this.query = { ...this.query, ...change }
    await this.load()
  }

  async load(): Promise<void> {
    this.#meanwhile = []
    await this.#request(undefined, (page) => {
      this.entries = page.requests
      this.fresh = []
      this.before = page.before
      this.#add(this.#meanwhile)
    })
  }

  async more(): Promise<void> {
    const { before } = this
    if (before === null || this.isLoading || this.isFull) return
    await this.#request(before, (page) => {
      this.entries = [...this.entries, ...page.requests]
      this.before = page.before
    })
  }

  showNew(): void {
    this.#put([...this.fresh, ...this.entries])
    this.fresh = []
    this.changed()
  }

  apply(events: readonly LiveEvent[], dropped: number): void {
    if (!this.hasLoaded && !this.isLoading) return
    if (dropped > 0) this.#catchUp.ask()
    const found = events.flatMap(({ request }) =>
      request !== undefined && this.#shows(request) ? [request] : [],
    )
    if (this.isLoading) this.#meanwhile = [...this.#meanwhile, ...found].slice(-MOST_WAITING)
    if (this.hasLoaded) this.#add(found)
  }

  /** Reads what came while nobody listened. */
  catchUp(): void {
    if (this.hasLoaded) this.#catchUp.ask()
  }

  #add(found: readonly RequestEntry[]): void {
    const newest = this.fresh[0]?.seq ?? this.entries[0]?.seq ?? 0
    const added = found.filter(({ seq }) => seq > newest).sort((one, other) => other.seq - one.seq)
    if (added.length === 0) return
    this.fresh = [...added, ...this.fresh].slice(0, MOST_WAITING)
    if (this.isHeld) this.changed()
    else this.showNew()
  }

  /** Cut where a page can go on: the log knows what it had before any entry. */
  #put(entries: readonly RequestEntry[]): void {
    const most = Math.max(MOST_FOLLOWED, Math.min(this.entries.length, MOST_ENTRIES))
    this.entries = entries.slice(0, most)
    if (entries.length > most) this.before = this.entries.at(-1)?.seq ?? null
  }

  #shows({ status, load, save, cookie, path, handle }: RequestEntry): boolean {
    const { query } = this
    return (
      (query.status === 'all' || query.status === status) &&
      (query.code === '' || [load, save, cookie].includes(query.code)) &&
      (query.handle === '' || query.handle === handle) &&
      path.startsWith(query.path)
    )
  }

  async #request(before: number | undefined, take: (page: RequestPage) => void): Promise<void> {
    this.#load.abort()
    this.#load = new AbortController()
    this.isLoading = true
    this.changed()
    try {
      const page = await this.#fetch(before, this.#load.signal)
      this.problem = undefined
      this.hasLoaded = true
      take(page)
    } catch (error) {
      if (isAbort(error)) return
      this.problem = asApiError(error)
    }
    this.isLoading = false
    this.changed()
  }

  async #readMissed(): Promise<void> {
    try {
      const { requests } = await this.#fetch(undefined, this.#load.signal)
      this.problem = undefined
      this.#add(requests)
    } catch (error) {
      if (!isAbort(error)) this.problem = asApiError(error)
    }
    this.changed()
  }

  #fetch(before: number | undefined, signal: AbortSignal): Promise<RequestPage> {
    const given = Object.entries(this.query).filter(([, value]) => value !== '')
    const query = new URLSearchParams([...given, ['limit', String(PAGE)]])
    if (before !== undefined) query.set('before', String(before))
    return this.api.call('GET', `api/v1/requests?${query}`, { signal })
  }
}
