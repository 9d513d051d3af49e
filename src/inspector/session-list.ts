import { badRequest } from './answer.js'
import type { MaskRules } from './mask.js'
import type { Recorder } from './recorder.js'
import { isTest, type Search, type SearchFacts, searchFor } from './search.js'
import { Slices } from './session-index.js'
import { cursorOf, type Order, orderOf, type Place, placeOf } from './session-order.js'
import type { FullItem, Item } from './subject.js'

/** Which sessions a list has, as a query says it. */
export interface ListQuery {
  readonly q: string
  readonly filter: string
  readonly sort: string
  readonly limit: number
  readonly cursor: string | null
  readonly rules: MaskRules
  isVisible(item: Item): boolean
}

/** One page of a list. */
export interface ListPage {
  readonly total: number
  readonly matched: number
  readonly truncated: boolean
  readonly items: readonly Item[]
  readonly cursor: string | null
}

/** `all` stands for those that live, which the list shows anyway. */
const FILTERS = ['all', 'signed-in', 'anonymous', 'expiring', 'expired']

/**
 * A page of the sessions that a query lets through. All are looked at, in slices of a few milliseconds, and no more than
 * a page of them is held and sorted.
 *
 * Rejects with `bad-query`, `bad-request`, or what the store rejects with.
 */
export async function listSessions(recorder: Recorder, query: ListQuery): Promise<ListPage> {
  const facts = factsOf(recorder, query.rules)
  const search = searchFor(query.q, facts)
  const filter = filterOf(query.filter, facts)
  const order = orderOf(query.sort)
  const page = new Page(order, query.limit, placeOf(query.cursor, order))
  const showsExpired = search.wantsExpired || query.filter === 'expired'
  let total = 0
  let matched = 0
  const look = (item: Item, full: FullItem | undefined): void => {
    const isAlive = recorder.subject.stateOf(item) === 'alive'
    if (!query.isVisible(item)) return
    if (isAlive) total += 1
    if ((!isAlive && !showsExpired) || !filter(item) || !search.matches(item)) return
    if (full !== undefined && search.matchesValues?.(full) === false) return
    matched += 1
    page.offer(item)
  }
  const truncated = await lookAtAll(recorder, search, look)
  const { items, hasMore } = page
  const last = items.at(-1)
  return { total, matched, truncated, items, cursor: hasMore && last ? cursorOf(last, order) : null }
}

function factsOf({ subject, requests }: Recorder, rules: MaskRules): SearchFacts {
  return {
    now: subject.now(),
    rules,
    stateOf: (item) => subject.stateOf(item),
    handlesAt(path) {
      const handles = new Set<string>()
      for (const entry of requests.newest())
        if (entry.handle !== null && entry.path.startsWith(path)) handles.add(entry.handle)
      return handles
    },
  }
}

function filterOf(name: string, facts: SearchFacts): (item: Item) => boolean {
  if (!FILTERS.includes(name)) throw badRequest(`filter must be one of: ${FILTERS.join(', ')}.`)
  return isTest(name, facts) ?? (() => true)
}

/** Values are in the store alone, so a search for them reads it. @returns whether there are more than were looked at. */
async function lookAtAll(
  { index, subject }: Recorder,
  search: Search,
  look: (item: Item, full: FullItem | undefined) => void,
): Promise<boolean> {
  const slices = new Slices()
  if (search.matchesValues !== undefined) {
    for await (const batch of subject.items())
      for (const item of batch) {
        look(item, item)
        await slices.rest()
      }
    return false
  }
  const { items, truncated } = await index.read()
  let count = 0
  for (const item of items.values()) {
    look(item, undefined)
    count += 1
    // Asking for the time costs as much as looking at a session.
    if (count % 64 === 0) await slices.rest()
  }
  return truncated
}

/** The best of what is offered, sorted. */
class Page {
  readonly items: Item[] = []
  hasMore = false

  constructor(
    private readonly order: Order,
    private readonly limit: number,
    private readonly after: Place | undefined,
  ) {}

  offer(item: Item): void {
    const { order, items, limit, after } = this
    if (after !== undefined && order.compareTo(item, after) <= 0) return
    const last = items.at(-1)
    if (items.length === limit) {
      this.hasMore = true
      if (last !== undefined && order.compare(item, last) >= 0) return
      items.pop()
    }
    let [low, high] = [0, items.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (order.compare(item, items[middle] as Item) < 0) high = middle
      else low = middle + 1
    }
    items.splice(low, 0, item)
  }
}
