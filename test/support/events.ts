import type { SessionEventMap } from '../../src/index.js'

/** The compiler sees to it that none is missing. */
const NAMES: Readonly<Record<keyof SessionEventMap, true>> = {
  request: true,
  created: true,
  destroyed: true,
  regenerated: true,
  revoked: true,
  expired: true,
  rejected: true,
  conflict: true,
  corrupt: true,
  'store-error': true,
}

/** Every event of `sessions.events`. */
export const EVENTS = Object.keys(NAMES) as (keyof SessionEventMap)[]

/** Those that tell of sessions rather than of requests. */
export const SESSION_EVENTS = EVENTS.filter((name) => name !== 'request')
