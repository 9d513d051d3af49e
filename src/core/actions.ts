import { SessmwError } from '../errors.js'
import type { ActiveSession } from './active-session.js'
import type { BagTraps } from './bag.js'
import { assess } from './open.js'
import { handleOf } from './session-id.js'
import { assertCookiePossible, storeStep, touchNow } from './store-step.js'

/**
 * Writes what changed, now. A session that is gone stays gone: nothing is written, and the verdict says `discarded`.
 *
 * Rejects when the store fails, or when a new session can no longer get its cookie.
 */
export function save(active: ActiveSession): Promise<void> {
  return begin(active, async () => {
    assertCookiePossible(active)
    await storeStep(active)?.run()
  })
}

/** Reads the session again; unsaved changes are dropped. Rejects with `session-gone` when it has ended. */
export function reload(active: ActiveSession): Promise<void> {
  return begin(active, async (fields) => {
    const { core, id } = active
    if (active.header === undefined) throw noSession()
    const record = await core.store.read(active.key).catch((error: unknown) => {
      throw core.storeFailed(error, handleOf(id))
    })
    if (active.fields !== fields) return
    const assessed = assess(core, record)
    if (assessed.record === undefined) {
      active.ranOut()
      throw noSession()
    }
    active.adopt(id, core.keyOf(id), assessed.record)
  })
}

/** Records activity now, whatever `touchEvery` says; for a session that is not stored yet it does nothing. */
export function touch(active: ActiveSession): Promise<void> {
  return begin(active, () => touchNow(active, active.key))
}

/** Runs work in its turn, unless the session was swapped for another meanwhile, which it was not meant for. */
function begin(active: ActiveSession, work: (fields: BagTraps) => Promise<void>): Promise<void> {
  return active.operations.begin(() => {
    active.assertLoaded()
    const { fields } = active
    return async () => {
      if (active.fields === fields) await work(fields)
    }
  })
}

function noSession(): SessmwError {
  return new SessmwError('session-gone', 'There is no stored session to reload.')
}
