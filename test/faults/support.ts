import { once } from 'node:events'
import { connect } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import express, { type Express } from 'express'
import {
  type BaseSessionOptions,
  MemoryStore,
  type RequestEvent,
  type SessionEventMap,
  type SessmwError,
  type Store,
  session,
} from '../../src/index.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { faultyStore } from '../../src/testing/faulty-store.js'
import { SESSION_EVENTS } from '../support/events.js'
import { Client, SECRET, serve } from '../support/http.js'

export const silent = { debug() {}, info() {}, warn() {} }

/** The verdicts of requests by path. They are published when a response has closed, which its client may see first. */
export class Verdicts {
  readonly #seen = new Map<string, RequestEvent[]>()
  #changed = () => {}

  add(event: RequestEvent): void {
    const path = event.path ?? ''
    this.#seen.set(path, [...(this.#seen.get(path) ?? []), event])
    this.#changed()
  }

  /** The oldest verdict of the path that was not taken yet. */
  async of(path: string): Promise<RequestEvent> {
    for (;;) {
      const verdict = this.#seen.get(path)?.shift()
      if (verdict !== undefined) return verdict
      await new Promise<void>((resolve) => {
        this.#changed = resolve
      })
    }
  }
}

export type Routes = (app: Express, log: string[]) => void

export interface FaultAppOptions extends Partial<BaseSessionOptions> {
  /** Wraps the memory store, for stores that answer what they should not. */
  wrap?(store: MemoryStore): Store
}

/** An app with `/login`, `/me` and more routes, over a store with faults on demand, with a clock that stands still. */
export async function faultApp(routes: Routes = () => {}, { wrap, ...options }: FaultAppOptions = {}) {
  const clock = fakeClock()
  const memory = new MemoryStore({ clock })
  const store = faultyStore(wrap?.(memory) ?? memory)
  const middleware = session({ secretKey: SECRET, store, logger: silent, clock, ...options })
  const { sessions } = middleware
  const verdicts = new Verdicts()
  sessions.events.on('request', (event) => verdicts.add(event))
  const events: { name: keyof SessionEventMap; code?: string }[] = []
  for (const name of SESSION_EVENTS)
    sessions.events.on(name, (event: object) =>
      events.push({ name, ...('code' in event && { code: String(event.code) }) }),
    )
  const handled: string[] = []
  const app = express()
  app.set('env', 'test')
  app.use(middleware)
  app.use((req, _res, next) => {
    handled.push(req.path)
    next()
  })
  app.get('/login', (req, res) => {
    req.session.user = 'u1'
    res.json({ ok: true })
  })
  app.get('/me', (req, res) => {
    res.json({ ...req.session })
  })
  routes(app, handled)
  app.use((error: SessmwError, _req: express.Request, res: express.Response, next: express.NextFunction) => {
    if (res.headersSent) return next(error)
    res.status(error.status ?? 500).json({ code: error.code ?? error.message })
  })
  const url = await serve(app)
  return { app, url, client: new Client(url), store, memory, clock, sessions, verdicts, events, handled }
}

/** A browser with the cookies of another one. */
export function twin(client: Client): Client {
  const copy = new Client(client.url)
  for (const [name, value] of client.cookies) copy.cookies.set(name, value)
  return copy
}

/** The request text of a GET. */
export function getText(path: string, headers: Record<string, string> = {}): string {
  const lines = Object.entries({ host: 'localhost', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
}

/** A connection on which a request was sent. */
export async function begin(url: string, path: string, cookie?: string) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  await once(socket, 'connect')
  socket.write(getText(path, cookie === undefined ? {} : { cookie }))
  return socket
}

/** The Cookie header of a client. */
export const cookieOf = (client: Client): string => `sid=${client.cookies.get('sid')}`

const collectGarbage: () => void = await import('node:v8').then(({ setFlagsFromString }) => {
  setFlagsFromString('--expose-gc')
  return import('node:vm').then(({ runInNewContext }) => runInNewContext('gc'))
})

/** Collects garbage until weak references to it are gone. */
export async function settleMemory(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    collectGarbage()
    await nextTurn()
  }
}
