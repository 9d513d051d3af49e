const SHORTEST_MS = 300
/** A server that needs long for an answer is asked less often. */
const SHARE = 10

/** Runs a task soon after it was asked for, one run at a time, and no more often than it can be afforded; in a pause never. */
export class Throttle {
  #timer: ReturnType<typeof setTimeout> | undefined
  #isRunning = false
  #isAsked = false
  #pauseMs = SHORTEST_MS
  #lastEnd = Number.NEGATIVE_INFINITY

  constructor(
    private readonly live: { readonly isPaused: boolean },
    private readonly task: () => Promise<void>,
  ) {}

  ask(): void {
    this.#isAsked = true
    if (this.#isRunning || this.#timer !== undefined) return
    const wait = Math.max(50, this.#lastEnd + this.#pauseMs - performance.now())
    this.#timer = setTimeout(() => void this.#run(), wait)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#isAsked = false
  }

  async #run(): Promise<void> {
    this.#timer = undefined
    this.#isAsked = false
    // What is missed is asked for when the pause ends.
    if (this.live.isPaused) return
    this.#isRunning = true
    const start = performance.now()
    try {
      await this.task()
    } finally {
      this.#isRunning = false
      this.#lastEnd = performance.now()
      this.#pauseMs = Math.max(SHORTEST_MS, SHARE * (this.#lastEnd - start))
      if (this.#isAsked) this.ask()
    }
  }
}
