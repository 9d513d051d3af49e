import { SessmwError } from '../errors.js'
import type { ActiveSession } from './active-session.js'
import type { BagTraps } from './bag.js'
import { lifetimeOf, timesAt } from './expiry.js'
import type { FieldChange } from './field-change.js'
import { checkDataKey, flashField } from './names.js'
import { assess } from './open.js'
import type { SessionRecord } from './record.js'
import { assertCookiePossible, expiryMoved, storeStep } from './store-step.js'

/**
 * Makes the new value of a key from its present one; undefined removes the key. May run more than once, and must not
 * wait for another operation of this session, which waits for it.
 */
export type Updater<Value> = (current: Value | undefined) => Value | undefined | Promise<Value | undefined>

/** What was the session when something was asked for: the request may swap it meanwhile. */
interface Target {
  readonly active: ActiveSession
  readonly fields: BagTraps
}

/** One read-modify-write. */
interface FieldUpdate<Value> extends Target {
  /** undefined while the session is not stored. */
  readonly key: string | undefined
  readonly name: string
  readonly updater: Updater<Value>
}

/**
 * Read-modify-write of one key, at once and atomically: in turn within the process, by compare-and-set across
 * processes, again and again until the store deadline.
 *
 * @returns the new value. Rejects with `unsaved-changes`, `session-gone`, `session-conflict` or the store's error.
 */
export function updateKey<Value>(
  active: ActiveSession,
  key: string,
  updater: Updater<Value>,
): Promise<Value | undefined> {
  return active.operations.begin(() => {
    if (typeof updater !== 'function') {
      throw new SessmwError(
        'bad-option',
        "update() takes a key and a function: update('count', (n) => (n ?? 0) + 1).",
      )
    }
    checkDataKey(key)
    active.assertWritable()
    if (active.fields.isModified(key, active.core.options.limits)) {
      throw new SessmwError('unsaved-changes', `"${key}" was changed in this request and is not saved yet.`, {
        path: `session.${key}`,
      })
    }
    return updating(active, key, updater)
  })
}

/** Appends a message that the next reader of `key` gets. */
export function addFlash(active: ActiveSession, key: string, value: unknown): Promise<void> {
  return active.operations.begin(() => {
    active.assertWritable()
    const add = updating<unknown[]>(active, flashField(key), (messages) => [...(messages ?? []), value])
    return async () => void (await add())
  })
}

/** Takes the messages of `key`, oldest first. Of two readers at once only one gets each. */
export function takeFlash(active: ActiveSession, key: string): Promise<unknown[]> {
  return active.operations.begin(() => {
    if (active.degraded) return async () => []
    active.assertWritable()
    const name = flashField(key)
    const { fields } = active
    let taken: unknown[] = []
    const take = updating<unknown[]>(active, name, (messages) => {
      taken = messages ?? []
      return undefined
    })
    return async () => {
      if (active.gone || !fields.contains(name)) return []
      await take()
      return taken
    }
  })
}

function updating<Value>(
  active: ActiveSession,
  name: string,
  updater: Updater<Value>,
): () => Promise<Value | undefined> {
  const { fields } = active
  fields.wasRead = true
  const key = storedKey(active)
  return () => {
    const target = { active, fields }
    return updateField({ ...target, key: isCurrent(target) ? storedKey(active) : key, name, updater })
  }
}

const storedKey = (active: ActiveSession) => (active.header === undefined ? undefined : active.key)

const isCurrent = ({ active, fields }: Target): boolean => active.fields === fields

async function updateField<Value>(update: FieldUpdate<Value>): Promise<Value | undefined> {
  const { active, key } = update
  if (isCurrent(update) && active.gone) throw gone()
  if (key === undefined) return beginWith(update)
  return active.core.inTurn(key, () => compareAndSet(update, key))
}

/** A session that nobody else can know yet is begun with the value. */
async function beginWith<Value>(update: FieldUpdate<Value>): Promise<Value | undefined> {
  const { active, fields, name, updater } = update
  const value = await active.operations.callUpdater(() => updater(fields.valueOf(name) as Value | undefined))
  fields.put(name, value)
  if (!isCurrent(update)) return value
  assertCookiePossible(active)
  await storeStep(active)?.run()
  return value
}

async function compareAndSet<Value>(update: FieldUpdate<Value>, key: string): Promise<Value | undefined> {
  const { active, name, updater } = update
  const { core } = active
  const deadline = performance.now() + core.options.storeTimeoutMs
  for (let conflicts = 0; ; conflicts++) {
    const record = await readAlive(update, key)
    const fields = core.newBag(active)
    fields.reset(record.fields)
    const value = await active.operations.callUpdater(() =>
      updater(fields.valueOf(name) as Value | undefined),
    )
    fields.put(name, value)
    const change = fields.difference(core.options.limits)
    if (change === undefined || (await write(update, key, record, change))) {
      if (change !== undefined) update.fields.replace(name, change.set[name])
      return value
    }
    if (conflicts === 0) core.events.publish('conflict', { at: core.now(), handle: active.handle, key: name })
    if (performance.now() > deadline) {
      throw new SessmwError(
        'session-conflict',
        `"${name}" was changed by others ${conflicts + 1} times in a row.`,
      )
    }
  }
}

async function readAlive(target: Target, key: string): Promise<SessionRecord> {
  const { core, knownHandle } = target.active
  const found = await core.store.read(key).catch((error: unknown) => {
    throw core.storeFailed(error, knownHandle)
  })
  const { record } = assess(core, found)
  if (record === undefined) throw ranOut(target)
  return record
}

/** @returns false when somebody else was faster. */
async function write(
  target: Target,
  key: string,
  record: SessionRecord,
  change: FieldChange,
): Promise<boolean> {
  const { active } = target
  const { core, knownHandle } = active
  const lifetime = lifetimeOf(core.options.lifetime, record.cookie)
  const times = active.noTouch ? undefined : timesAt(core.now(), record, lifetime)
  const result = await core.store
    .update(key, { ...change, ...times, ifVersion: record.version })
    .catch((error: unknown) => {
      throw core.storeFailed(error, knownHandle)
    })
  if (result === 'conflict') return false
  if (result === 'missing') throw ranOut(target)
  const before = active.header
  if (before !== undefined && isCurrent(target)) {
    active.header = { ...before, ...times, version: record.version + 1 }
    active.noteSave('updated')
    expiryMoved(active, before.expiresAt, active.header.expiresAt)
  }
  return true
}

function ranOut(target: Target): SessmwError {
  if (isCurrent(target)) target.active.ranOut()
  return gone()
}

function gone(): SessmwError {
  return new SessmwError(
    'session-gone',
    'The session was ended while this request ran; the change was not stored.',
  )
}
