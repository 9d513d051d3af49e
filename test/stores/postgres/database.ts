import pg from 'pg'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { PostgresStore, type PostgresStoreOptions } from '../../../src/postgres.js'
import { type FakeClock, fakeClock } from '../../../src/testing.js'
import { startPostgres } from '../../support/postgres-server.js'
import type { TestServer } from '../../support/server-process.js'

/** A server for the tests of one file, and stores on it. */
export interface Database {
  readonly clock: FakeClock
  readonly server: TestServer
  /** For the questions of the test itself. */
  readonly pool: pg.Pool
  /** A pool that ends after the test. */
  newPool(config?: pg.PoolConfig): pg.Pool
  /** A store on `url`, closed after the test. */
  newStore(options?: PostgresStoreOptions): PostgresStore
  /** The first row of an answer. */
  ask(text: string, values?: unknown[]): Promise<Record<string, unknown>>
}

/** Starts a server before the tests of this file; removes the tables of each test after it. */
export function useDatabase(): Database {
  const clock = fakeClock()
  const ends: (() => Promise<void>)[] = []
  let server: TestServer
  let pool: pg.Pool
  beforeAll(async () => {
    server = await startPostgres()
    pool = quietPool({ connectionString: server.url })
  })
  afterEach(async () => {
    for (const end of ends.splice(0)) await end()
    await pool.query('DROP TABLE IF EXISTS sessmw_sessions')
  })
  afterAll(async () => {
    await pool.end()
    await server.remove()
  })
  return {
    clock,
    get server() {
      return server
    },
    get pool() {
      return pool
    },
    newPool(config) {
      const made = quietPool({ connectionString: server.url, ...config })
      ends.push(() => made.end())
      return made
    },
    newStore(options) {
      const store = new PostgresStore({ clock, ...(options ?? { url: server.url }) })
      ends.unshift(() => store.close())
      return store
    },
    ask: async (text, values) => (await pool.query(text, values)).rows[0] ?? {},
  }
}

/** Tests stop and kill the server, of which idle connections tell. */
function quietPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(config)
  pool.on('error', () => undefined)
  return pool
}
