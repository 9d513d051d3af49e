import type { RecordCookie, RecordHeader, RecordTimes } from './record.js'

/** The limits of one session, in milliseconds. */
export interface Lifetime {
  readonly idleMs: number
  readonly absoluteMs: number
  /** Whether the cookie outlives the browser. */
  readonly persistent: boolean
}

/** The lifetime of every session whose cookie is not set on its own. */
export interface LifetimeOptions extends Lifetime {
  /** Whether the application named the absolute lifetime, so that no cookie may exceed it. */
  readonly absoluteIsFixed: boolean
}

/** A `createdAt` that lies further ahead than hosts' clocks differ is no time that a server wrote. */
const CLOCK_SKEW_MS = 5 * 60_000

/** The limits of a session, with what `req.session.cookie.maxAge` set for it alone. */
export function lifetimeOf(options: LifetimeOptions, cookie: RecordCookie | undefined): Lifetime {
  if (cookie === undefined) return options
  if (cookie.maxAge === 0) return { ...options, persistent: false }
  const absoluteMs = options.absoluteIsFixed
    ? options.absoluteMs
    : Math.max(options.absoluteMs, cookie.maxAge)
  return { idleMs: cookie.maxAge, absoluteMs, persistent: true }
}

/** When a session that was used at `lastSeenAt` ends. Activity never extends the absolute lifetime. */
export function expiresAt(times: { createdAt: number; lastSeenAt: number }, lifetime: Lifetime): number {
  return Math.min(times.lastSeenAt + lifetime.idleMs, times.createdAt + lifetime.absoluteMs)
}

/** The times of a session that is used now. A clock that jumped back never makes it older. */
export function timesAt(now: number, header: RecordHeader, lifetime: Lifetime): RecordTimes {
  const lastSeenAt = Math.max(now, header.lastSeenAt)
  return { lastSeenAt, expiresAt: expiresAt({ createdAt: header.createdAt, lastSeenAt }, lifetime) }
}

/** Whether a record is alive; it is judged by what it says itself, so that a changed option revives nothing. */
export function judge(
  header: RecordHeader,
  now: number,
  lifetime: Lifetime,
): 'alive' | 'expired-idle' | 'expired-absolute' | 'from-the-future' {
  if (header.createdAt > now + CLOCK_SKEW_MS) return 'from-the-future'
  if (now >= header.createdAt + lifetime.absoluteMs) return 'expired-absolute'
  return now >= header.expiresAt ? 'expired-idle' : 'alive'
}
