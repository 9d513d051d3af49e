import type { Row } from './session-list.js'
import type { Summary } from './shapes.js'

const WORDS: Readonly<Record<string, string>> = {
  'expired-idle': 'expired: idle',
  'expired-absolute': 'expired: lifetime',
  'from-the-future': 'from the future',
  gone: 'not in the store',
}

/** What a session is, when it is not simply alive. */
export function StateBadge({ row, now }: { readonly row: Row; readonly now: number }) {
  const state = stateOf(row, now)
  if (state === 'alive') return null
  return <span class="badge bad">{WORDS[state] ?? state}</span>
}

/** When a session was last used: stores hear of it now and then only, the log of requests at once. 0: never. */
export function usedAt({ lastSeenAt, lastRequest }: Summary): number {
  return Math.max(lastSeenAt ?? 0, lastRequest?.at ?? 0)
}

/** Also of a session that has expired since it was read. */
export function stateOf({ ended, state, expiresAt }: Row, now: number): string {
  if (ended !== undefined) return ended
  if (state === 'alive' && expiresAt !== null && expiresAt <= now) return 'expired'
  return state
}
