import type { IncomingMessage, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { Sessions } from '../core/sessions.js'
import type { SessionsCore } from '../core/sessions-core.js'
import { isTravelClock } from '../core/travel-clock.js'
import type { Settings } from '../express/express-session/settings.js'
import type { Inspector, inspector } from '../inspector/inspector.js'
import type { EntryOrder, MountedFacts } from './entry-messages.js'
import { answerBelow, inspectorOptions } from './inspector-plan.js'
import type { Made } from './made-sessions.js'
import { plantSeeds } from './seed.js'

/** The function `inspector` of a copy of the package. */
export type MakeInspector = typeof inspector

/** The inspector in front of an app that does not know of it: on the first sessions that the app makes. */
export class MountedInspector {
  #handler: Inspector | undefined
  #first: Made | undefined
  #others = 0
  #facts: Promise<MountedFacts> | undefined

  constructor(
    private readonly order: EntryOrder,
    private readonly make: MakeInspector,
    private readonly mounted: () => void,
  ) {}

  /** Settles when the seeds are in the store; undefined as long as there are no sessions. */
  get facts(): Promise<MountedFacts> | undefined {
    return this.#facts
  }

  /** Notes sessions that were made; they are not ready before this turn ends. */
  add(made: Made): void {
    if (this.#first === undefined) {
      this.#first = made
      queueMicrotask(() => this.#mount(made))
    } else this.#others += 1
  }

  /** Answers a request that is meant for the inspector. */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    const inspect: Inspector = this.#handler ?? answerNone
    return answerBelow(this.order.base, inspect, request, response)
  }

  #mount(made: Made): void {
    this.#handler = this.make(made.subject as Sessions, inspectorOptions(this.order))
    this.#facts = this.#prepare(made)
    this.mounted()
  }

  async #prepare(made: Made): Promise<MountedFacts> {
    const { seeds, clockOffsetMs } = this.order
    const problems: string[] = []
    if (clockOffsetMs !== 0 && !moveClock(made, clockOffsetMs))
      problems.push('--clock has no effect: pass one travelClock() to createSessions() and its MemoryStore.')
    if (seeds.length > 0) {
      const problem = await plant(made, seeds)
      if (problem !== undefined) problems.push(problem)
    }
    return { store: storeNameOf(made), others: this.#others, problems }
  }
}

/** `inspector` of the app's own copy of the package; undefined when the app has none. */
export function ownCopyOf(entry: string): MakeInspector | undefined {
  const requireFromApp = createRequire(entry)
  try {
    // Both builds of a copy know each other's sessions.
    return (requireFromApp('sessmw/inspector') as { inspector: MakeInspector }).inspector
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}

function answerNone(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(404, { 'Content-Type': 'text/plain', 'Cache-Control': 'no-store' })
  response.end('This app has made no sessions of sessmw yet.\n')
}

function moveClock({ kind, inside }: Made, offsetMs: number): boolean {
  if (kind !== 'sessmw') return false
  const { clock } = (inside as SessionsCore).options
  if (!isTravelClock(clock)) return false
  clock.offsetMs = offsetMs
  return true
}

async function plant({ kind, subject }: Made, seeds: EntryOrder['seeds']): Promise<string | undefined> {
  if (kind !== 'sessmw') return '--seed has no effect on an app of sessmw/express-session.'
  try {
    await plantSeeds(subject as Sessions<Record<string, unknown>>, seeds)
    return undefined
  } catch (error) {
    return `--seed failed: ${error instanceof Error ? error.message : String(error)}`
  }
}

function storeNameOf({ kind, inside }: Made): string {
  if (kind === 'sessmw') return (inside as SessionsCore).storeName
  return (inside as Settings).store.constructor.name
}
