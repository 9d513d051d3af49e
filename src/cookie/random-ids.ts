import { randomFillSync } from 'node:crypto'

const IDS_PER_DRAW = 128

/**
 * Random ids as base64url text. Asking the system for random bytes takes longer than the rest of a first visit, so many
 * ids are drawn at once.
 */
export class RandomIds {
  private readonly pool: Buffer
  private used: number

  /** @param bytes Random bytes of one id. */
  constructor(private readonly bytes: number) {
    this.pool = Buffer.alloc(bytes * IDS_PER_DRAW)
    this.used = this.pool.length
  }

  next(): string {
    if (this.used === this.pool.length) {
      randomFillSync(this.pool)
      this.used = 0
    }
    const start = this.used
    this.used += this.bytes
    const id = this.pool.toString('base64url', start, this.used)
    // Ids that have been given out must not stay in memory.
    this.pool.fill(0, start, this.used)
    return id
  }
}
