import { type Api, ApiError, asApiError, isAbort } from './api.js'
import { Model } from './model.js'
import type { LiveEvent } from './shapes.js'

/** How the page follows what happens. */
export type LiveState = 'connecting' | 'live' | 'paused' | 'offline'

/** Who is told. */
export interface LiveListener {
  /** `dropped`: how many more there were. */
  events(events: readonly LiveEvent[], dropped: number): void
  /** A connection begins, to the process that `run` names; what is shown may be old. */
  ready(run: string): void
}

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 8_000
/** The server sends something every 15 seconds. */
const SILENCE_MS = 40_000

/** The stream of events: goes on where it ended, and comes back by itself. */
export class Live extends Model {
  state: LiveState = 'connecting'
  /** Why there is no connection. */
  problem: ApiError | undefined
  #lastId: string | undefined
  #connection: AbortController | undefined

  constructor(
    private readonly api: Api,
    private readonly listener: LiveListener,
  ) {
    super()
  }

  get isPaused(): boolean {
    return this.state === 'paused'
  }

  start(): void {
    this.#connection?.abort()
    this.#connection = new AbortController()
    this.#become('connecting')
    void this.#run(this.#connection.signal)
  }

  stop(state: LiveState): void {
    this.#connection?.abort()
    this.#connection = undefined
    this.#become(state)
  }

  toggle(): void {
    if (this.isPaused) this.start()
    else this.stop('paused')
  }

  #become(state: LiveState, problem?: ApiError): void {
    this.state = state
    this.problem = problem
    this.changed()
  }

  async #run(signal: AbortSignal): Promise<void> {
    let wait = FIRST_WAIT_MS
    while (!signal.aborted) {
      const problem = await this.#follow(signal, () => {
        wait = FIRST_WAIT_MS
      })
      if (signal.aborted) return
      this.#become('offline', problem)
      if (problem.status === 401) return
      await pause(wait, signal)
      wait = Math.min(2 * wait, LONGEST_WAIT_MS)
    }
  }

  /** Resolves with why the connection ended. */
  async #follow(signal: AbortSignal, onAnswer: () => void): Promise<ApiError> {
    const silence = new AbortController()
    let timer = setTimeout(() => silence.abort(), SILENCE_MS)
    try {
      const either = AbortSignal.any([signal, silence.signal])
      const body = await this.api.stream('api/v1/events', this.#lastId, either)
      for await (const message of messagesOf(body)) {
        clearTimeout(timer)
        timer = setTimeout(() => silence.abort(), SILENCE_MS)
        onAnswer()
        this.#take(message)
      }
    } catch (error) {
      if (!isAbort(error) && error instanceof ApiError) return error
      return new ApiError(0, 'offline', asApiError(error).message)
    } finally {
      clearTimeout(timer)
    }
    return new ApiError(0, 'offline', 'The server ended the connection.')
  }

  #take({ event, id, data }: Message): void {
    if (id !== '') this.#lastId = id
    if (event === 'ready') {
      this.#become('live')
      const { run } = JSON.parse(data) as { run: string }
      this.listener.ready(run)
    } else if (event === 'events') {
      const { events, dropped } = JSON.parse(data) as { events: LiveEvent[]; dropped: number }
      this.listener.events(events, dropped)
    }
  }
}

interface Message {
  readonly event: string
  readonly id: string
  readonly data: string
}

/** The messages of a `text/event-stream` (HTML Living Standard 9.2.6) as this server writes them; comments are empty ones. */
async function* messagesOf(body: ReadableStream): AsyncGenerator<Message> {
  let text = ''
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const parts = (text + value).split('\n\n')
    text = parts.pop() ?? ''
    for (const part of parts) yield messageOf(part)
  }
}

function messageOf(text: string): Message {
  const lines = text.split('\n')
  const field = (name: string): string =>
    lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? ''
  return { event: field('event'), id: field('id'), data: field('data') }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
