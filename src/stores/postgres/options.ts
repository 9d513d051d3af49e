import type { Clock } from '../../core/clock.js'
import { checkOptions, refuseOption } from '../store-rules.js'
import type { PostgresPool } from './pool.js'

/** Options of `PostgresStore`: either `pool` or `url`. */
export interface PostgresStoreOptions {
  /**
   * A `Pool` of the package `pg`, which stays yours: `close()` does not end it. Give it `connectionTimeoutMillis` and
   * `statement_timeout`, 10 000 or less, so that a server that hangs is given up.
   */
  readonly pool?: PostgresPool
  /** `postgres://user:password@host:5432/database`; the store makes its own pool, and `close()` ends it. */
  readonly url?: string
  /** The table, or `schema.table`; `sessmw_sessions`. Upper and lower case differ. */
  readonly table?: string
  /** Milliseconds since 1970; `Date.now`. */
  readonly clock?: Clock
}

/** The options after the check; `table` is quoted for SQL. */
export interface ResolvedOptions {
  readonly source: PostgresPool | string
  readonly table: string
  readonly clock: Clock
}

const KNOWN = ['pool', 'url', 'table', 'clock']
const FITS =
  'pass pool: new pg.Pool(...) of the package pg, or url: "postgres://user:password@host/database".'

/** PostgreSQL cuts longer names, so that two tables could become one. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/

/** @throws SessmwError `bad-option` for an unknown option or a value that makes no sense. */
export function resolveOptions(options: PostgresStoreOptions): ResolvedOptions {
  checkOptions('PostgresStore', options, KNOWN)
  const { table = 'sessmw_sessions', clock = Date.now } = options
  return { source: sourceOf(options), table: quote(table), clock }
}

function sourceOf({ pool, url }: PostgresStoreOptions): PostgresPool | string {
  if (pool !== undefined && url !== undefined) refuse('takes either pool or url, not both.')
  if (url !== undefined) return isUrl(url) ? url : refuse(`url must begin with postgres://; ${FITS}`)
  return pool === undefined ? refuse(`needs a database: ${FITS}`) : checkPool(pool)
}

function checkPool(pool: unknown): PostgresPool {
  if (isPool(pool)) return pool
  if (typeof pool === 'string') return refuse(`pool is text; ${FITS}`)
  if (isLike(pool, ['query', 'connect', 'end']))
    return refuse(`pool is a single connection, which never comes back once it ends; ${FITS}`)
  return refuse(`pool is no Pool of the package pg (with pg-promise, take db.$pool); ${FITS}`)
}

/** Whatever begins like a pool of `pg`; a single client has no `totalCount`. */
const isPool = (value: unknown): value is PostgresPool =>
  isLike(value, ['query', 'connect', 'on', 'removeListener']) &&
  typeof Reflect.get(value, 'totalCount') === 'number'

const isLike = (value: unknown, methods: readonly string[]): value is object =>
  typeof value === 'object' &&
  value !== null &&
  methods.every((name) => typeof Reflect.get(value, name) === 'function')

const isUrl = (url: unknown): url is string =>
  typeof url === 'string' && /^postgres(?:ql)?:\/\//.test(url) && URL.canParse(url)

function quote(table: unknown): string {
  const names = typeof table === 'string' ? table.split('.') : []
  if (names.length < 1 || names.length > 2 || !names.every((name) => NAME.test(name)))
    refuse('table must be a name, or schema.name, of letters, digits and _, 63 characters each at most.')
  return names.map((name) => `"${name}"`).join('.')
}

const refuse = (problem: string): never => refuseOption('PostgresStore', problem)
