import type { SessionRecord } from '../../core/record.js'

/**
 * How a record lies in a hash: under `@` the header, under `@owner` the owner, under a point and its name each field.
 *
 * The header is `1 version createdAt lastSeenAt expiresAt cookie.maxAge till`; the 1 is the format, `-` stands for none,
 * and till is until when the owner's index has the session. It stays within the 64 bytes up to which Redis packs a hash.
 */
const FORMAT = '1'

/** Redis keeps bytes, and UTF-8 has none for half a surrogate pair: such text is escaped, and so is the escape. */
const NEEDS_ESCAPE = /[\\\p{Cs}]/u

/** Text as it lies in Redis; different text stays different. */
export function toText(text: string): string {
  return NEEDS_ESCAPE.test(text) ? JSON.stringify(text).slice(1, -1) : text
}

/** Undoes `toText`; undefined for what it never makes. */
export function fromText(text: string): string | undefined {
  if (!text.includes('\\')) return text
  try {
    return JSON.parse(`"${text}"`)
  } catch {
    return undefined
  }
}

/** The name of a hash field for the name of a field. */
export const fieldName = (name: string): string => `.${toText(name)}`

/** The names and texts of a new record's hash, one after the other. */
export function toHash(record: SessionRecord, till: string): string[] {
  const { version, createdAt, lastSeenAt, expiresAt, owner, cookie, fields } = record
  const parts = [FORMAT, version, createdAt, lastSeenAt, expiresAt, cookie?.maxAge ?? '-', till]
  const hash = ['@', parts.join(' ')]
  if (owner !== undefined) hash.push('@owner', toText(owner))
  for (const name of Object.keys(fields)) hash.push(fieldName(name), fields[name] ?? '')
  return hash
}

/** What HGETALL answered, as a record. Clients give pairs in a flat list or in an object. */
export function fromHash(reply: unknown): SessionRecord | 'corrupt' | null {
  const hash: string[] = Array.isArray(reply) ? reply : Object.entries(reply as object).flat()
  if (hash.length === 0) return null
  const fields: Record<string, string> = {}
  let header = ''
  let owner: string | undefined
  for (let i = 0; i < hash.length; i += 2) {
    const [stored = '', text = ''] = [hash[i], hash[i + 1]]
    const name = stored === '@' || stored === '@owner' ? stored : fromText(stored)
    if (name === '@') header = text
    else if (name === '@owner') owner = text
    else if (name?.startsWith('.')) addField(fields, name.slice(1), text)
    else return 'corrupt'
  }
  return withHeader(header, owner, fields)
}

function addField(fields: Record<string, string>, name: string, text: string): void {
  // Assigned, it would set the prototype.
  if (name === '__proto__') Object.defineProperty(fields, name, { value: text, enumerable: true })
  else fields[name] = text
}

function withHeader(
  header: string,
  ownerText: string | undefined,
  fields: Record<string, string>,
): SessionRecord | 'corrupt' {
  const [format, version, createdAt, lastSeenAt, expiresAt, maxAge, ...rest] = header.split(' ')
  if (format !== FORMAT || rest.length !== 1) return 'corrupt'
  const times = [version, createdAt, lastSeenAt, expiresAt, maxAge === '-' ? '0' : maxAge].map(toNumber)
  const owner = ownerText === undefined ? undefined : fromText(ownerText)
  if (times.includes(Number.NaN) || (ownerText !== undefined && !owner)) return 'corrupt'
  return {
    version: toNumber(version),
    createdAt: toNumber(createdAt),
    lastSeenAt: toNumber(lastSeenAt),
    expiresAt: toNumber(expiresAt),
    ...(owner !== undefined && { owner }),
    ...(maxAge !== '-' && { cookie: { maxAge: toNumber(maxAge) } }),
    fields,
  }
}

/** NaN for what is no number; text without digits counts as 0 otherwise. */
const toNumber = (text = ''): number =>
  /^-?\d/.test(text) && Number.isFinite(Number(text)) ? Number(text) : Number.NaN
