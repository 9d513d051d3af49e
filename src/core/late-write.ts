import type { ActiveSession } from './active-session.js'
import { hasUnsaved } from './commit.js'
import { warnOnce } from './warnings.js'

/** After the end only explicit operations save: a write that no `save()` takes up is lost, and that is said once. */
export function reportLateWrite(active: ActiveSession): void {
  if (!active.ended) return
  queueMicrotask(() => {
    if (!hasUnsaved(active)) return
    warnOnce(
      'late-write',
      'sessmw: the session was changed after the response had ended, and is not saved. Call `await save()` after such a change.',
      active.core.options.logger,
    )
  })
}
