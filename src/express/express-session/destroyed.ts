/** Enough for every request that can still be under way when a session ends; about a megabyte. */
const MAX_REMEMBERED = 10_000

const DESTROYED = Symbol.for('sessmw.destroyed')

/**
 * The sessions of one store that this process has destroyed, so that a slow request that has loaded one before cannot
 * bring it back. The newest 10 000 are remembered.
 */
export class Destroyed {
  #now = 0
  readonly #when = new Map<string, number>()

  /** The one of a store; shared by the ESM and the CommonJS build. */
  static of(store: object): Destroyed {
    const holder = store as { [DESTROYED]?: Destroyed }
    if (holder[DESTROYED] === undefined) Object.defineProperty(store, DESTROYED, { value: new Destroyed() })
    return holder[DESTROYED] as Destroyed
  }

  /** A point in time: it only moves when a session is destroyed. */
  get now(): number {
    return this.#now
  }

  /** Notes that a session is being destroyed. */
  add(sid: string): void {
    this.#now++
    this.#when.delete(sid)
    this.#when.set(sid, this.#now)
    if (this.#when.size <= MAX_REMEMBERED) return
    for (const oldest of this.#when.keys()) {
      this.#when.delete(oldest)
      return
    }
  }

  /** The store has failed to destroy it, so it lives. */
  takeBack(sid: string): void {
    this.#when.delete(sid)
  }

  /** Whether a session has been destroyed since a point in time. */
  since(time: number, sid: string): boolean {
    return time < this.#now && (this.#when.get(sid) ?? 0) > time
  }
}
