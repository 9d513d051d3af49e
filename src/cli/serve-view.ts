import type { DevServer } from '../dev-server/dev-server.js'
import { InspectorClient, type InspectorEvent } from '../dev-server/inspector-client.js'
import { isSessmwError } from '../errors.js'
import type { Output } from './output.js'
import { printable, requestLine, type ShownRequest, timeOf } from './request-line.js'

const HOUR_MS = 3_600_000

/** How many sessions are ended at once when all are. */
const AT_ONCE = 20

/** Of how many sessions the changed keys are kept. */
const MAX_NAMES = 1_000

/** What the view needs of `api/v1/info`. */
export interface ViewInfo {
  readonly readOnly: boolean
  readonly store: { readonly name: string; readonly count: number | null }
  readonly capabilities: { readonly clock: boolean; readonly destroy: boolean }
}

/** What happens on the server, as lines for people or as JSON for programs; and what its keys do. */
export class ServeView {
  readonly client: InspectorClient
  #following: AbortController | undefined
  #paused = false
  #unseen = 0
  /** Names of the keys that were changed, by handle, until the request that did it is told of. */
  readonly #names = new Map<string, readonly string[]>()

  constructor(
    server: DevServer,
    private readonly out: Output,
    private readonly json: boolean,
  ) {
    this.client = new InspectorClient(server.localUrl, server.token)
  }

  /** Begins to show what happens from now on; again when the app has started anew. Rejects as `InspectorClient.call`. */
  async follow(): Promise<ViewInfo> {
    this.stop()
    const following = new AbortController()
    this.#following = following
    const events = await this.client.events(following.signal)
    this.#showAll(events).catch((error: unknown) => this.problem(error))
    return (await this.client.call('GET', 'info')) as ViewInfo
  }

  stop(): void {
    this.#following?.abort()
  }

  /** An event of the server itself: an object for programs, a line for people. */
  tell(event: object, line: string): void {
    if (this.json) this.out.json(event)
    else this.out.answer(line)
  }

  /** An event that people are told of as a warning. */
  tellPrograms(event: object): void {
    if (this.json) this.out.json(event)
  }

  /** What went wrong while the server goes on. */
  problem(error: unknown): void {
    const fix = isSessmwError(error) ? ` ${error.fix}` : ''
    this.out.warn(`${error instanceof Error ? error.message : String(error)}${fix}`)
  }

  /** Stops showing lines, or shows them again. */
  pause(): void {
    this.#paused = !this.#paused
    if (this.#paused) this.out.answer(this.out.paint.dim('  paused; p goes on'))
    else this.out.answer(this.out.paint.dim(`  goes on; ${this.#unseen} requests were not shown`))
    this.#unseen = 0
  }

  /** Moves the clock of the app by some hours. */
  async travel(hours: number): Promise<void> {
    const { offsetMs } = (await this.client.call('GET', 'clock')) as { offsetMs: number }
    await this.client.call('PUT', 'clock', { offsetMs: offsetMs + hours * HOUR_MS })
  }

  /** How many sessions live. */
  async count(): Promise<number> {
    return ((await this.client.call('GET', 'sessions?limit=1')) as { total: number }).total
  }

  /** Ends all living sessions. Resolves with how many. */
  async clear(): Promise<number> {
    let ended = 0
    for (;;) {
      const route = 'sessions?limit=200&sort=created'
      const { sessions } = (await this.client.call('GET', route)) as { sessions: { handle: string }[] }
      if (sessions.length === 0) return ended
      for (let at = 0; at < sessions.length; at += AT_ONCE) {
        const some = sessions.slice(at, at + AT_ONCE)
        await Promise.all(some.map(({ handle }) => this.client.call('DELETE', `sessions/${handle}`)))
      }
      ended += sessions.length
    }
  }

  async #showAll(events: AsyncIterable<InspectorEvent>): Promise<void> {
    for await (const event of events) this.#show(event)
  }

  #show({ seq: _, type, request, ...event }: InspectorEvent): void {
    if (this.json) this.out.json({ event: type, ...event, ...(request as object | undefined) })
    else if (type === 'request') this.#showRequest(request as ShownRequest)
    else if (type === 'changed' && event.handle !== null)
      this.#noteNames(event.handle, event.names as string[])
    else this.#showOther(type, event)
  }

  /** Changes outside of requests, such as those of sockets, are told of by no request. */
  #noteNames(handle: string, names: readonly string[]): void {
    if (this.#names.size >= MAX_NAMES) this.#names.clear()
    this.#names.set(handle, names)
  }

  #showRequest(request: ShownRequest): void {
    const names = this.#names.get(request.handle ?? '') ?? []
    this.#names.delete(request.handle ?? '')
    if (this.#paused) this.#unseen += 1
    else this.out.answer(requestLine(request, names, this.out.paint))
  }

  #showOther(type: string, event: Omit<InspectorEvent, 'type'>): void {
    const { paint } = this.out
    if (type === 'clock') this.out.answer(paint.yellow(`  clock ${offsetText(Number(event.offsetMs))}`))
    if (type === 'dropped') this.out.answer(paint.dim(`  … ${event.count} more`))
    if (type === 'store-error' && !this.#paused) {
      const text = printable(`${event.code} ${event.message}`)
      this.out.answer(`${paint.dim(timeOf(Number(event.at)))} ${paint.red('store'.padEnd(8))} ${text}`)
    }
  }
}

function offsetText(offsetMs: number): string {
  if (offsetMs === 0) return 'as it is'
  return `${offsetMs > 0 ? '+' : '-'}${Math.round(Math.abs(offsetMs) / 36_000) / 100} h`
}
