/** Cookies of one generation; two are kept. */
const GENERATION = 5_000

/**
 * Cookie values whose signature was found right, because the same browsers come again and again: a look-up costs a
 * fraction of an HMAC and a hash. Only genuine values get in, so that forged ones cannot push them out; two generations
 * bound it without keeping an order.
 */
export class VerifiedCookies<Found> {
  private young = new Map<string, Found>()
  private old = new Map<string, Found>()

  get(value: string): Found | undefined {
    const found = this.young.get(value)
    if (found !== undefined) return found
    const earlier = this.old.get(value)
    if (earlier !== undefined) this.add(value, earlier)
    return earlier
  }

  add(value: string, found: Found): void {
    if (this.young.size >= GENERATION) {
      this.old = this.young
      this.young = new Map()
    }
    this.young.set(value, found)
  }
}
