import { SessmwError } from '../errors.js'
import { assess } from './open.js'
import type { Owner } from './owner.js'
import { toOwner } from './owner.js'
import type { RecordTimes, SessionRecord } from './record.js'
import { handleOf } from './session-id.js'
import type { SessionsCore } from './sessions-core.js'
import type { EnumerableStore, StorePage } from './store.js'

/** Which sessions to list. */
export interface ListOptions {
  readonly owner?: string | number | bigint
  /** Where the page before ended. */
  readonly cursor?: string
  /** Sessions of one page, 1 to 1000. Default 100. */
  readonly limit?: number
}

/** A session as lists show it. Times are milliseconds since 1970. */
export interface SessionSummary extends RecordTimes {
  /** SHA-256 of the id; what `revoke` takes. */
  readonly handle: string
  readonly owner?: Owner
  readonly createdAt: number
}

/** One page of sessions; `cursor` is there when more follow. */
export interface SessionPage {
  readonly sessions: SessionSummary[]
  readonly cursor?: string
}

/** What a store key is called outside: keys of stores of express-session are ids, which are shown to nobody. */
type HandleOf = (key: string) => string

/** Answers with the records after a cursor, `limit` at most. */
type Pages = (limit: number, cursor: string | undefined) => Promise<StorePage>

/** The living sessions of a store, or of one owner. Ended ones take no place in a page. */
export async function listSessions(
  core: SessionsCore,
  store: EnumerableStore,
  options: ListOptions,
): Promise<SessionPage> {
  const handle: HandleOf = core.store.keyOf === undefined ? (key) => key : handleOf
  const isAlive = (record: SessionRecord): boolean => assess(core, record).record !== undefined
  const { records, cursor } = await livingRecords(store, options, isAlive, handle)
  const sessions = records.map(([key, record]) => summary(handle(key), record))
  return cursor === undefined ? { sessions } : { sessions, cursor }
}

/**
 * The records of a page of `listSessions`, for whoever decides by other means which ones are alive.
 *
 * Rejects with `bad-option` for a limit that is no number, or a cursor that is none of this store.
 */
export async function livingRecords(
  store: EnumerableStore,
  options: ListOptions,
  isAlive: (record: SessionRecord) => boolean,
  handle: HandleOf = (key) => key,
): Promise<StorePage> {
  const limit = limitOf(options)
  const pages =
    options.owner === undefined ? pagesOf(store, handle) : pagesOfOwner(store, handle, toOwner(options.owner))
  const living: StorePage['records'][number][] = []
  let { cursor } = options
  do {
    const page = await pages(limit - living.length, cursor)
    cursor = page.cursor
    living.push(...page.records.filter(([, record]) => isAlive(record)))
  } while (cursor !== undefined && living.length < limit)
  return cursor === undefined ? { records: living } : { records: living, cursor }
}

/** Text from a query string that is no number would otherwise mean no limit at all. */
function limitOf({ limit = 100 }: ListOptions): number {
  if (typeof limit === 'number' && !Number.isNaN(limit)) return Math.min(Math.max(1, Math.trunc(limit)), 1000)
  throw new SessmwError('bad-option', 'list() takes a limit from 1 to 1000.')
}

function pagesOf(store: EnumerableStore, handle: HandleOf): Pages {
  const { page } = store
  if (page === undefined) return pagesOfEntries(store, handle)
  return (limit, cursor) => page.call(store, cursor === undefined ? { limit } : { limit, cursor })
}

/** By handle, so that a page goes on where the one before ended even if that session has ended since. */
function pagesOfOwner(store: EnumerableStore, handle: HandleOf, owner: Owner): Pages {
  return async (limit, cursor = '') => {
    const keys = new Map((await store.findByOwner(owner)).map((key) => [handle(key), key]))
    const left = [...keys.keys()].filter((name) => name > cursor).sort()
    const names = left.slice(0, limit)
    const found = await Promise.all(names.map((name) => entryOf(store, keys.get(name) ?? name)))
    return { records: found.flat(), ...(left.length > limit && { cursor: names.at(-1) ?? '' }) }
  }
}

async function entryOf(store: EnumerableStore, key: string): Promise<[string, SessionRecord][]> {
  const found = await store.read(key)
  return found === null || found === 'corrupt' ? [] : [[key, found]]
}

/** For a store without `page`. A cursor whose session is gone begins anew: none may be missed. */
function pagesOfEntries(store: EnumerableStore, handle: HandleOf): Pages {
  return async (limit, cursor) =>
    (await entriesAfter(store, handle, limit, cursor)) ??
    (await entriesAfter(store, handle, limit, undefined)) ?? { records: [] }
}

/** undefined when the cursor is not found. */
async function entriesAfter(
  store: EnumerableStore,
  handle: HandleOf,
  limit: number,
  cursor: string | undefined,
): Promise<StorePage | undefined> {
  const records: (readonly [string, SessionRecord])[] = []
  let skipping = cursor !== undefined
  for await (const entry of store.entries()) {
    const last = records.at(-1)
    if (skipping) skipping = handle(entry[0]) !== cursor
    else if (last !== undefined && records.length === limit) return { records, cursor: handle(last[0]) }
    else records.push(entry)
  }
  return skipping ? undefined : { records }
}

function summary(handle: string, { owner, createdAt, lastSeenAt, expiresAt }: SessionRecord): SessionSummary {
  return { handle, ...(owner !== undefined && { owner }), createdAt, lastSeenAt, expiresAt }
}
