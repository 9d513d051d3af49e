import http, { type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express'
import original from 'express-session'
import { expect, vi } from 'vitest'
import ours from '../../src/express-session.js'
import { type RecordingStore, recordingStore, type StoreTraits } from './recording-store.js'

declare module 'express-session' {
  interface SessionData {
    [key: string]: unknown
  }
}

export type SessionModule = typeof original
export type SessionOptions = original.SessionOptions

/** What the same test body is run against. */
export const modules: Readonly<Record<'original' | 'ours', SessionModule>> = { original, ours }

export const SECRET = 'a secret of more than thirty-two bytes, for tests'
/** What `Date.now()` says when a scenario begins. */
export const START = Date.UTC(2030, 0, 1)

/** What a scenario has at hand beside Express. */
export interface Context {
  readonly session: SessionModule
  readonly store: RecordingStore
  /** Writes a line into the observation. */
  note(line: string): void
}

export interface Step {
  readonly path?: string
  readonly method?: string
  readonly headers?: Record<string, string>
  /** Sent instead of the cookies that the client has. */
  readonly cookie?: string
  /** Milliseconds that pass before. */
  readonly after?: number
  /** The connection breaks before there is an answer; the handler sees to that. */
  readonly breaks?: boolean
}

/** A request as `@types/express-session` describes it, whatever else in this program says of `req.session`. */
export type SessionRequest = Omit<Request, 'session' | 'sessionID' | 'sessionStore'> & {
  session: original.Session & Partial<original.SessionData>
  sessionID: string
  sessionStore: original.Store & { generate(req: SessionRequest): void }
}

export type Handler = (req: SessionRequest, res: Response, next: NextFunction, context: Context) => unknown

export interface Scenario {
  /** Added to a secret, predictable ids, `resave: false`, `saveUninitialized: false` and a recording store. */
  readonly options?: Partial<SessionOptions> | ((context: Context) => Partial<SessionOptions>)
  readonly store?: StoreTraits
  readonly trustProxy?: boolean
  readonly before?: readonly RequestHandler[]
  readonly handler: Handler
  readonly requests: readonly (string | Step)[]
}

export interface Answer {
  readonly status: number
  /** `name: value`, in order, without `Date` and without `framing`. */
  readonly headers: readonly string[]
  /** The header that tells where the body ends, if it is right. */
  readonly framing: readonly string[]
  readonly setCookies: readonly string[]
  readonly body: string
}

export interface Observation {
  readonly answers: readonly Answer[]
  /** Calls of the store, what the error handler got, and notes, in the order in which they happened. */
  readonly log: readonly string[]
  readonly rows: Readonly<Record<string, unknown>>
}

/** Runs a scenario against express-session and ours, and demands that nobody can tell them apart. */
export async function bothShow(scenario: Scenario): Promise<Observation> {
  const expected = await observe(modules.original, scenario)
  const observed = await observe(modules.ours, scenario)
  expect(withoutFraming(observed)).toEqual(withoutFraming(expected))
  return observed
}

/** How the end of the body is told differs; see `explained-differences.ts`. */
export function withoutFraming({ answers, ...rest }: Observation) {
  return {
    ...rest,
    answers: answers.map(({ framing, ...answer }) => ({ ...answer, framed: framing.length })),
  }
}

/** What can be seen of a scenario from the browser, the store and the error handler. */
export async function observe(session: SessionModule, scenario: Scenario): Promise<Observation> {
  vi.useFakeTimers({ toFake: ['Date'], now: START })
  const log: string[] = []
  const note = (line: string) => void log.push(line)
  const context: Context = { session, store: recordingStore(session, note, scenario.store), note }
  const running: unknown[] = []
  const handler: Handler = (...args) => {
    const work = scenario.handler(...args)
    running.push(work)
    return work
  }
  const server = await listen(appOf({ ...scenario, handler }, context))
  try {
    const answers = await visit(server, scenario.requests, () => Promise.allSettled(running))
    return { answers, log, rows: context.store.rows() }
  } finally {
    await close(server)
    vi.useRealTimers()
  }
}

function appOf(scenario: Scenario, context: Context): express.Express {
  const app = express()
  app.disable('x-powered-by').disable('etag')
  app.set('trust proxy', scenario.trustProxy === true)
  if (scenario.before) app.use(...scenario.before)
  app.use(context.session(optionsOf(scenario, context)))
  app.use((req, res, next) => scenario.handler(req as unknown as SessionRequest, res, next, context))
  app.use((error: Error, _req: Request, res: Response, _next: NextFunction) => {
    context.note(`error ${error.message}`)
    if (!res.headersSent) res.status(500).send(`error: ${error.message}`)
  })
  return app
}

function optionsOf({ options = {} }: Scenario, context: Context): SessionOptions {
  let ids = 0
  const genid = () => {
    ids++
    return `id-${ids}`
  }
  const given = typeof options === 'function' ? options(context) : options
  const { store } = context
  return { secret: SECRET, genid, resave: false, saveUninitialized: false, store, ...given }
}

/** What a client has that never got an answer. */
const NOTHING: Answer = { status: 0, headers: [], framing: [], setCookies: [], body: '' }

async function visit(
  server: Server,
  requests: Scenario['requests'],
  handled: () => Promise<unknown>,
): Promise<Answer[]> {
  const jar = new Map<string, string>()
  const answers: Answer[] = []
  for (const request of requests) {
    const step = typeof request === 'string' ? { path: request } : request
    if (step.after) vi.setSystemTime(Date.now() + step.after)
    const sent = send(server, jar, step)
    const answer = step.breaks ? await sent.catch(() => NOTHING) : await sent
    await handled()
    for (const line of answer.setCookies) remember(jar, line)
    answers.push(answer)
    // Errors of the store reach the error handler after the response; a handler may be at work after its client has gone.
    for (let turns = step.breaks ? 8 : 2; turns > 0; turns--) await nextTurn()
  }
  return answers
}

function remember(jar: Map<string, string>, line: string): void {
  const pair = line.split(';', 1)[0] ?? ''
  jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
}

function send(server: Server, jar: ReadonlyMap<string, string>, step: Step): Promise<Answer> {
  const { port } = server.address() as AddressInfo
  const cookie = step.cookie ?? [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const headers = { ...(cookie !== '' && { cookie }), ...step.headers }
  return new Promise((resolve, reject) => {
    const path = step.path ?? '/'
    const request = http.request(
      { port, host: '127.0.0.1', path, method: step.method ?? 'GET', headers, agent: false },
      (response) => {
        collect(response).then(resolve, reject)
      },
    )
    request.on('error', reject).end()
  })
}

async function collect(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  const raw = response.rawHeaders
  const headers: string[] = []
  for (let at = 0; at < raw.length; at += 2) headers.push(`${raw[at]}: ${raw[at + 1]}`)
  const framing = ['Transfer-Encoding: chunked', `Content-Length: ${body.length}`]
  return {
    status: response.statusCode ?? 0,
    headers: headers.filter((line) => !line.startsWith('Date:') && !framing.includes(line)),
    framing: headers.filter((line) => framing.includes(line)),
    setCookies: response.headers['set-cookie'] ?? [],
    body: body.toString(),
  }
}

export function listen(listener: http.RequestListener): Promise<Server> {
  const server = http.createServer(listener)
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

export function close(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
