import type { RecordHeader, SessionRecord } from '../../../src/index.js'

const DAY_MS = 86_400_000

/** A record that is alive, with the real clock. */
export function newRecord(
  fields: Record<string, string> = { n: '0' },
  header: Partial<RecordHeader> = {},
): SessionRecord {
  const now = Date.now()
  return { version: 1, createdAt: now, lastSeenAt: now, expiresAt: now + DAY_MS, ...header, fields }
}

/** A record of several pages whose parts all say the same number: one that is torn shows. */
export function versionedRecord(n: number): SessionRecord {
  return newRecord({ n: `${n}`, long: JSON.stringify(`${n} `.repeat(2000)), last: `"${n}"` })
}

/** The number that all parts of a versioned record say. */
export function numberOf(record: SessionRecord | 'corrupt' | null): number {
  if (record === null || record === 'corrupt')
    throw new Error(`There is a record, but it reads as ${record}.`)
  const n = Number(record.fields['n'])
  const { fields } = versionedRecord(n)
  for (const name of Object.keys(fields))
    if (record.fields[name] !== fields[name]) throw new Error(`The record is torn at ${name}.`)
  return n
}
