/** A map that forgets what was set longest ago. */
export class RecentMap<Value> {
  readonly #values = new Map<string, Value>()

  constructor(private readonly size: number) {}

  get(key: string): Value | undefined {
    return this.#values.get(key)
  }

  set(key: string, value: Value): void {
    this.#values.delete(key)
    this.#values.set(key, value)
    if (this.#values.size <= this.size) return
    for (const oldest of this.#values.keys()) {
      this.#values.delete(oldest)
      return
    }
  }

  delete(key: string): void {
    this.#values.delete(key)
  }

  /** Those set longest ago first. */
  entries(): IterableIterator<[string, Value]> {
    return this.#values.entries()
  }
}
