import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FullItem, Item, Subject } from './subject.js'

/** How many sessions a list looks at. */
export const MAX_INDEXED = 100_000

/** How long one piece of work may keep others from the event loop, in milliseconds. */
const SLICE_MS = 5

/** A store that is read so quickly is read every time. */
const QUICK_MS = 5

/** A scan may take this share of the time at most, so that a page that asks all the time does not eat the store. */
const SHARE = 10

/** Whoever waits longer than this for a scan gets what the one before has found, and what this process changed since. */
const PATIENCE_MS = 300

/** Gives others a turn of the event loop when this one has worked long enough. */
export class Slices {
  #until = performance.now() + SLICE_MS

  async rest(): Promise<void> {
    if (performance.now() < this.#until) return
    await nextTurn()
    this.#until = performance.now() + SLICE_MS
  }
}

interface Scan {
  readonly items: Map<string, Item>
  readonly truncated: boolean
  readonly tookMs: number
  readonly at: number
}

/**
 * What lists need of all sessions, in memory: without values, and of 100 000 sessions at most. It is read anew when it
 * is older than ten times what reading took, and follows the writes of this app at once.
 */
export class SessionIndex {
  #scan: Scan | undefined
  #running: Promise<Scan> | undefined
  /** What was written while a scan is running: it may have read what was there before. */
  #written: Map<string, Item | undefined> | undefined
  #forgotten = 0

  constructor(private readonly subject: Subject) {}

  put(item: FullItem): void {
    const light = withoutValues(item)
    this.#written?.set(item.handle, light)
    const items = this.#scan?.items
    if (items !== undefined && (items.has(item.handle) || items.size < MAX_INDEXED))
      items.set(item.handle, light)
  }

  delete(handle: string): void {
    this.#written?.set(handle, undefined)
    this.#scan?.items.delete(handle)
  }

  /** The next list reads everything anew. */
  forget(): void {
    this.#scan = undefined
    this.#forgotten += 1
  }

  /** Rejects with what the store rejects with. */
  async read(): Promise<{ readonly items: ReadonlyMap<string, Item>; readonly truncated: boolean }> {
    const present = this.#scan
    const now = performance.now()
    const isFresh = present !== undefined && now - present.at < present.tookMs * SHARE
    if (isFresh && present.tookMs > QUICK_MS) return present
    const running = this.#run()
    if (present === undefined || present.tookMs < PATIENCE_MS) return running
    // Whoever asks next hears of its failure.
    running.catch(() => this.forget())
    return present
  }

  #run(): Promise<Scan> {
    this.#running ??= this.#scanAll().finally(() => {
      this.#running = undefined
      this.#written = undefined
    })
    return this.#running
  }

  async #scanAll(): Promise<Scan> {
    const start = performance.now()
    const forgotten = this.#forgotten
    const written = new Map<string, Item | undefined>()
    this.#written = written
    const items = new Map<string, Item>()
    const slices = new Slices()
    let truncated = false
    reading: for await (const batch of this.subject.items()) {
      for (const item of batch) {
        truncated = items.size === MAX_INDEXED
        if (truncated) break reading
        items.set(item.handle, withoutValues(item))
      }
      await slices.rest()
    }
    for (const [handle, item] of written) {
      if (item === undefined) items.delete(handle)
      else items.set(handle, item)
    }
    const at = performance.now()
    const scan = { items, truncated, tookMs: at - start, at }
    if (forgotten === this.#forgotten) this.#scan = scan
    return scan
  }
}

function withoutValues(item: FullItem): Item {
  const { handle, key, version, owner, createdAt, lastSeenAt, expiresAt, cookieMaxAgeMs, names, bytes } = item
  return { handle, key, version, owner, createdAt, lastSeenAt, expiresAt, cookieMaxAgeMs, names, bytes }
}
