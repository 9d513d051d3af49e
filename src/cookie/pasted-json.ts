/** A cookie as it stands in what somebody pasted; without a name, the text was a bare value. */
export interface PastedCookie {
  readonly name: string | undefined
  readonly value: string
  /** Cookies of one request have the same number; a later request has a higher one. */
  readonly group: number
  /** Of a `Set-Cookie` header: what stands behind the value, split at `;`. */
  readonly attributes?: readonly string[]
}

type Reader = (header: string, group: number) => PastedCookie[]

/** A value of the JSON that is still to be looked at. */
interface Pending {
  readonly key: string
  readonly value: unknown
  readonly group: number
}

/**
 * Cookies of JSON as developer tools, HAR files and cookie editors write it: `{name, value}`, or values under their
 * names. Where there are headers, only those count, and always in a HAR file, which has many other names and values.
 * Undefined for text that is no JSON.
 */
export function cookiesOfJson(
  text: string,
  ofCookie: Reader,
  ofSetCookie: Reader,
): PastedCookie[] | undefined {
  const root = parse(text)
  if (root === undefined) return undefined
  const fromHeaders: PastedCookie[] = []
  const others: PastedCookie[] = []
  const add = (name: string, value: string, group: number): void => {
    const lower = name.toLowerCase()
    if (lower === 'cookie') fromHeaders.push(...ofCookie(value, group))
    else if (lower === 'set-cookie') fromHeaders.push(...ofSetCookie(value, group))
    else others.push({ name, value, group })
  }
  walk(root.value, add)
  return fromHeaders.length > 0 || isHar(root.value) ? fromHeaders : others
}

function walk(root: unknown, add: (name: string, value: string, group: number) => void): void {
  const pending: Pending[] = [{ key: '', value: root, group: 0 }]
  let groups = 0
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { key, value, group } = next
    if (typeof value === 'string') add(key, value, group)
    if (typeof value !== 'object' || value === null) continue
    const { name = key, value: content } = value as { name?: unknown; value?: unknown }
    if (typeof name === 'string' && name !== '' && typeof content === 'string') {
      add(name, content, group)
      continue
    }
    groups += 1
    // Taken from the end of the list, so that cookies come in the order of the text.
    for (const [inner, item] of Object.entries(value).reverse()) {
      pending.push({ key: Array.isArray(value) ? key : inner, value: item, group: groups })
    }
  }
}

/** `{ log: { entries: [...] } }`. */
function isHar(root: unknown): boolean {
  const { log } = Object(root) as { log?: unknown }
  return Array.isArray((Object(log) as { entries?: unknown }).entries)
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
