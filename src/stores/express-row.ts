import type { Clock } from '../core/clock.js'
import { isRecord, type RecordHeader, type SessionRecord } from '../core/record.js'

/** Where the header of a record lies in a row of express-session. */
export const HEADER_KEY = '__sessmw'

/** A row as express-session stores keep it: the data, and the cookie among them. */
export type ExpressRow = Record<string, unknown>

/** Stores give a session without expiry a day, as connect-redis and connect-pg-simple do. */
const DAY_MS = 86_400_000

/** What stores look for in a session: when it ends, as each of them asks for it. */
class RowCookie {
  readonly path = '/'
  readonly httpOnly = true
  readonly expires: Date
  readonly originalMaxAge: number

  constructor(expiresAt: number, now: number) {
    this.expires = new Date(expiresAt)
    this.originalMaxAge = Math.max(0, expiresAt - now)
  }

  /** Milliseconds that remain. Not stored: JSON takes only what an object has itself. */
  get maxAge(): number {
    return this.originalMaxAge
  }
}

/** The row of a record. Every field is a value of its own there, so that express-session can read it too. */
export function rowOf({ fields, ...header }: SessionRecord, now: number): ExpressRow {
  const data = Object.entries(fields).map(([name, text]) => [name, JSON.parse(text)])
  const cookie = new RowCookie(header.expiresAt, now)
  // Own properties, so that a field named __proto__ stays a field.
  return Object.fromEntries([...data, ['cookie', cookie], [HEADER_KEY, header]])
}

/**
 * The record of a row, which need not have been written by us: one without our header takes its expiry from its
 * cookie, and its absolute clock starts now. `corrupt` for what is no row.
 */
export function recordOf(row: unknown, clock: Clock): SessionRecord | 'corrupt' {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return 'corrupt'
  const { cookie, [HEADER_KEY]: header, ...data } = row as ExpressRow
  const texts = Object.entries(data).flatMap(([name, value]) => {
    const text = JSON.stringify(value)
    return text === undefined ? [] : [[name, text] as const]
  })
  const fields = Object.fromEntries(texts)
  const record = { ...(header === undefined ? firstHeader(cookie, clock()) : Object(header)), fields }
  return isRecord(record) ? record : 'corrupt'
}

/** `lastSeenAt` is 0, so that the first visit is written down, and with it the start of the absolute clock. */
function firstHeader(cookie: unknown, now: number): RecordHeader {
  const { expires } = Object(cookie) as { expires?: unknown }
  const end =
    expires instanceof Date || typeof expires === 'string' ? new Date(expires).valueOf() : now + DAY_MS
  return { version: 1, createdAt: now, lastSeenAt: 0, expiresAt: end }
}
