import type { Owner } from '../../core/owner.js'
import { isRecord, type SessionRecord } from '../../core/record.js'
import { cutFields, type FieldsText, joinFields } from './fields-text.js'

/** The form of `fields` and `lengths` that this version writes and reads. */
export const FORMAT = 1

/** The values of a row, by column. */
export interface Row extends FieldsText {
  readonly key: string
  readonly format: number
  readonly version: number
  readonly created_at: number
  readonly last_seen_at: number
  readonly expires_at: number
  readonly owner: string | null
  readonly max_age: number | null
}

/**
 * An owner as JSON text without its quotes. Most owners stay as they are; but U+0000, at which `node:sqlite` of Node 22
 * ends a text, and lone surrogates, which UTF-8 lacks, must not make one owner of two.
 */
export const ownerText = (owner: Owner): string => JSON.stringify(owner).slice(1, -1)

const ownerOf = (text: string): Owner => (text.includes('\\') ? JSON.parse(`"${text}"`) : text)

/** The row of a record. */
export function rowOf(key: string, record: SessionRecord): Row {
  const { owner, cookie } = record
  return {
    key,
    format: FORMAT,
    version: record.version,
    created_at: record.createdAt,
    last_seen_at: record.lastSeenAt,
    expires_at: record.expiresAt,
    owner: owner === undefined ? null : ownerText(owner),
    max_age: cookie === undefined ? null : cookie.maxAge,
    ...joinFields(record.fields),
  }
}

/** The record of a row; `corrupt` for one that a newer version wrote, or that is damaged. */
export function recordOf(row: Row): SessionRecord | 'corrupt' {
  if (row.format !== FORMAT) return 'corrupt'
  try {
    const record = {
      version: row.version,
      createdAt: row.created_at,
      lastSeenAt: row.last_seen_at,
      expiresAt: row.expires_at,
      ...(row.owner !== null && { owner: ownerOf(row.owner) }),
      ...(row.max_age !== null && { cookie: { maxAge: row.max_age } }),
      fields: cutFields(row),
    }
    return isRecord(record) ? record : 'corrupt'
  } catch (cause) {
    if (cause instanceof SyntaxError) return 'corrupt'
    throw cause
  }
}
