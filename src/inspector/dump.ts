import { SessmwError } from '../errors.js'
import { dataText } from './detail.js'
import type { MaskRules } from './mask.js'
import { Newest } from './newest.js'
import type { FullItem, Item, Subject } from './subject.js'

/** How many sessions a dump shows at most. */
export const MAX_SESSIONS = 1000

/** How a dump is made. */
export interface DumpOptions {
  /** Sessions to show, 1 to 1000: those seen last. */
  readonly limit: number
  readonly rules: MaskRules
  isVisible(item: Item): boolean
}

/**
 * `{now, store, count, sessions: [{handle, owner, data, createdAt, lastSeenAt, expiresAt}]}` as JSON text in parts.
 * `count` is the number of living sessions, of which `sessions` are those seen last. Times are milliseconds since 1970;
 * `owner` is null for anonymous sessions; data is in the JSON form that stores have.
 *
 * It reads through the store alone: nothing is created, touched or extended. Every record is looked at, and no more
 * than `limit` of them are held.
 *
 * Rejects with `store-incapable`, or with what the store rejects with, before the first part.
 */
export async function dump(
  subject: Subject,
  { limit, rules, isVisible }: DumpOptions,
): Promise<Iterable<string>> {
  if (subject.capabilities.list !== 'all') {
    throw new SessmwError('store-incapable', 'This store does not list what it holds, so there is no dump.')
  }
  const newest = new Newest<FullItem>(limit)
  let count = 0
  for await (const batch of subject.items())
    for (const item of batch) {
      if (subject.stateOf(item) !== 'alive' || !isVisible(item)) continue
      count += 1
      newest.add(item)
    }
  const head = JSON.stringify({ now: subject.now(), store: subject.storeName, count })
  return textOf(head, newest.list(), rules)
}

function* textOf(head: string, items: readonly FullItem[], rules: MaskRules): Generator<string> {
  yield `${head.slice(0, -1)},"sessions":[`
  let separator = '\n'
  for (const item of items) {
    yield `${separator}${sessionText(item, rules)}`
    separator = ',\n'
  }
  yield '\n]}\n'
}

function sessionText(item: FullItem, rules: MaskRules): string {
  const { handle, owner, createdAt, lastSeenAt, expiresAt } = item
  const head = JSON.stringify({ handle, owner })
  const times = JSON.stringify({ createdAt, lastSeenAt, expiresAt })
  return `${head.slice(0, -1)},"data":${dataText(item, rules).data},${times.slice(1)}`
}
