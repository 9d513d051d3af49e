import type { ActiveSession } from './active-session.js'
import { sendableAttributes } from './cookie-edit.js'
import type { FieldChange } from './field-change.js'
import { dropRecord, insert, insertAtOnce, mayBeThere } from './insert.js'
import { type Owner, toOwner } from './owner.js'
import { headerOf, recordOf } from './record.js'
import { handleOf } from './session-id.js'
import { warnOnce } from './warnings.js'

/** One call of the store, with all that it writes decided already. */
export interface StoreStep {
  /** Carries it out without a promise. False, and nothing is done, where that cannot be or not all is well. */
  atOnce(): boolean
  /** Rejects when the store fails. */
  run(): Promise<void>
}

/** What stores a new session; undefined when there is nothing to store, or no cookie for it. */
export function createStep(active: ActiveSession, change: FieldChange | undefined): StoreStep | undefined {
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
  const times = active.timesNow()
  const header = headerOf(1, active.createdAt, times, owner, active.cookie)
  const { id, previousHandle } = active
  const undo = change === undefined ? undefined : fields.accept(change)
  active.header = header
  active.owner = owner
  const record = recordOf(header, texts)
  const isCurrent = () => active.fields === fields
  const stored = (storedId: string) => {
    if (isCurrent()) active.cookieDue = 'set'
    noteCreated(active, storedId, owner, previousHandle)
  }
  return {
    atOnce() {
      if (fields.abandoned || active.gone || !insertAtOnce(core, id, record)) return false
      stored(id)
      return true
    },
    async run() {
      if (fields.abandoned || (active.gone && isCurrent())) {
        if (active.gone) active.noteSave('discarded')
        return
      }
      let storedId: string
      try {
        storedId = await insert(active, id, record, isCurrent)
      } catch (error) {
        undo?.()
        if (active.header === header) active.header = undefined
        if (mayBeThere(error)) await dropRecord(core, isCurrent() ? active.id : id)
        throw core.storeFailed(error, handleOf(id))
      }
      // Somebody ended it by its old id while the store was at work.
      if (active.gone && isCurrent()) {
        active.header = undefined
        return dropRecord(core, storedId)
      }
      stored(storedId)
    },
  }
}

/** The record that a session with an owner gets under its new id before the old one is deleted. */
export interface Heir {
  /** Rejects when the store fails. */
  create(): Promise<void>
  /** The old record is gone: the session is now this one, or ended if somebody else ended it meanwhile. */
  succeed(): Promise<void>
  /** Takes the record back; never rejects. */
  drop(): Promise<void>
}

/**
 * Plans the heir of a session that has just begun anew; undefined where it waits for the commit, because it has no owner
 * who could end it meanwhile, or no cookie can be sent.
 *
 * @throws SessmwError when the data cannot be stored.
 */
export function heirOf(active: ActiveSession): Heir | undefined {
  const { core, fields, previousHandle } = active
  const owner = ownerNow(active)
  if (owner === undefined || active.gone || sendableAttributes(active) === undefined) return undefined
  const change = fields.difference(core.options.limits)
  const header = headerOf(1, active.createdAt, active.timesNow(), owner, active.cookie)
  const texts = fields.after(change)
  if (change !== undefined) fields.accept(change)
  active.header = header
  active.owner = owner
  const isCurrent = () => active.fields === fields
  const { id } = active
  /** Also after a create that failed: the store may have carried it out. */
  let storedId: string | undefined
  const drop = async () => {
    if (storedId !== undefined) await dropRecord(core, storedId)
  }
  return {
    async create() {
      try {
        storedId = await insert(active, id, recordOf(header, texts), isCurrent)
      } catch (error) {
        if (mayBeThere(error)) storedId = isCurrent() ? active.id : id
        throw error
      }
      if (isCurrent()) active.cookieDue = 'set'
    },
    async succeed() {
      if (!active.gone) {
        noteCreated(active, storedId ?? id, owner, previousHandle)
        return
      }
      if (isCurrent()) {
        active.header = undefined
        active.cookieDue = undefined
      }
      await drop()
    },
    drop,
  }
}

function noteCreated(
  active: ActiveSession,
  id: string,
  owner: Owner | undefined,
  previousHandle: string | undefined,
): void {
  const { core } = active
  const name = previousHandle === undefined ? 'created' : 'regenerated'
  active.noteSave(name)
  if (!core.events.hasAudience(name)) return
  const event = { at: core.now(), handle: handleOf(id), ...(owner !== undefined && { owner }) }
  if (previousHandle === undefined) core.events.publish('created', event)
  else core.events.publish('regenerated', { ...event, previousHandle })
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
export function ownerNow(active: ActiveSession): Owner | undefined {
  const { ownerOf } = active.core.options
  if (ownerOf === undefined) return active.owner
  const { fields } = active
  const { wasRead } = fields
  const owner = ownerOf(active.bag)
  // Our own look at the data says nothing about the response.
  fields.wasRead = wasRead
  return owner === undefined || owner === null || owner === '' ? undefined : toOwner(owner)
}
