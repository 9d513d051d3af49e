/** Where a connection says that it was lost. */
interface Closing {
  on(event: 'close', listener: () => void): unknown
}

/**
 * The commands of an ioredis client that repeats none. What is unanswered when its connection is lost it forgets, without
 * ever settling the promise; here that rejects at once.
 */
export class Unanswered {
  readonly #rejects = new Set<(cause: Error) => void>()

  constructor(client: Closing) {
    client.on('close', () => {
      for (const reject of this.#rejects) reject(new Error('The connection to Redis was lost.'))
      this.#rejects.clear()
    })
  }

  /** The answer, or a rejection when the connection is lost first. */
  orLost(answer: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#rejects.add(reject)
      answer.finally(() => this.#rejects.delete(reject)).then(resolve, reject)
    })
  }
}
