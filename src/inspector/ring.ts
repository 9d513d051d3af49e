/** Numbered values of which the newest are kept. */
export class Ring<Value> {
  readonly #values: Value[] = []
  #next = 0

  constructor(private readonly size: number) {}

  /** The number of the newest value ever added; 0 before the first. */
  get last(): number {
    return this.#next
  }

  /** Adds what is made of the next number. */
  add(make: (seq: number) => Value): Value {
    const value = make(this.#next + 1)
    this.#values[this.#next % this.size] = value
    this.#next += 1
    return value
  }

  /** How many values after this number are kept no more. */
  lostAfter(seq: number): number {
    return Math.max(0, this.#next - this.#values.length - seq)
  }

  /** The values after a number that are still kept, oldest first. */
  after(seq: number): Value[] {
    const kept: Value[] = []
    for (let at = Math.max(seq, this.#next - this.#values.length); at < this.#next; at++)
      kept.push(this.#values[at % this.size] as Value)
    return kept
  }

  /** Newest first. */
  *newest(): Generator<Value> {
    for (let at = this.#next - 1; at >= this.#next - this.#values.length; at--)
      yield this.#values[at % this.size] as Value
  }
}
