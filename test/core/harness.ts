// Sessions without HTTP: one browser per cookie jar, a clock that stands still, a store with faults on demand.
import type { AnyOptions } from '../../src/core/resolve-options.js'
import {
  createSessions,
  MemoryStore,
  type RequestContext,
  type Session,
  type Verdict,
} from '../../src/index.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { faultyStore } from '../../src/testing/faulty-store.js'
import { SESSION_EVENTS } from '../support/events.js'
import { SECRET } from '../support/http.js'

type Options = Parameters<typeof createSessions>[0]

/** Options as a JavaScript user may write them. */
export const options = (given: object): Options => ({ secretKey: SECRET, ...given }) as unknown as Options

export function setup(given: Partial<Omit<AnyOptions, 'store'>> & Record<string, unknown> = {}) {
  const clock = fakeClock()
  const memory = new MemoryStore({ clock })
  const store = faultyStore(memory)
  const warnings: string[] = []
  const logger = { debug() {}, info() {}, warn: (text: string) => void warnings.push(text) }
  const sessions = createSessions(options({ store, clock, logger, ...given }))
  const events: [string, Record<string, unknown>][] = []
  for (const name of SESSION_EVENTS)
    sessions.events.on(name, (event: object) => void events.push([name, { ...event }]))
  return { clock, memory, store, faults: store.faults, sessions, warnings, events }
}

export interface Visit {
  session: Session
  setCookie: string | undefined
  verdict: Verdict
}

/** One browser of one `Sessions`: it sends back what it was given. */
export class Browser {
  cookie: string | undefined

  constructor(
    readonly sessions: ReturnType<typeof createSessions>,
    readonly name = 'sid',
    readonly context: RequestContext = {},
  ) {}

  get header(): string | undefined {
    return this.cookie === undefined ? undefined : `${this.name}=${this.cookie}`
  }

  /** One request: open, handle, commit. */
  async visit(
    handler: (session: Session) => unknown = () => undefined,
    header = this.header,
  ): Promise<Visit> {
    const session = await this.sessions.open(header, this.context)
    await handler(session)
    const setCookie = await this.sessions.commit(session)
    this.take(setCookie)
    return { session, setCookie, verdict: session.verdict }
  }

  take(setCookie: string | undefined): void {
    if (setCookie === undefined) return
    const [pair = ''] = setCookie.split('; ')
    if (setCookie.includes('; Max-Age=0')) this.cookie = undefined
    else this.cookie = pair.slice(pair.indexOf('=') + 1)
  }

  /** What a request with this cookie finds. */
  async data(): Promise<Record<string, unknown>> {
    const { session } = await this.visit((opened) => opened.noTouch())
    return { ...session.data }
  }
}

/** The rejection of a promise, or undefined. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
    return undefined
  } catch (error) {
    return error
  }
}

/** What the process is told while `work` runs and for a turn of the event loop after it. */
export async function unhandledDuring(work: () => Promise<unknown>): Promise<unknown[]> {
  const seen: unknown[] = []
  const listener = (reason: unknown) => void seen.push(reason)
  process.on('unhandledRejection', listener)
  process.on('uncaughtException', listener)
  try {
    await work()
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  } finally {
    process.off('unhandledRejection', listener)
    process.off('uncaughtException', listener)
  }
  return seen
}
