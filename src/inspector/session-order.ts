import { badRequest } from './answer.js'
import type { Item } from './subject.js'

type Value = string | number

/** Where a page ended: the value of its last session in this order, and its handle. */
export interface Place {
  readonly value: Value
  readonly handle: string
}

/** An order of sessions in which no two are equal. */
export interface Order {
  readonly name: string
  compare(one: Item, other: Item): number
  /** An item against a place. */
  compareTo(item: Item, place: Place): number
  placeValue(item: Item): Value
}

/** What each order goes by, and whether the greatest comes first. What is unknown comes last, or first when reversed. */
const ORDERS: Readonly<Record<string, { of: (item: Item) => Value; greatestFirst: boolean }>> = {
  seen: { of: ({ lastSeenAt }) => lastSeenAt ?? 0, greatestFirst: true },
  created: { of: ({ createdAt }) => createdAt ?? 0, greatestFirst: true },
  expires: { of: ({ expiresAt }) => expiresAt ?? Number.MAX_SAFE_INTEGER, greatestFirst: false },
  keys: { of: ({ names }) => names.length, greatestFirst: true },
  size: { of: ({ bytes }) => bytes, greatestFirst: true },
  owner: { of: ({ owner }) => owner ?? '\uffff', greatestFirst: false },
}

/** @throws CallError `bad-request` */
export function orderOf(name: string): Order {
  const isReversed = name.startsWith('-')
  const plain = isReversed ? name.slice(1) : name
  const known = Object.hasOwn(ORDERS, plain) ? ORDERS[plain] : undefined
  if (known === undefined) throw badRequest(`sort must be one of: ${Object.keys(ORDERS).join(', ')}.`)
  const { of } = known
  const sign = known.greatestFirst !== isReversed ? -1 : 1
  const compareTo = (item: Item, { value, handle }: Place): number => {
    const own = of(item)
    if (own !== value) return own < value ? -sign : sign
    return item.handle < handle ? -1 : item.handle > handle ? 1 : 0
  }
  return {
    name,
    placeValue: of,
    compareTo,
    compare: (one, other) => compareTo(one, { value: of(other), handle: other.handle }),
  }
}

/** Text for the end of a page that ends with this session. */
export function cursorOf(item: Item, { name, placeValue }: Order): string {
  return Buffer.from(JSON.stringify([name, placeValue(item), item.handle])).toString('base64url')
}

/**
 * The place that a cursor stands for. It holds after changes too, since it names a value and not a session.
 *
 * @throws CallError `bad-request` for one of another order, or of nothing.
 */
export function placeOf(cursor: string | null, { name }: Order): Place | undefined {
  if (cursor === null) return undefined
  const [of, value, handle] = parse(cursor)
  const isValue = typeof value === 'number' || typeof value === 'string'
  if (of === name && isValue && typeof handle === 'string') return { value, handle }
  throw badRequest('cursor must be one that a list with the same sort has answered with.')
}

function parse(cursor: string): unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(parsed) ? parsed : []
  } catch (error) {
    if (error instanceof SyntaxError) return []
    throw error
  }
}
