import { createContext } from 'preact'
import { useContext, useEffect, useState } from 'preact/hooks'
import { Api, type ApiError, asApiError } from './api.js'
import { Live } from './live.js'
import { Model, useModel } from './model.js'
import { Notes } from './notes.js'
import { RequestLog } from './request-log.js'
import { linkTo, type Route, routeOf } from './route.js'
import { SessionDetail } from './session-detail.js'
import { SessionList } from './session-list.js'
import type { Clock, Info, LiveEvent } from './shapes.js'
import { shortHandle } from './text.js'

const RETRY_MS = 2_000

/** The state of the page. */
export class App extends Model {
  readonly api = new Api()
  readonly live = new Live(this.api, {
    events: (events, dropped) => this.#events(events, dropped),
    ready: (run) => this.#ready(run),
  })
  readonly sessions = new SessionList(this.api, this.live)
  readonly rejected = new RequestLog(this.api, this.live, { status: 'rejected' })
  readonly requests = new RequestLog(this.api, this.live, {})
  info: Info | undefined
  /** The server wants a token, or another one. */
  isDenied = false
  problem: ApiError | undefined
  route: Route = { view: 'sessions', handle: undefined, tab: 'data' }
  detail: SessionDetail | undefined
  readonly notes = new Notes()
  /** Rejections since they were last looked at. */
  unseen = 0
  #skew = 0

  constructor() {
    super()
    this.api.onDenied = () => this.#deny()
  }

  /** Takes the token and the route out of the address, and begins. */
  start(): void {
    addEventListener('hashchange', () => this.#navigate())
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.sessions.refresh()
    })
    this.#takeToken()
    this.#navigate()
    void this.connect()
  }

  /** Milliseconds since 1970, by the clock of the app. */
  now(): number {
    return Date.now() + this.#skew
  }

  async connect(): Promise<void> {
    this.isDenied = false
    this.changed()
    if (!(await this.loadInfo())) {
      if (!this.isDenied) setTimeout(() => void this.connect(), RETRY_MS)
      return
    }
    this.live.start()
    await Promise.all([this.sessions.load(), this.rejected.load()])
  }

  /** @returns whether the server told about the app. */
  async loadInfo(): Promise<boolean> {
    try {
      this.info = await this.api.call<Info>('GET', 'api/v1/info')
      this.problem = undefined
      this.setClock(this.info.clock)
    } catch (error) {
      this.problem = asApiError(error)
    }
    this.changed()
    return this.problem === undefined
  }

  setClock(clock: Clock): void {
    this.#skew = clock.now - Date.now()
    if (this.info !== undefined) this.info = { ...this.info, clock }
    this.changed()
  }

  /** Moves the clock of the app. */
  async travel(offsetMs: number): Promise<void> {
    await this.notes.attempt(async () => {
      this.setClock(await this.api.call('PUT', 'api/v1/clock', { body: { offsetMs } }))
      await Promise.all([this.sessions.load(), this.detail?.load()])
    })
  }

  async seed(count: number): Promise<void> {
    await this.notes.attempt(async () => {
      await this.api.call('POST', 'api/v1/seed', { body: { count } })
      await this.sessions.load()
      this.notes.say(`${count} sessions made up`)
    })
  }

  async destroy(handle: string): Promise<void> {
    await this.notes.attempt(async () => {
      const path = `api/v1/sessions/${handle}`
      const { undoMs } = await this.api.call<{ undoMs: number }>('DELETE', path, { body: {} })
      const undo = async (): Promise<void> => {
        await this.api.call('POST', `${path}/undo`, { body: {} })
        this.sessions.apply([{ type: 'restored', at: this.now(), handle }])
        if (this.detail?.handle === handle) await this.detail.load()
      }
      const event = { type: 'destroyed', at: this.now(), handle }
      this.sessions.apply([event])
      this.detail?.apply([event], 0)
      this.notes.say(`Session ${shortHandle(handle)} destroyed`, { undo, ms: undoMs })
    })
  }

  async expire(handle: string): Promise<void> {
    await this.notes.attempt(async () => {
      const session = this.detail?.handle === handle ? this.detail : this.#detailOf(handle)
      await session.expire()
      this.sessions.apply([{ type: 'expired', at: this.now(), handle }])
      this.notes.say(`Session ${shortHandle(handle)} expired: its next request gets expired-idle`)
    })
  }

  open(handle: string): void {
    location.hash = linkTo('sessions', handle)
  }

  #deny(): void {
    this.isDenied = true
    this.live.stop('offline')
    this.changed()
  }

  #takeToken(): boolean {
    const [, token] = /^#t=(.+)$/.exec(location.hash) ?? []
    if (token === undefined) return false
    this.api.setToken(token)
    history.replaceState(null, '', location.pathname)
    return true
  }

  #navigate(): void {
    if (this.#takeToken()) void this.connect()
    this.route = routeOf(location.hash)
    const handle = this.route.view === 'sessions' ? this.route.handle : undefined
    if (handle !== this.detail?.handle) {
      this.detail?.close()
      this.detail = handle === undefined ? undefined : this.#detailOf(handle)
      void this.detail?.load()
    }
    if (this.route.view === 'rejected') this.unseen = 0
    this.changed()
  }

  #detailOf(handle: string): SessionDetail {
    return new SessionDetail(this.api, this.live, handle)
  }

  #events(events: readonly LiveEvent[], dropped: number): void {
    this.sessions.apply(events)
    for (const log of [this.rejected, this.requests, this.detail]) log?.apply(events, dropped)
    const rejections = events.filter(({ request }) => request?.status === 'rejected').length
    if (rejections > 0 && this.route.view !== 'rejected') {
      this.unseen += rejections
      this.changed()
    }
    const clock = events.findLast(({ type }) => type === 'clock')
    if (clock?.offsetMs !== undefined && this.info !== undefined) {
      this.setClock({ ...this.info.clock, now: clock.at, offsetMs: clock.offsetMs })
      this.detail?.refresh()
    }
  }

  #ready(run: string): void {
    this.sessions.refresh()
    this.detail?.refresh()
    const logs = [this.rejected, this.requests]
    if (this.info?.run === run) for (const log of logs) log.catchUp()
    else {
      // Another process counts its requests from 1 again.
      void this.loadInfo()
      for (const log of logs) if (log.hasLoaded) void log.load()
    }
  }
}

const Context = createContext<App | undefined>(undefined)

export const AppProvider = Context.Provider

/** The state of the page, and a new drawing whenever it changes. */
export function useApp(): App {
  const app = useContext(Context)
  if (app === undefined) throw new Error('There is no App around this component.')
  return useModel(app)
}

/** The time by the clock of the app, told again every second. */
export function useNow(): number {
  const app = useApp()
  const [, tick] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) tick((count) => count + 1)
    }, 1_000)
    return () => clearInterval(timer)
  }, [])
  return app.now()
}
