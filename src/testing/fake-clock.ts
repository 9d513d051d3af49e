import type { Clock } from '../core/clock.js'
import { parseDuration } from '../core/duration.js'

/** A clock that stands still until it is told to move; pass it wherever sessmw takes a `clock`. */
export interface FakeClock extends Clock {
  /** Moves on by milliseconds, or by text such as `'30m'`; a negative number goes back. Answers with the new time. */
  advance(by: number | string): number
  /** Sets the time, in milliseconds since 1970. */
  set(to: number): void
}

/**
 * A clock for tests.
 *
 * @param start Milliseconds since 1970; left out: the first moment of 2030.
 * @example
 * const clock = fakeClock()
 * const sessions = createSessions({ secretKey, clock })
 * clock.advance('30m')
 */
export function fakeClock(start = Date.UTC(2030, 0, 1)): FakeClock {
  let now = start
  return Object.assign(() => now, {
    advance(by: number | string): number {
      now += typeof by === 'number' ? by : parseDuration(by, 'advance')
      return now
    },
    set(to: number): void {
      now = to
    },
  })
}
