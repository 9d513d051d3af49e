/**
 * Characters at the end of a value that it is found by: 72 bits of its signature. The engine hashes every value of every
 * request anew, character by character, which takes longer for a whole one than all else here.
 */
const TAIL = 12

/** Longer values are checked each time: no id of ours makes one, and anybody can send them. */
const MAX_LENGTH = 512

/** Text that keeps nothing else in memory: a part of a header holds on to the whole, which may be 16 KB. */
export const ownText = (text: string): string => Buffer.from(text).toString()

interface Entry<Found> {
  readonly value: string
  readonly found: Found
}

/**
 * What the signatures of cookie values turned out to be, because the same browsers come again and again: a look-up costs
 * a fraction of an HMAC and a hash. Two generations bound it without keeping an order. Genuine and forged values each need
 * an instance of their own, since forged ones, which anybody can make, would push the others out.
 */
export class CheckedCookies<Found> {
  private young = new Map<string, Entry<Found>>()
  private old = new Map<string, Entry<Found>>()

  /** @param most How many values are remembered, about. */
  constructor(private readonly most: number) {}

  get(value: string): Found | undefined {
    const tail = value.slice(-TAIL)
    const entry = this.young.get(tail)
    if (entry?.value === value) return entry.found
    const earlier = this.old.get(tail)
    if (earlier?.value !== value) return undefined
    this.put(tail, earlier)
    return earlier.found
  }

  add(value: string, found: Found): void {
    if (value.length > MAX_LENGTH) return
    const own = ownText(value)
    this.put(own.slice(-TAIL), { value: own, found })
  }

  private put(tail: string, entry: Entry<Found>): void {
    if (this.young.size >= this.most / 2) {
      this.old = this.young
      this.young = new Map()
    }
    this.young.set(tail, entry)
  }
}
