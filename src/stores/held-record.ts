import { withFields } from '../core/field-change.js'
import type { RecordCookie, RecordHeader, RecordTimes, SessionRecord } from '../core/record.js'
import type { RecordChange } from '../core/store.js'

type Fields = SessionRecord['fields']

const NOTHING: Fields = {}

/** Only properties that are there, always in one order: records then share four shapes, which keeps them fast to read. */
function freeze(
  times: Omit<RecordHeader, 'owner' | 'cookie'>,
  fields: Fields,
  owner?: string,
  cookie?: RecordCookie,
) {
  const { version, createdAt, lastSeenAt, expiresAt } = times
  if (owner === undefined) {
    if (cookie === undefined) return Object.freeze({ version, createdAt, lastSeenAt, expiresAt, fields })
    return Object.freeze({ version, createdAt, lastSeenAt, expiresAt, cookie, fields })
  }
  if (cookie === undefined) return Object.freeze({ version, createdAt, lastSeenAt, expiresAt, owner, fields })
  return Object.freeze({ version, createdAt, lastSeenAt, expiresAt, owner, cookie, fields })
}

const copyCookie = (cookie: RecordCookie | undefined) =>
  cookie === undefined ? undefined : Object.freeze({ maxAge: cookie.maxAge })

function mergeFields(old: Fields, { set = NOTHING, unset = [] }: RecordChange): Fields {
  if (set === NOTHING && unset.length === 0) return old
  const merged = withFields(old, set)
  if (unset.length === 0) return Object.freeze(merged)
  const gone = new Set(unset)
  return Object.freeze(Object.fromEntries(Object.entries(merged).filter(([name]) => !gone.has(name))))
}

/** A copy that nobody can change, so that the store can hand it out again and again without copying. */
export function holdRecord(record: SessionRecord): SessionRecord {
  return freeze(
    record,
    Object.freeze(withFields(record.fields, NOTHING)),
    record.owner,
    copyCookie(record.cookie),
  )
}

/** The same for a record that nobody else has: its fields need no copy. */
export function keepRecord(record: SessionRecord): SessionRecord {
  return freeze(record, Object.freeze(record.fields), record.owner, copyCookie(record.cookie))
}

/** The record after an update: the next version. A clock that went back does not take `lastSeenAt` back. */
export function changeRecord(old: SessionRecord, change: RecordChange): SessionRecord {
  const owner = change.owner === undefined ? old.owner : (change.owner ?? undefined)
  const cookie = change.cookie === undefined ? old.cookie : copyCookie(change.cookie ?? undefined)
  const times = {
    version: old.version + 1,
    createdAt: old.createdAt,
    lastSeenAt: Math.max(old.lastSeenAt, change.lastSeenAt ?? old.lastSeenAt),
    expiresAt: change.expiresAt ?? old.expiresAt,
  }
  return freeze(times, mergeFields(old.fields, change), owner, cookie)
}

/** The record after a touch: new times, the same version and fields. */
export function touchRecord(old: SessionRecord, { lastSeenAt, expiresAt }: RecordTimes): SessionRecord {
  const times = {
    version: old.version,
    createdAt: old.createdAt,
    lastSeenAt: Math.max(old.lastSeenAt, lastSeenAt),
    expiresAt,
  }
  return freeze(times, old.fields, old.owner, old.cookie)
}
