import type { Summary } from './shapes.js'
import { momentOf, spanOf } from './text.js'

type Times = Pick<Summary, 'createdAt' | 'lastSeenAt' | 'expiresAt'>

/** How much of its time a session has left: in words, and as a bar. */
export function Expiry({ session, now, parts = 1 }: { session: Times; now: number; parts?: 1 | 2 }) {
  const { expiresAt } = session
  if (expiresAt === null) return <span class="muted">–</span>
  const left = expiresAt - now
  const since = session.lastSeenAt ?? session.createdAt
  const share = since === null ? undefined : Math.min(1, Math.max(0, left / (expiresAt - since)))
  const level = share === undefined || share >= 0.2 ? '' : share < 0.05 ? 'bad' : 'warn'
  return (
    <span class={`expiry ${level}`} title={momentOf(expiresAt)}>
      {share !== undefined && (
        <span class="track" aria-hidden="true">
          <span class="left" style={{ width: `${share * 100}%` }} />
        </span>
      )}
      <span class="words">{left > 0 ? spanOf(left, parts) : 'expired'}</span>
    </span>
  )
}
