/** Lets costly work be done so many times a second, of real time. */
export class Budget {
  #left: number
  #since = performance.now()

  constructor(private readonly perSecond: number) {
    this.#left = perSecond
  }

  /** Whether it may be done once more now. */
  spend(): boolean {
    const now = performance.now()
    if (now - this.#since >= 1_000) {
      this.#since = now
      this.#left = this.perSecond
    }
    if (this.#left === 0) return false
    this.#left -= 1
    return true
  }
}
