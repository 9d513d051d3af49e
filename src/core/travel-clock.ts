import type { Clock } from './clock.js'

/** A clock that goes on as the real one does, some time ahead of it or behind. */
export interface TravelClock extends Clock {
  /** Milliseconds that are added to the real time. */
  offsetMs: number
}

const TRAVEL = Symbol.for('sessmw.travel-clock')

/**
 * A clock for `clock` of `createSessions()` and `MemoryStore`, with which the inspector can travel in time: to see a
 * session expire without waiting for it.
 *
 * @param real Milliseconds since 1970; `Date.now`.
 * @example
 * const clock = travelClock()
 * const sessions = createSessions({ secretKey, clock, store: new MemoryStore({ clock }) })
 */
export function travelClock(real: Clock = Date.now): TravelClock {
  const clock: TravelClock = Object.assign(() => real() + clock.offsetMs, { offsetMs: 0, [TRAVEL]: true })
  return clock
}

/** Whether a clock was made by `travelClock()`, of either build of the package. */
export function isTravelClock(clock: Clock): clock is TravelClock {
  return TRAVEL in clock
}
