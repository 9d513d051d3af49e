import { type Api, type ApiError, asApiError, isAbort } from './api.js'
import type { Live } from './live.js'
import { Model } from './model.js'
import type { LiveEvent, SessionPage, Summary } from './shapes.js'
import { Throttle } from './throttle.js'

/** Which sessions are shown. */
export interface ListQuery {
  readonly q: string
  readonly filter: string
  readonly sort: string
}

/** A session in the list; one that has ended stays where it is until the list is read anew. */
export interface Row extends Summary {
  /** How it ended. */
  readonly ended?: string
}

interface ListPage extends SessionPage {
  readonly sessions: readonly Row[]
}

const PAGE = 50
/** More rows than anybody scrolls through; the search finds the others. */
export const MOST_ROWS = 500
const MOST_REFRESHED = 200

const ENDS: Readonly<Record<string, string>> = {
  destroyed: 'destroyed',
  revoked: 'revoked',
  expired: 'expired',
}

/**
 * The list of sessions. What happens changes rows where they are; rows that would push others away are only counted,
 * until somebody asks for them.
 */
export class SessionList extends Model {
  query: ListQuery = { q: '', filter: 'all', sort: 'seen' }
  rows: readonly Row[] = []
  page: SessionPage | undefined
  isLoading = false
  /** Why the list is not what was asked for. */
  problem: ApiError | undefined
  /** How many rows wait to be shown. */
  fresh = 0
  cursor: string | null = null
  #load = new AbortController()
  /** What ended, or came back, while the list is asked for: the answer may be of before. */
  #meanwhile: Map<string, string | undefined> | undefined
  readonly #refresh: Throttle

  constructor(
    private readonly api: Api,
    private readonly live: Live,
  ) {
    super()
    this.#refresh = new Throttle(live, () => this.#update())
  }

  get isFull(): boolean {
    return this.rows.length >= MOST_ROWS
  }

  async ask(change: Partial<ListQuery>): Promise<void> {
    this.query = { ...this.query, ...change }
    await this.load()
  }

  /** Reads the list anew, from its top. */
  async load(): Promise<void> {
    await this.#request(PAGE, null, (page) => {
      this.rows = page.sessions
      this.cursor = page.cursor
      this.fresh = 0
    })
  }

  async more(): Promise<void> {
    const { cursor } = this
    if (cursor === null || this.isLoading || this.isFull) return
    await this.#request(PAGE, cursor, (page) => {
      const shown = new Set(this.rows.map(({ handle }) => handle))
      this.rows = [...this.rows, ...page.sessions.filter(({ handle }) => !shown.has(handle))]
      this.cursor = page.cursor
    })
  }

  refresh(): void {
    this.#refresh.ask()
  }

  apply(events: readonly LiveEvent[]): void {
    const ended = new Map<string, string | undefined>()
    const requests = new Map<string, LiveEvent>()
    for (const event of events) {
      if (event.previousHandle !== undefined) ended.set(event.previousHandle, 'regenerated')
      if (event.handle === null) continue
      const end = ENDS[event.type]
      if (end !== undefined) ended.set(event.handle, end)
      if (event.type === 'restored') ended.set(event.handle, undefined)
      if (event.type === 'request') requests.set(event.handle, event)
    }
    for (const [handle, end] of ended) this.#meanwhile?.set(handle, end)
    this.rows = this.rows.map((row) => changedRow(row, ended, requests))
    this.changed()
    this.refresh()
  }

  async #request(limit: number, cursor: string | null, take: (page: ListPage) => void): Promise<void> {
    this.#load.abort()
    this.#load = new AbortController()
    this.isLoading = true
    this.changed()
    try {
      const page = await this.#fetch(limit, cursor, this.#load.signal)
      this.problem = undefined
      this.page = page
      take(page)
    } catch (error) {
      if (isAbort(error)) return
      this.problem = asApiError(error)
    }
    this.isLoading = false
    this.changed()
  }

  async #fetch(limit: number, cursor: string | null, signal: AbortSignal): Promise<ListPage> {
    const { q, filter, sort } = this.query
    const query = new URLSearchParams({ q, filter, sort, limit: String(limit) })
    if (cursor !== null) query.set('cursor', cursor)
    const meanwhile = new Map<string, string | undefined>()
    this.#meanwhile = meanwhile
    try {
      const page = await this.api.call<SessionPage>('GET', `api/v1/sessions?${query}`, { signal })
      return { ...page, sessions: page.sessions.map((row) => changedRow(row, meanwhile)) }
    } finally {
      if (this.#meanwhile === meanwhile) this.#meanwhile = undefined
    }
  }

  async #update(): Promise<void> {
    if (this.isLoading || document.hidden) return
    const { signal } = this.#load
    const limit = Math.min(MOST_REFRESHED, Math.max(PAGE, this.rows.length))
    try {
      const page = await this.#fetch(limit, null, signal)
      if (this.live.isPaused) return
      this.problem = undefined
      this.page = page
      this.#merge(page)
    } catch (error) {
      if (isAbort(error)) return
      this.problem = asApiError(error)
    }
    this.changed()
  }

  #merge({ sessions, cursor }: ListPage): void {
    if (this.rows.length === 0) {
      this.rows = sessions
      this.cursor = cursor
      return
    }
    const latest = new Map(sessions.map((session) => [session.handle, session]))
    const shown = new Set(this.rows.map(({ handle }) => handle))
    this.rows = this.rows.map((row) => latest.get(row.handle) ?? row)
    // What follows the last row shown was only moved up by rows that ended.
    const last = sessions.findLastIndex(({ handle }) => shown.has(handle))
    const isWhole = this.cursor === null
    this.fresh = sessions.filter(
      ({ handle }, at) => !shown.has(handle) && (isWhole || at < last || last === -1),
    ).length
  }
}

function changedRow(
  row: Row,
  ended: ReadonlyMap<string, string | undefined>,
  requests: ReadonlyMap<string, LiveEvent> = new Map(),
): Row {
  const { ended: before, ...living } = row
  const end = ended.has(row.handle) ? ended.get(row.handle) : before
  const request = requests.get(row.handle)?.request
  if (end === before && request === undefined) return row
  return {
    ...living,
    ...(end !== undefined && { ended: end }),
    ...(request !== undefined && {
      lastRequest: { at: request.at, method: request.method, path: request.path },
    }),
  }
}
