import { decodeField } from '../core/field-codec.js'
import { MASKED, type MaskRules, mask } from './mask.js'
import type { Word } from './search-words.js'
import type { FullItem } from './subject.js'

/** A longer text is not searched: it would keep others from the event loop. */
const MAX_TEXT = 16_384

/**
 * Whether a value of the data has a text: `role:admin`, `cart.total:7`. Only what would be shown is compared, or a search
 * would be a way to read masked values letter by letter.
 */
export function valueTest({ name = '', value }: Word, rules: MaskRules): (item: FullItem) => boolean {
  const [first = '', ...rest] = name.split('.')
  const wanted = value.toLowerCase()
  return ({ names, fields }) => {
    const field = names.find((key) => key.toLowerCase() === first.toLowerCase())
    const text = field === undefined ? undefined : fields[field]
    if (field === undefined || text === undefined || text.length > MAX_TEXT) return false
    return holds(partOf(read(field, text, rules), rest), wanted)
  }
}

/** The value as it would be shown; undefined for a field that cannot be read. */
function read(field: string, text: string, rules: MaskRules): unknown {
  try {
    return mask(decodeField(text), field, rules)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function partOf(value: unknown, path: readonly string[]): unknown {
  let part = value
  for (const step of path) {
    if (typeof part !== 'object' || part === null || !Object.hasOwn(part, step)) return undefined
    part = Reflect.get(part, step)
  }
  return part
}

function holds(value: unknown, wanted: string): boolean {
  if (value === MASKED || value === undefined) return false
  if (typeof value === 'string') return value.toLowerCase().includes(wanted)
  if (typeof value !== 'object' || value === null) return String(value) === wanted
  if (value instanceof Date) return String(value.toJSON()).toLowerCase().includes(wanted)
  const parts = value instanceof Map || value instanceof Set ? value.values() : Object.values(value)
  for (const part of parts) if (holds(part, wanted)) return true
  return false
}
