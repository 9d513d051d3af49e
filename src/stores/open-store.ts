import type { EnumerableStore } from '../core/store.js'
import { SessmwError } from '../errors.js'

/** A store that was opened by its URL. */
export interface OpenedStore extends EnumerableStore {
  /** Connects now rather than at the first call. Rejects when that fails. */
  ready(): Promise<void>
  /** Removes records whose hour after expiry is over; answers with how many. */
  sweep(): Promise<number>
}

/** How the store of an application was set up, where it is not the default. */
export interface OpenStoreOptions {
  /** Of keys in Redis. */
  readonly prefix?: string
  /** In SQLite and PostgreSQL. */
  readonly table?: string
  /** For tools beside the application: a table must be there already, and nothing changes unless a call asks for it. */
  readonly isGuest?: boolean
}

type Open = (url: string, options: OpenStoreOptions) => Promise<OpenedStore>

const openRedis: Open = async (url, { prefix }) =>
  new (await import('./redis/redis-store.js')).RedisStore({ url, ...(prefix !== undefined && { prefix }) })

const openPostgres: Open = async (url, { table, isGuest }) => {
  const { PostgresStore } = await import('./postgres/postgres-store.js')
  return checked(new PostgresStore({ url, ...(table !== undefined && { table }) }, isGuest), isGuest)
}

const openSqlite: Open = async (url, { table, isGuest }) => {
  const path = url.replace(/^sqlite:(?:\/\/(?=\/))?/, '')
  const { SqliteStore } = await import('./sqlite/sqlite-store.js')
  return checked(new SqliteStore({ path, ...(table !== undefined && { table }) }, isGuest), isGuest)
}

/** A guest learns at once that its table is not there. */
async function checked(store: OpenedStore, isGuest = false): Promise<OpenedStore> {
  if (!isGuest) return store
  try {
    await store.ready()
    return store
  } catch (cause) {
    await store.close?.()
    throw cause
  }
}

const BY_SCHEME: Readonly<Record<string, Open>> = {
  redis: openRedis,
  rediss: openRedis,
  postgres: openPostgres,
  postgresql: openPostgres,
  sqlite: openSqlite,
}

/**
 * The store behind a URL: `redis://`, `rediss://`, `postgres://`, `postgresql://`, or `sqlite:` and the path of a file.
 *
 * Rejects with `bad-option` for other URLs and options that do not fit; the message has no part of the URL but its
 * scheme, since a URL may hold a password. For a guest, rejects with `store-failed` when there is no such table.
 */
export async function openStore(url: string, options: OpenStoreOptions = {}): Promise<OpenedStore> {
  const scheme = /^([a-z]+):./i.exec(url)?.[1]?.toLowerCase() ?? ''
  const open = Object.hasOwn(BY_SCHEME, scheme) ? BY_SCHEME[scheme] : undefined
  if (open !== undefined) return open(url, options)
  throw new SessmwError(
    'bad-option',
    'This is no URL of a session store. Known are redis://host:6379, postgres://user@host/database and sqlite:sessions.db.',
  )
}
