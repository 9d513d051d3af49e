import { storeClosed } from './store-rules.js'

/** What a store needs before its first call, such as a connection: opened once; after a failure the next call tries again. */
export class Opening<Opened> {
  readonly #storeName: string
  readonly #open: () => Promise<Opened>
  #opened: Promise<Opened> | undefined
  #closed = false

  constructor(storeName: string, open: () => Promise<Opened>) {
    this.#storeName = storeName
    this.#open = open
  }

  /** Rejects with `store-closed` after the end, and otherwise with what the opening failed with. */
  get(): Promise<Opened> {
    if (this.#closed) return Promise.reject(storeClosed(this.#storeName))
    this.#opened ??= this.#open().catch((cause) => {
      this.#opened = undefined
      throw cause
    })
    return this.#opened
  }

  /** Ends what was opened, once; calls of `get` reject from now on. */
  async close(end: (opened: Opened) => Promise<void>): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    // Whoever asked for it was told why it failed; there is nothing to end.
    const opened = await this.#opened?.catch(() => undefined)
    if (opened !== undefined) await end(opened)
  }
}
