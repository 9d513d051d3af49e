import { setImmediate as nextTurn } from 'node:timers/promises'
import { FIRST_SLOT, type Slots } from './slots.js'

/** Nothing else runs during one slice. */
const SLICE_SLOTS = 8192
const SLICE_MS = 2

/** Removes expired records from slot `from` on, for one slice; answers with the slot to go on from. */
function sweepSlice(slots: Slots, from: number, limit: number): number {
  const until = performance.now() + SLICE_MS
  const end = Math.min(from + SLICE_SLOTS, slots.end)
  for (let slot = from; slot < end; slot++) {
    if (slots.expiryAt(slot) >= limit) continue
    slots.remove(slot)
    if (slot % 64 === 0 && performance.now() > until) return slot + 1
  }
  return end
}

/**
 * Removes every record that expired before `limit` (milliseconds since 1970), in slices with a turn of the event loop
 * between them; answers with how many it removed.
 *
 * @param keepsAlive Whether the process waits for the end: yes when somebody awaits it, no for a background sweep.
 */
export async function sweep(slots: Slots, limit: number, keepsAlive: boolean): Promise<number> {
  let removed = 0
  for (let slot = FIRST_SLOT; slot < slots.end; ) {
    const before = slots.count
    slot = sweepSlice(slots, slot, limit)
    removed += before - slots.count
    if (slot < slots.end) await nextTurn(undefined, { ref: keepsAlive })
  }
  return removed
}
