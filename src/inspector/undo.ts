import type { FullItem } from './subject.js'

/** How long a session that was destroyed here can be had back. */
export const UNDO_MS = 10_000

/** The sessions that were destroyed a moment ago. */
export class Undo {
  readonly #kept = new Map<string, { readonly item: FullItem; readonly timer: NodeJS.Timeout }>()

  /** Keeps a session for ten seconds of real time, whatever the clock of the app says. */
  keep(item: FullItem): void {
    this.take(item.handle)
    const timer = setTimeout(() => this.#kept.delete(item.handle), UNDO_MS).unref()
    this.#kept.set(item.handle, { item, timer })
  }

  peek(handle: string): FullItem | undefined {
    return this.#kept.get(handle)?.item
  }

  take(handle: string): FullItem | undefined {
    const kept = this.#kept.get(handle)
    clearTimeout(kept?.timer)
    this.#kept.delete(handle)
    return kept?.item
  }
}
