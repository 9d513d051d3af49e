import { SessmwError } from '../errors.js'
import type { ActiveSession } from './active-session.js'
import { type Heir, heirOf } from './create-step.js'
import type { Incarnation } from './incarnation.js'
import { type Owner, toOwner } from './owner.js'
import { handleOf } from './session-id.js'

/** Which data keys go along to the new id; none by default. */
export interface KeepOptions {
  readonly keep?: readonly string[] | undefined
}

/**
 * Goes on under a new id: an id that an attacker may know (session fixation) opens nothing afterwards. The bag is
 * swapped at once and the old record is deleted now. The new one is created at the commit; that of an owner before the
 * deletion, so that whoever ends the owner's sessions finds one of the two at any moment, in whatever process.
 *
 * @returns settles with the deletion. If that fails, the old session stays.
 */
export function regenerate(active: ActiveSession, { keep }: KeepOptions = {}): Promise<void> {
  return active.operations.begin(() => {
    const keys = checkKeep(keep)
    assertNewIdPossible(active)
    const { createdAt, owner, cookie, core } = active
    const former = active.startAnew({ createdAt, owner, cookie })
    takeAlong(active, former, keys)
    if (former.header !== undefined && former.id !== undefined)
      core.successors.depart(core.keyOf(former.id), active)
    const heir = planHeir(active, former)
    const { life } = active
    const ended = async (existed: boolean) => {
      if (!existed && active.life === life) active.ranOut()
      await heir?.succeed()
    }
    return endFormer(active, former, ended, heir)
  })
}

/** Like `regenerate`, but for credentials that were just checked: a new owner, and the absolute clock starts anew. */
export function login(active: ActiveSession, owner: unknown, { keep }: KeepOptions = {}): Promise<void> {
  return active.operations.begin(() => {
    const keys = checkKeep(keep)
    const name = toOwner(owner)
    assertNewIdPossible(active)
    const { header, cookie } = active
    // Remember-me belongs to the login that asked for it: only what this request has set goes along.
    const isOfThisRequest = cookie?.maxAge !== header?.cookie?.maxAge
    const former = active.startAnew({ owner: name, cookie: isOfThisRequest ? cookie : undefined })
    takeAlong(active, former, keys)
    active.life++
    active.gone = false
    return endFormer(active, former, () => undefined)
  })
}

/**
 * Ends the session. What is put in the bag afterwards begins a new one.
 *
 * @returns settles with the deletion. If that fails, the old session stays.
 */
export function destroy(active: ActiveSession): Promise<void> {
  return active.operations.begin(() => {
    active.assertWritable()
    const { core, unknownKeys } = active
    const former = active.startAnew()
    active.previousHandle = undefined
    active.life++
    active.gone = false
    const end = endFormer(active, former, async (existed, { id, owner }) => {
      // Another request may have taken the session to a new id since this one loaded it.
      if (!existed) await core.successors.end(core.store, core.keyOf(id))
      active.noteSave('destroyed')
      active.endedHandle = handleOf(id)
      core.events.publish('destroyed', {
        at: core.now(),
        handle: active.endedHandle,
        ...(owner !== undefined && { owner }),
      })
    })
    if (unknownKeys.length === 0) return end
    return async () => {
      for (const key of unknownKeys) await core.successors.endInTransit(core.store, key)
      await end()
    }
  })
}

function checkKeep(keep: unknown): readonly string[] {
  if (keep === undefined) return []
  if (Array.isArray(keep) && keep.every((key) => typeof key === 'string')) return keep
  throw new SessmwError('bad-option', "keep takes a list of data keys, such as { keep: ['cart'] }.")
}

/** A new id needs a cookie; refused before the old session is given up for it. */
function assertNewIdPossible(active: ActiveSession): void {
  active.assertWritable()
  if (!active.headersSent) return
  throw new SessmwError('cookie-too-late', 'The id cannot change: the headers of this response have left.')
}

function takeAlong(active: ActiveSession, former: Incarnation, keep: readonly string[]): void {
  for (const key of keep) if (former.fields.contains(key)) active.fields.put(key, former.fields.valueOf(key))
  if (former.header !== undefined && former.id !== undefined) active.previousHandle = handleOf(former.id)
}

function planHeir(active: ActiveSession, former: Incarnation): Heir | undefined {
  if (former.header === undefined) return undefined
  try {
    return heirOf(active)
  } catch (error) {
    active.restore(former)
    throw error
  }
}

/** Hears whether a record was still there when it was deleted, and whose it was. */
type Ended = (existed: boolean, of: { id: string; owner: Owner | undefined }) => void | Promise<void>

/** The deletion of the former record, if there is one. */
function endFormer(
  active: ActiveSession,
  former: Incarnation,
  ended: Ended,
  heir?: Heir,
): () => Promise<void> {
  active.clearDue = active.broughtCookie
  const { core, fields } = active
  return async () => {
    const ending = active.leftBehind ?? former
    active.leftBehind = undefined
    const { header, id, owner } = ending
    if (header === undefined || id === undefined) return
    try {
      await heir?.create()
      await ended(await core.store.delete(core.keyOf(id)), { id, owner })
    } catch (error) {
      await heir?.drop()
      fields.abandoned = true
      if (active.fields === fields) active.restore(ending)
      else active.leftBehind = ending
      throw core.storeFailed(error, handleOf(id))
    }
  }
}
