import type { StoreContext } from '../../core/store.js'
import { SessmwError } from '../../errors.js'
import { isAborted } from '../deadline.js'

/** One row: the text of each column as the server wrote it. */
export type Row = readonly (string | null)[]

/** What the store asks a client of `pg`. */
export interface PostgresQuery {
  readonly text: string
  /** A statement with a name is parsed and planned once per connection. */
  readonly name?: string
  readonly values?: unknown[]
  readonly rowMode: 'array'
  readonly types: { getTypeParser(): (value: string) => string }
  readonly query_timeout: number
}

/** What a client of `pg` answers. */
export interface PostgresResult {
  readonly rows: unknown[][]
  readonly rowCount: number | null
}

/** What the store needs of a client that comes from a pool of `pg`. */
export interface PostgresClient {
  query(query: PostgresQuery): Promise<PostgresResult>
  release(error?: Error | boolean): void
  on(event: 'error', listener: () => void): unknown
  removeListener(event: 'error', listener: () => void): unknown
}

/** What the store needs of a `Pool` of the package `pg`. */
export interface PostgresPool {
  connect(): Promise<PostgresClient>
  on(event: 'error', listener: () => void): unknown
  removeListener(event: 'error', listener: () => void): unknown
  readonly totalCount: number
}

/** A statement, and what it is called on a connection. */
export interface Statement {
  readonly text: string
  readonly name?: string
}

/** Runs one statement. */
export type Run = (statement: Statement, values?: unknown[]) => Promise<{ rows: Row[]; count: number }>

/** A pool that the store made, which it must end. */
export interface OwnPool extends PostgresPool {
  end(): Promise<void>
}

/**
 * Milliseconds for a statement, or for a new connection, of which nobody waits any more: frees what hangs on a server
 * that has vanished. Callers give up long before, at `storeTimeout`.
 */
const TIMEOUT_MS = 10_000

/** Calls under way at once: when the server hangs, more would only take memory until their deadlines. */
const MAX_CALLS = 5000

/**
 * Without a listener, Node ends the process when an idle connection breaks. Nothing is lost by that: the pool has
 * dropped the connection already, and the next call opens another one or rejects.
 */
export const ignoreBroken = (): void => undefined

/** The application may have set parsers for types, for all of `pg`; the store reads the text itself. */
const RAW = { getTypeParser: () => (value: string) => value }

/**
 * A pool for this URL.
 *
 * `statement_timeout` makes the server give up too, so that a statement that had to wait for a lock is not carried out
 * long after its caller has left.
 *
 * @throws SessmwError `bad-option` when `pg` is not installed.
 */
export async function makePool(url: string): Promise<OwnPool> {
  const { default: pg } = await import('pg').catch((cause) => {
    const message = 'PostgresStore needs the package pg, which cannot be loaded: npm install pg'
    throw new SessmwError('bad-option', message, { cause })
  })
  return new pg.Pool({
    connectionString: url,
    connectionTimeoutMillis: TIMEOUT_MS,
    statement_timeout: TIMEOUT_MS,
    keepAlive: true,
    allowExitOnIdle: true,
  })
}

/**
 * Runs `work` on one connection of the pool, unless the context was aborted before there was one. A connection on which
 * something failed is closed rather than used again.
 */
export async function withClient<Result>(
  pool: PostgresPool,
  work: (run: Run) => Promise<Result>,
  context?: StoreContext,
): Promise<Result> {
  const client = await pool.connect()
  if (context !== undefined && isAborted(context)) {
    client.release()
    throw context.signal?.reason
  }
  client.on('error', ignoreBroken)
  try {
    const result = await work(runOn(client))
    client.release()
    return result
  } catch (cause) {
    client.release(true)
    throw cause
  } finally {
    client.removeListener('error', ignoreBroken)
  }
}

function runOn(client: PostgresClient): Run {
  return async (statement, values = []) => {
    const { rows, rowCount } = await client.query({
      ...statement,
      values,
      rowMode: 'array',
      types: RAW,
      query_timeout: TIMEOUT_MS,
    })
    return { rows: rows as (string | null)[][], count: rowCount ?? 0 }
  }
}

/** Runs the statements of one store, each on a connection of its own, with a bound on how many wait. */
export class Runner {
  readonly #open: () => Promise<PostgresPool>
  #calls = 0

  /** @param open Answers with the pool once the table is there. */
  constructor(open: () => Promise<PostgresPool>) {
    this.#open = open
  }

  /**
   * Rejects with the reason of an aborted context; if that happens before a connection is free, the statement is never
   * sent. Rejects with `store-failed` when too many calls are under way.
   */
  async run(statement: Statement, values: unknown[], context: StoreContext | undefined): ReturnType<Run> {
    if (context !== undefined && isAborted(context)) throw context.signal?.reason
    if (this.#calls >= MAX_CALLS) {
      const message = `The PostgreSQL store is too busy: ${MAX_CALLS} calls wait for an answer already.`
      throw new SessmwError('store-failed', message)
    }
    this.#calls += 1
    try {
      return await withClient(await this.#open(), (run) => run(statement, values), context)
    } finally {
      this.#calls -= 1
    }
  }
}
