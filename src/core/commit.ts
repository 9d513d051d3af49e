import { isSessmwError } from '../errors.js'
import type { ActiveSession } from './active-session.js'
import { type CookieEdit, cookieEdit } from './cookie-edit.js'
import type { StoreStep } from './create-step.js'
import { dropRecord } from './insert.js'
import { storeStep, touchStep } from './store-step.js'

/**
 * Saves what the request changed, before its headers leave. The data are read synchronously, so that later changes
 * are not part of it; operations that the handler started are awaited.
 *
 * @returns a promise only if something has to be awaited first. It rejects when the store failed or the data cannot
 * be stored; then the changes are dropped, and no cookie is to be sent.
 */
export function commit(active: ActiveSession): Promise<CookieEdit | undefined> | CookieEdit | undefined {
  if (active.failed || active.ended || (!active.loaded && active.operations.idle)) return release(active)
  if (!active.loaded) return commitData(active, () => undefined)
  // What is under way belongs to the record that is to be created, or may bring the old session back.
  if (active.header === undefined && !active.operations.idle)
    return commitData(active, () => storeStep(active))
  let step: StoreStep | undefined
  let isDone = false
  try {
    step = storeStep(active)
    if (active.operations.idle) {
      if (step === undefined) return commitTimes(active)
      isDone = step.atOnce()
    }
  } catch (error) {
    dropChanges(active)
    return Promise.reject(error)
  }
  if (isDone) return afterStep(active)
  if (step !== undefined && active.operations.idle) return commitStep(active, step)
  return commitData(active, () => step)
}

/** One write and nothing else, as nearly always: eight promises less than below are a tenth of the whole cost. */
function commitStep(active: ActiveSession, step: StoreStep): Promise<CookieEdit | undefined> {
  const { operations } = active
  return operations
    .runAlone(() => step.run())
    .then(
      () => afterStep(active),
      (error: unknown) => {
        dropChanges(active)
        throw error
      },
    )
}

/** A listener of its event, or the handler meanwhile, may have taken the session to a new id, which has no record yet. */
function afterStep(active: ActiveSession): Promise<CookieEdit | undefined> | CookieEdit | undefined {
  if (active.operations.idle) return release(active)
  return commitData(active, () => (active.header === undefined ? storeStep(active) : undefined))
}

/** Activity alone: it never fails a request, and holds the response only if the cookie has to follow. */
function commitTimes(active: ActiveSession): Promise<CookieEdit | undefined> | CookieEdit | undefined {
  const touch = touchStep(active)
  if (touch === undefined) return release(active)
  const touched = active.operations.run(touch)
  return active.lifetime.persistent ? touched.then(() => release(active)) : release(active)
}

/** @param plan What is to be written once all that was under way has ended. */
async function commitData(
  active: ActiveSession,
  plan: () => StoreStep | undefined,
): Promise<CookieEdit | undefined> {
  const { operations } = active
  try {
    await operations.settle()
    const step = plan()
    if (step !== undefined) await operations.run(() => step.run())
    await operations.settle()
  } catch (error) {
    dropChanges(active)
    throw error
  }
  return release(active)
}

/** From here on the headers count as sent. */
function release(active: ActiveSession): CookieEdit | undefined {
  const edit = active.failed || active.headersSent ? undefined : cookieEdit(active)
  if (active.clientGone && active.cookieDue !== undefined) {
    active.cookieCode = 'withheld-late'
    active.detail ??= 'the client went away before the response'
  }
  // While it is being created, the commit that does so comes here afterwards.
  if (edit === undefined && active.operations.idle) giveUpUntold(active)
  active.core.successors.arrive(active)
  active.headersSent = true
  return edit
}

/** A record whose id no browser will ever be told is not left behind. */
function giveUpUntold(active: ActiveSession): void {
  if (!active.isUntold) return
  const { core, id } = active
  active.header = undefined
  active.noteSave('discarded')
  // It never rejects.
  void active.operations.run(() => dropRecord(core, id))
}

/** Gives up what the request changed; nothing of it is saved any more. */
export function dropChanges(active: ActiveSession): void {
  active.failed = true
  giveUpUntold(active)
  active.core.successors.arrive(active)
  active.headersSent = true
  active.noteSave('failed')
  if (active.cookieDue !== undefined || active.header === undefined) active.cookieCode = 'withheld-failed'
  active.fields.dropChanges()
}

/**
 * Gives up what a request changed and did not save, because it ended in an error: half of what its handler meant to
 * write is worse than nothing. What it saved, updated or destroyed by a call of its own stays.
 */
export function dropUnsaved(active: ActiveSession, status: number): void {
  if (!active.loaded || active.failed || active.ended || !hasUnsaved(active)) return
  active.fields.dropChanges()
  active.owner = active.header?.owner
  active.cookie = active.header?.cookie
  active.noteSave('discarded')
  active.detail ??= `the request ended with ${status}, so what it had not saved was dropped`
}

/** Whether there is something that the next commit would write. */
export function hasUnsaved({ fields, header, owner, cookie, core }: ActiveSession): boolean {
  if (owner !== header?.owner || cookie?.maxAge !== header?.cookie?.maxAge) return true
  try {
    return fields.difference(core.options.limits) !== undefined
  } catch (error) {
    // Only changed data can be data that cannot be stored.
    if (isSessmwError(error)) return true
    throw error
  }
}

/**
 * When the response has finished or the client is gone: what changed since the first byte is saved too. Afterwards only
 * explicit operations save.
 *
 * @returns a promise only if something has to be awaited; it never rejects.
 */
export function finish(active: ActiveSession): Promise<void> | undefined {
  if (!active.headersSent) active.clientGone = true
  active.headersSent = true
  const committed = commit(active)
  active.ended = true
  if (!(committed instanceof Promise) && active.operations.idle) {
    active.operations.closed = true
    return undefined
  }
  return settleLast(active, committed)
}

async function settleLast(active: ActiveSession, committed: unknown): Promise<void> {
  try {
    await committed
    await active.operations.settle()
  } catch (error) {
    active.noteSave('failed')
    active.core.debug(`the changes after the first byte were not saved: ${String(error)}`, active.knownHandle)
  } finally {
    active.operations.closed = true
  }
}
