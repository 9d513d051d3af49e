import type { Callback } from './types.js'

/** A call of a store that answers through a callback, at once or later. */
export class StoreCall {
  /** Whether the store has answered. */
  settled = false
  /** Whether it was to save a session, and did not. */
  saveFailed = false
  #waiting: (() => void) | undefined

  constructor(isSave: boolean, start: (done: Callback) => void, failed: (error: unknown) => void) {
    start((error) => {
      if (error) failed(error)
      if (error && isSave) this.saveFailed = true
      this.settled = true
      this.#waiting?.()
    })
  }

  /** Resolves with what `outcome` gives when the store has answered. */
  whenSettled<Result>(outcome: () => Result): Promise<Result> {
    return new Promise((resolve) => {
      this.#waiting = () => resolve(outcome())
    })
  }
}
