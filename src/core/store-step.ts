import { SessmwError } from '../errors.js'
import type { ActiveSession } from './active-session.js'
import { atOnceOf } from './at-once.js'
import { createStep, ownerNow, type StoreStep } from './create-step.js'
import type { FieldChange } from './field-change.js'
import { headerOf, type RecordCookie, type RecordHeader } from './record.js'
import type { RecordChange } from './store.js'

/**
 * What has to be written for the data as they are now; undefined when that is nothing.
 *
 * The step counts as done from here on, so that the next one is about later changes only; if it fails, it is undone.
 *
 * @throws SessmwError when the data cannot be stored.
 */
export function storeStep(active: ActiveSession): StoreStep | undefined {
  const change = active.fields.difference(active.core.options.limits)
  if (active.gone) {
    if (change !== undefined) active.noteSave('discarded')
    return undefined
  }
  if (change !== undefined) active.assertWritable()
  if (active.degraded) return undefined
  return active.header === undefined ? createStep(active, change) : updateStep(active, active.header, change)
}

type Changing = { -readonly [Name in keyof RecordChange]: RecordChange[Name] }

function updateStep(
  active: ActiveSession,
  before: RecordHeader,
  change: FieldChange | undefined,
): StoreStep | undefined {
  const { core, fields, cookie } = active
  const owner = change === undefined ? active.owner : ownerNow(active)
  const cookieChanged = !isSameCookie(cookie, before.cookie)
  if (change === undefined && owner === before.owner && !cookieChanged) return undefined
  const times = active.noTouch && !cookieChanged ? before : active.timesNow()
  const after = headerOf(before.version + 1, before.createdAt, times, owner, cookie)
  const storeChange: Changing = change === undefined ? {} : { set: change.set, unset: change.unset }
  if (times !== before) {
    storeChange.lastSeenAt = times.lastSeenAt
    storeChange.expiresAt = times.expiresAt
  }
  if (owner !== before.owner) storeChange.owner = owner ?? null
  if (cookieChanged) storeChange.cookie = cookie ?? null
  const undo = change === undefined ? undefined : fields.accept(change)
  const keyThen = active.key
  active.header = after
  active.owner = owner
  const saved = () => {
    if (active.fields !== fields || active.gone) return
    if (cookieChanged) active.cookieDue ??= 're-sent'
    expiryMoved(active, before.expiresAt, after.expiresAt)
  }
  return {
    atOnce() {
      if (fields.abandoned || !atOnceOf(core.store, 'update')?.call(core.store, keyThen, storeChange))
        return false
      active.noteSave('updated')
      saved()
      return true
    },
    async run() {
      if (fields.abandoned) return
      try {
        // A new session gets another id when the store has the first one already.
        const key = active.fields === fields ? active.key : keyThen
        const result = await core.store.update(key, storeChange)
        if (result === 'saved') active.noteSave('updated')
        else if (active.fields === fields) active.ranOut()
      } catch (error) {
        undo?.()
        if (active.header === after) active.header = before
        throw core.storeFailed(error, active.knownHandle)
      }
      saved()
    },
  }
}

/** The step that records activity, or undefined when there is none to record yet. It never rejects. */
export function touchStep(active: ActiveSession): (() => Promise<void>) | undefined {
  const { core, header } = active
  if (header === undefined || active.gone || active.noTouch) return undefined
  if (core.now() - header.lastSeenAt < touchEveryMs(active)) return undefined
  const { fields } = active
  return async () => {
    if (active.fields !== fields) return
    try {
      await touchNow(active, active.key)
    } catch (error) {
      core.debug(`activity was not recorded: ${String(error)}`, active.knownHandle)
    }
  }
}

/** A session with a short `cookie.maxAge` of its own is touched more often than the others, or it would end in use. */
function touchEveryMs({ core, cookie }: ActiveSession): number {
  const { touchEveryMs: usual } = core.options
  return cookie === undefined || cookie.maxAge === 0 ? usual : Math.min(usual, cookie.maxAge / 10)
}

/** Records activity in the store. Rejects when the store fails. */
export async function touchNow(active: ActiveSession, key: string): Promise<void> {
  const { core, header, fields } = active
  if (header === undefined || fields.abandoned) return
  const times = active.timesNow()
  let alive: boolean
  try {
    alive = await core.store.touch(key, times)
  } catch (error) {
    throw core.storeFailed(error, active.knownHandle)
  }
  if (active.fields !== fields || active.header === undefined) return
  if (!alive) return active.ranOut()
  active.header = { ...active.header, ...times }
  active.noteSave('touched')
  expiryMoved(active, header.expiresAt, times.expiresAt)
}

/** Whenever the expiry moves and the cookie persists, the cookie follows. */
export function expiryMoved(active: ActiveSession, before: number, after: number): void {
  if (active.lifetime.persistent && before !== after && !active.gone) active.cookieDue ??= 're-sent'
}

function isSameCookie(one: RecordCookie | undefined, other: RecordCookie | undefined): boolean {
  return one?.maxAge === other?.maxAge
}

/** Refuses an explicit save that can never reach the browser. */
export function assertCookiePossible(active: ActiveSession): void {
  if (active.header !== undefined || !active.headersSent || active.gone) return
  if (active.fields.names().length === 0) return
  throw new SessmwError(
    'cookie-too-late',
    'A new session cannot be saved: the headers of this response have left.',
  )
}
