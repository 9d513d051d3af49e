import { useLayoutEffect, useState } from 'preact/hooks'

/** State that components follow. However often it changes, they are drawn at most once a frame. */
export class Model {
  readonly #listeners = new Set<() => void>()
  #frame = 0

  /** @returns the end of it */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  protected changed(): void {
    if (this.#frame !== 0) return
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0
      for (const listener of [...this.#listeners]) listener()
    })
  }
}

/** Draws the component again when the model has changed. */
export function useModel<Kind extends Model>(model: Kind): Kind {
  const [, draw] = useState(0)
  // An effect that waits for the picture would miss what changes until then.
  useLayoutEffect(() => model.subscribe(() => draw((count) => count + 1)), [model])
  return model
}
