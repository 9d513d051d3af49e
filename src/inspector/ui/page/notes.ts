import { asApiError } from './api.js'
import { Model } from './model.js'

/** A note at the edge of the page. */
export interface Note {
  readonly id: number
  readonly text: string
  readonly isError: boolean
  /** Takes back what it tells of. */
  readonly undo?: () => Promise<void>
  readonly ms: number
}

const NOTE_MS = 5_000
const ERROR_MS = 10_000
const MOST_NOTES = 3

/** What the page has to say about what was done, each for a while. */
export class Notes extends Model {
  all: readonly Note[] = []
  #lastId = 0

  say(text: string, more: Partial<Omit<Note, 'id' | 'text'>> = {}): void {
    this.#lastId += 1
    const note = { id: this.#lastId, text, isError: false, ms: NOTE_MS, ...more }
    this.all = [...this.all, note].slice(-MOST_NOTES)
    setTimeout(() => this.dismiss(note.id), note.ms)
    this.changed()
  }

  dismiss(id: number): void {
    this.all = this.all.filter((note) => note.id !== id)
    this.changed()
  }

  /** Runs what may fail, and says so when it does. @returns whether it worked. */
  async attempt(task: () => Promise<void>): Promise<boolean> {
    try {
      await task()
      return true
    } catch (error) {
      const { message, fix } = asApiError(error)
      this.say(fix === undefined ? message : `${message} ${fix}`, { isError: true, ms: ERROR_MS })
      return false
    }
  }

  /** Takes back the last thing that can be. */
  async undo(): Promise<void> {
    const last = this.all.findLast(({ undo }) => undo !== undefined)
    if (last?.undo === undefined) return
    this.dismiss(last.id)
    if (await this.attempt(last.undo)) this.say('It is back')
  }
}
