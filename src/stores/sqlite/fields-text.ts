import type { SessionRecord } from '../../core/record.js'

type Fields = SessionRecord['fields']

/** How the fields of a record lie in its row. */
export interface FieldsText {
  /** All fields as one JSON object, each text as it came: what SQL and people can read. */
  readonly fields: string
  /** JSON list: for each field the lengths of its name (as JSON text) and of its text, in UTF-16 code units. */
  readonly lengths: string
}

/**
 * Puts the texts of fields together without parsing them. The lengths cut them out again, exactly as they were; fields
 * as JSON strings within JSON would take an eighth more space and twice the time to read.
 */
export function joinFields(fields: Fields): FieldsText {
  let text = ''
  let lengths = ''
  for (const name in fields) {
    const json = JSON.stringify(name)
    const value = fields[name] ?? ''
    const separator = text === '' ? '' : ','
    text += `${separator}${json}:${value}`
    lengths += `${separator}${json.length},${value.length}`
  }
  return { fields: `{${text}}`, lengths: `[${lengths}]` }
}

/** Undoes `joinFields`. Undefined when text and lengths do not belong together; throws for lengths or names that are no JSON. */
export function cutFields({ fields: text, lengths }: FieldsText): Fields | undefined {
  const sizes: unknown = JSON.parse(lengths)
  if (!Array.isArray(sizes) || sizes.length % 2 !== 0) return undefined
  const found: [string, string][] = []
  let at = 0
  for (let n = 0; n < sizes.length; n += 2) {
    const name = at + 1
    const colon = name + sizes[n]
    const end = colon + 1 + sizes[n + 1]
    if (text[at] !== (n === 0 ? '{' : ',') || text[colon] !== ':' || !(end > colon)) return undefined
    found.push([nameOf(text.slice(name, colon)), text.slice(colon + 1, end)])
    at = end
  }
  if (sizes.length === 0) return text === '{}' ? {} : undefined
  // Own properties, so that a field named __proto__ stays a field.
  return text[at] === '}' && text.length === at + 1 ? Object.fromEntries(found) : undefined
}

/** Most names have no escapes; to cut the quotes off then saves half of the time. */
function nameOf(json: string): string {
  return json.includes('\\') || json[0] !== '"' ? String(JSON.parse(json)) : json.slice(1, -1)
}
