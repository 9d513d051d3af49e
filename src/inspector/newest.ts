/** Keeps the entries that were seen last, and no more than `limit` of them at any time. */
export class Newest<Entry extends { readonly lastSeenAt: number | null }> {
  readonly #entries: Entry[] = []

  constructor(private readonly limit: number) {}

  add(entry: Entry): void {
    const first = this.#entries[0]
    if (this.#entries.length >= this.limit) {
      if (first === undefined || seen(entry) <= seen(first)) return
      this.#entries.shift()
    }
    this.#entries.splice(this.#placeOf(seen(entry)), 0, entry)
  }

  /** The newest first. */
  list(): Entry[] {
    return this.#entries.toReversed()
  }

  /** Sorted, oldest first, so that a store that yields by age costs no search and no move. */
  #placeOf(lastSeenAt: number): number {
    let place = this.#entries.length
    while (place > 0 && seen(this.#entries[place - 1]) > lastSeenAt) place -= 1
    return place
  }
}

const seen = (entry: { readonly lastSeenAt: number | null } | undefined): number => entry?.lastSeenAt ?? 0
