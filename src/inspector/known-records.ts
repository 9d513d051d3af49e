import type { SessionRecord } from '../core/record.js'

/** What is kept at most: sessions, and characters of their text. */
const MAX_RECORDS = 10_000
const MAX_TEXT = 16_000_000

interface Known {
  readonly record: SessionRecord
  readonly size: number
}

/** The records that the app has used last, by store key: what changes are compared with, and what can be listed. */
export class KnownRecords {
  readonly #known = new Map<string, Known>()
  #size = 0

  get(key: string): SessionRecord | undefined {
    return this.#known.get(key)?.record
  }

  set(key: string, record: SessionRecord): void {
    this.delete(key)
    const size = sizeOf(record)
    this.#known.set(key, { record, size })
    this.#size += size
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MAX_RECORDS && this.#size <= MAX_TEXT) return
      if (oldest !== key) this.delete(oldest)
    }
  }

  delete(key: string): void {
    this.#size -= this.#known.get(key)?.size ?? 0
    this.#known.delete(key)
  }

  /** Those used longest ago first. */
  *entries(): Generator<[key: string, record: SessionRecord]> {
    for (const [key, { record }] of this.#known) yield [key, record]
  }
}

function sizeOf({ fields }: SessionRecord): number {
  let size = 200
  for (const name in fields) size += name.length + (fields[name] as string).length
  return size
}
