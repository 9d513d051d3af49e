import { isSessmwError, SessmwError } from '../errors.js'
import type { ActiveSession } from './active-session.js'
import { sendableAttributes } from './cookie-edit.js'
import type { SessionEvent } from './events.js'
import type { FieldChange } from './field-change.js'
import { type Owner, toOwner } from './owner.js'
import type { RecordCookie, RecordHeader, RecordTimes, SessionRecord } from './record.js'
import { handleOf } from './session-id.js'
import type { RecordChange } from './store.js'
import { warnOnce } from './warnings.js'

/** One call of the store, with all that it writes decided already. */
export type StoreStep = () => Promise<void>

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

/** Written out, because conditional spreads cost more than all else in an update. */
function headerOf(
  version: number,
  createdAt: number,
  { lastSeenAt, expiresAt }: RecordTimes,
  owner: Owner | undefined,
  cookie: RecordCookie | undefined,
): RecordHeader {
  const header: { -readonly [Name in keyof RecordHeader]: RecordHeader[Name] } = {
    version,
    createdAt,
    lastSeenAt,
    expiresAt,
  }
  if (owner !== undefined) header.owner = owner
  if (cookie !== undefined) header.cookie = cookie
  return header
}

function createStep(active: ActiveSession, change: FieldChange | undefined): StoreStep | undefined {
  const { core, fields } = active
  const texts = fields.after(change)
  const owner = ownerNow(active)
  if (owner === undefined && Object.keys(texts).length === 0) {
    active.noteSave(active.previousHandle === undefined ? 'empty' : 'destroyed')
    return undefined
  }
  if (!canSendCookie(active)) {
    active.noteSave('discarded')
    return undefined
  }
  const { cookie, createdAt } = active
  const header = headerOf(1, createdAt, active.timesNow(), owner, cookie)
  const { id, previousHandle } = active
  const undo = change === undefined ? undefined : fields.accept(change)
  active.header = header
  active.owner = owner
  return async () => {
    const isCurrent = () => active.fields === fields
    if (fields.abandoned || (active.gone && isCurrent())) {
      if (active.gone) active.noteSave('discarded')
      return
    }
    let storedId: string
    try {
      storedId = await insert(active, id, { ...header, fields: texts }, isCurrent)
      // Somebody ended it by its old id while the store was at work.
      if (active.gone && isCurrent()) return void (await core.store.delete(core.keyOf(storedId)))
    } catch (error) {
      undo?.()
      if (active.header === header) active.header = undefined
      throw core.storeFailed(error, handleOf(id))
    }
    if (isCurrent()) active.cookieDue = 'set'
    const handle = handleOf(storedId)
    publishCreated(active, { at: core.now(), handle, ...(owner !== undefined && { owner }) }, previousHandle)
  }
}

const MAX_COLLISIONS = 3

/** A create never overwrites: when the store already has the id, another one is tried. @returns the id in the end. */
async function insert(
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
      const isCollision = isSessmwError(error) && error.code === 'store-exists'
      if (!isCollision || !isCurrent() || collisions === MAX_COLLISIONS) throw error
      active.renewId()
      id = active.id
    }
  }
}

function publishCreated(
  active: ActiveSession,
  event: SessionEvent,
  previousHandle: string | undefined,
): void {
  const { core } = active
  active.noteSave(previousHandle === undefined ? 'created' : 'regenerated')
  if (previousHandle === undefined) core.events.publish('created', event)
  else core.events.publish('regenerated', { ...event, previousHandle })
}

function updateStep(
  active: ActiveSession,
  before: RecordHeader,
  change: FieldChange | undefined,
): StoreStep | undefined {
  const { core, fields, cookie } = active
  const owner = change === undefined ? active.owner : ownerNow(active)
  const cookieChanged = !isSameCookie(cookie, before.cookie)
  if (change === undefined && owner === before.owner && !cookieChanged) return undefined
  const { key } = active
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
  active.header = after
  active.owner = owner
  return async () => {
    if (fields.abandoned) return
    try {
      const result = await core.store.update(key, storeChange)
      if (result === 'saved') active.noteSave('updated')
      else if (active.fields === fields) active.ranOut()
    } catch (error) {
      undo?.()
      if (active.header === after) active.header = before
      throw core.storeFailed(error, active.knownHandle)
    }
    if (active.fields !== fields || active.gone) return
    if (cookieChanged) active.cookieDue ??= 're-sent'
    expiryMoved(active, before.expiresAt, after.expiresAt)
  }
}

/** The step that records activity, or undefined when there is none to record yet. It never rejects. */
export function touchStep(active: ActiveSession): StoreStep | undefined {
  const { core, header } = active
  if (header === undefined || active.gone || active.noTouch) return undefined
  if (core.now() - header.lastSeenAt < touchEveryMs(active)) return undefined
  const { key } = active
  return async () => {
    try {
      await touchNow(active, key)
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

function canSendCookie(active: ActiveSession): boolean {
  if (!active.headersSent) return sendableAttributes(active) !== undefined
  if (active.cookieCode === 'withheld-insecure') return false
  active.cookieCode = 'withheld-late'
  if (active.clientGone) active.detail = 'the client went away before the response'
  else {
    warnOnce(
      'withheld-late',
      'sessmw: a session was begun after the headers had left, so it has no cookie and is not stored. Write to the session before the first byte of the response.',
      active.core.options.logger,
    )
  }
  return false
}

/** `ownerOf` is asked at each save, because another package may have logged somebody in or out. */
function ownerNow(active: ActiveSession): Owner | undefined {
  const { ownerOf } = active.core.options
  if (ownerOf === undefined) return active.owner
  const { fields } = active
  const { wasRead } = fields
  const owner = ownerOf(active.bag)
  // Our own look at the data says nothing about the response.
  fields.wasRead = wasRead
  return owner === undefined || owner === null || owner === '' ? undefined : toOwner(owner)
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
