import type { ChalkInstance } from 'chalk'
import type { SessionRecord } from '../core/record.js'
import { maskText } from '../inspector/mask.js'

/** A session as the CLI shows it. Times are milliseconds since 1970. */
export interface SessionView {
  readonly handle: string
  readonly owner: string | null
  readonly createdAt: number
  readonly lastSeenAt: number
  readonly expiresAt: number
}

/** The facts of a record, without its data. */
export function sessionView(handle: string, record: SessionRecord): SessionView {
  const { owner = null, createdAt, lastSeenAt, expiresAt } = record
  return { handle, owner, createdAt, lastSeenAt, expiresAt }
}

/** One line: handle, owner, when it was seen, when it ends. An owner is text of the application, so controls are shown as escapes. */
export function sessionLine(view: SessionView, now: number, paint: ChalkInstance): string {
  const owner = view.owner === null ? paint.dim('anonymous') : printable(view.owner)
  const times = `seen ${span(now - view.lastSeenAt)} ago, ${endOf(view.expiresAt - now)}`
  return `${view.handle}  ${owner}  ${paint.dim(times)}`
}

/** Session data in the JSON form that stores have, masked unless revealed; a field that cannot be read hides no other. */
export function shownData(record: SessionRecord, reveal: boolean): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record.fields).map(([name, text]) => [
      name,
      JSON.parse(maskText(name, text, { reveal, redact: [] }).text),
    ]),
  )
}

const endOf = (left: number): string => (left > 0 ? `ends in ${span(left)}` : `ended ${span(-left)} ago`)

function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} days`
}

/** Terminals obey control characters, and right-to-left marks reorder what is read (CVE-2021-42574). */
const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`)
