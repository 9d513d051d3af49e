import { isSessmwError } from '../errors.js'
import type { ActiveSession } from './active-session.js'
import { atOnceOf } from './at-once.js'
import type { SessionRecord } from './record.js'
import { handleOf } from './session-id.js'
import type { SessionsCore } from './sessions-core.js'

const MAX_COLLISIONS = 3

const isCollision = (error: unknown): boolean => isSessmwError(error) && error.code === 'store-exists'

/** Whether a create that failed may have been carried out, at a store that is worth asking at once. */
export const mayBeThere = (error: unknown): boolean =>
  !isSessmwError(error) || (error.code !== 'store-exists' && error.code !== 'store-timeout')

/** A create never overwrites: when the store already has the id, another one is tried. @returns the id in the end. */
export async function insert(
  active: ActiveSession,
  id: string,
  record: SessionRecord,
  isCurrent: () => boolean,
): Promise<string> {
  const { core } = active
  for (let collisions = 0; ; collisions++) {
    try {
      await core.store.create(core.keyOf(id), record)
      return id
    } catch (error) {
      if (!isCollision(error) || !isCurrent() || collisions === MAX_COLLISIONS) throw error
      active.renewId()
      id = active.id
    }
  }
}

/** The same without a promise, where the store needs none; false, and nothing is done, where not all is well. */
export function insertAtOnce(core: SessionsCore, id: string, record: SessionRecord): boolean {
  const create = atOnceOf(core.store, 'create')
  if (create === undefined) return false
  try {
    return create.call(core.store, core.keyOf(id), record)
  } catch {
    // `keyOf` of an application, which `insert` asks again, and tells of.
    return false
  }
}

/** Takes a record back, or lets it expire. Never rejects: an id that nobody was told opens nothing. */
export async function dropRecord(core: SessionsCore, id: string): Promise<void> {
  try {
    const key = core.keyOf(id)
    const now = core.now()
    await core.store.delete(key).catch(() => core.store.touch(key, { lastSeenAt: now, expiresAt: now }))
  } catch (error) {
    core.debug(`a record that was not needed stays until it expires: ${String(error)}`, handleOf(id))
  }
}
