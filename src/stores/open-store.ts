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
}

type Open = (url: string, options: OpenStoreOptions) => Promise<OpenedStore>

const openRedis: Open = async (url, { prefix }) =>
  new (await import('./redis/redis-store.js')).RedisStore({ url, ...(prefix !== undefined && { prefix }) })

const openPostgres: Open = async (url, { table }) =>
  new (await import('./postgres/postgres-store.js')).PostgresStore({
    url,
    ...(table !== undefined && { table }),
  })

const openSqlite: Open = async (url, { table }) =>
  new (await import('./sqlite/sqlite-store.js')).SqliteStore({
    path: url.replace(/^sqlite:(?:\/\/(?=\/))?/, ''),
    ...(table !== undefined && { table }),
  })

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
 * scheme, since a URL may hold a password.
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
