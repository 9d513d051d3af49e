import { areTexts } from './field-change.js'
import { isOwner, type Owner } from './owner.js'

/** What a session's cookie differs in from the options: set by `req.session.cookie.maxAge`. */
export interface RecordCookie {
  /** Milliseconds; 0 = the cookie ends with the browser. Also the idle timeout of this session when above 0. */
  readonly maxAge: number
}

/** The times of a record, in milliseconds since 1970. */
export interface RecordTimes {
  readonly lastSeenAt: number
  readonly expiresAt: number
}

/** All of a record but its fields. Times are milliseconds since 1970. */
export interface RecordHeader extends RecordTimes {
  /** Starts at 1 and grows by one with each update; what `ifVersion` is compared with. */
  readonly version: number
  /** Start of the absolute clock: creation, or the last login. */
  readonly createdAt: number
  /** Whose session it is, once somebody has logged in. */
  readonly owner?: Owner
  readonly cookie?: RecordCookie
}

/** One session as a store keeps it: the header and, by top-level name, the JSON text of each value. */
export interface SessionRecord extends RecordHeader {
  readonly fields: Readonly<Record<string, string>>
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

function isCookie(value: unknown): boolean {
  if (value === undefined) return true
  if (typeof value !== 'object' || value === null) return false
  const { maxAge } = value as { maxAge?: unknown }
  return isTime(maxAge) && maxAge >= 0
}

function areFields(fields: unknown): boolean {
  return typeof fields === 'object' && fields !== null && !Array.isArray(fields) && areTexts(fields)
}

/**
 * Whether what a store returned has the shape of a record. Stores hold what other programs may have written,
 * so the shape is checked on every load; the texts themselves are parsed only when they are read.
 */
export function isRecord(value: unknown): value is SessionRecord {
  if (typeof value !== 'object' || value === null) return false
  const record = value as Record<string, unknown>
  return (
    isTime(record.version) &&
    isTime(record.createdAt) &&
    isTime(record.lastSeenAt) &&
    isTime(record.expiresAt) &&
    (record.owner === undefined || isOwner(record.owner)) &&
    isCookie(record.cookie) &&
    areFields(record.fields)
  )
}

/** Written out, because conditional spreads cost more than all else in an update. */
export function headerOf(
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

/** Written out like a header: `{ ...header, fields }` gives each record a hidden class of its own, 3 µs of a new session. */
export function recordOf(header: RecordHeader, fields: SessionRecord['fields']): SessionRecord {
  const { version, createdAt, lastSeenAt, expiresAt, owner, cookie } = header
  const record: { -readonly [Name in keyof SessionRecord]: SessionRecord[Name] } = {
    version,
    createdAt,
    lastSeenAt,
    expiresAt,
    fields,
  }
  if (owner !== undefined) record.owner = owner
  if (cookie !== undefined) record.cookie = cookie
  return record
}
