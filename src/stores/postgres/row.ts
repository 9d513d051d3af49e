import { isRecord, type SessionRecord } from '../../core/record.js'
import type { RecordChange } from '../../core/store.js'
import { isKey } from '../store-rules.js'
import type { Row } from './pool.js'

/** How rows are written; a row of another format was written by a newer sessmw. */
export const FORMAT = '1'

/** The columns of a record, in the order of `toRecord` and `recordValues`. */
export const COLUMNS = 'format, version, created_at, last_seen_at, expires_at, owner, cookie_max_age, fields'

/** UTF-8 cannot hold half of a surrogate pair, so that different keys would become one. */
export const isRowKey = (key: unknown): key is string =>
  isKey(key) && typeof key === 'string' && !/\p{Cs}/u.test(key)

/**
 * Names and owners may hold U+0000 or half of a surrogate pair, which `text` cannot: they are escaped as in JSON.
 * Ordinary ones stay as they are.
 */
export const escapeText = (text: string): string => JSON.stringify(text).slice(1, -1)

const unescapeText = (text: string): string => (text.includes('\\') ? JSON.parse(`"${text}"`) : text)

const fieldsText = (fields: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.fromEntries(Object.entries(fields).map(([name, text]) => [escapeText(name), text])))

/** The values of all columns. */
export function recordValues(record: SessionRecord): unknown[] {
  const { version, createdAt, lastSeenAt, expiresAt, owner, cookie, fields } = record
  const escaped = owner === undefined ? null : escapeText(owner)
  return [
    FORMAT,
    version,
    createdAt,
    lastSeenAt,
    expiresAt,
    escaped,
    cookie?.maxAge ?? null,
    fieldsText(fields),
  ]
}

/** The values of an update: null = as it is; an empty owner and a negative `maxAge`, which are none, = removed. */
export function changeValues({
  lastSeenAt,
  expiresAt,
  owner,
  cookie,
  set = {},
  unset = [],
}: RecordChange): unknown[] {
  return [
    lastSeenAt ?? null,
    expiresAt ?? null,
    owner === null ? '' : owner === undefined ? null : escapeText(owner),
    cookie === null ? -1 : (cookie?.maxAge ?? null),
    fieldsText(set),
    unset.map(escapeText),
  ]
}

/** The record of a row with the columns `COLUMNS`, or `corrupt`: others may have written to the table. */
export function toRecord(row: Row): SessionRecord | 'corrupt' {
  const [format, version, createdAt, lastSeenAt, expiresAt, owner, maxAge, fields] = row
  if (format !== FORMAT) return 'corrupt'
  try {
    const record = {
      version: Number(version),
      createdAt: Number(createdAt),
      lastSeenAt: Number(lastSeenAt),
      expiresAt: Number(expiresAt),
      ...(typeof owner === 'string' && { owner: unescapeText(owner) }),
      ...(typeof maxAge === 'string' && { cookie: { maxAge: Number(maxAge) } }),
      fields: toFields(JSON.parse(fields ?? '')),
    }
    return isRecord(record) ? record : 'corrupt'
  } catch (cause) {
    if (cause instanceof SyntaxError) return 'corrupt'
    throw cause
  }
}

function toFields(fields: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(fields)
  if (!entries.some(([name]) => name.includes('\\'))) return fields
  return Object.fromEntries(entries.map(([name, text]) => [unescapeText(name), text]))
}
