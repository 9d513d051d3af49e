import type { Clock } from '../core/clock.js'
import { parseDuration } from '../core/duration.js'
import { checkOptions, refuseOption } from './store-rules.js'

/** Options of `MemoryStore`; all may be left out. */
export interface MemoryStoreOptions {
  /** How many sessions are kept at most; 100 000. */
  readonly maxSessions?: number
  /** About how many bytes of memory they may take; 64 MiB. */
  readonly maxBytes?: number
  /** How often records are removed whose hour after expiry is over: seconds, or text such as `'30s'`; 60 s. */
  readonly sweepEvery?: number | string
  /** Milliseconds since 1970; `Date.now`. */
  readonly clock?: Clock
}

const KNOWN = ['maxSessions', 'maxBytes', 'sweepEvery', 'clock']

/** What a Node timer can count. */
const MAX_TIMER_MS = 2 ** 31 - 1

function checkLimit(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value
  return refuseOption('MemoryStore', `${name} must be a whole number of at least 1.`)
}

/** @throws SessmwError `bad-option` */
export function resolveOptions(
  options: MemoryStoreOptions,
): Required<MemoryStoreOptions> & { sweepMs: number } {
  checkOptions('MemoryStore', options, KNOWN)
  const { maxSessions = 100_000, maxBytes = 64 * 1024 * 1024, sweepEvery = 60, clock = Date.now } = options
  const sweepMs = parseDuration(sweepEvery, 'sweepEvery')
  if (sweepMs < 1) refuseOption('MemoryStore', 'sweepEvery must be longer than zero.')
  checkLimit('maxSessions', maxSessions)
  checkLimit('maxBytes', maxBytes)
  return { maxSessions, maxBytes, sweepEvery, clock, sweepMs: Math.min(sweepMs, MAX_TIMER_MS) }
}
