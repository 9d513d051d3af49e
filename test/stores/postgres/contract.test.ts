import pg from 'pg'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { PostgresStore, type PostgresStoreOptions } from '../../../src/postgres.js'
import { fakeClock, storeContract } from '../../../src/testing.js'
import { hasPostgres, startPostgres } from '../../support/postgres-server.js'
import type { TestServer } from '../../support/server-process.js'

describe.skipIf(!hasPostgres)('PostgresStore keeps the store contract', () => {
  const clock = fakeClock()
  let server: TestServer
  let pool: pg.Pool
  beforeAll(async () => {
    server = await startPostgres()
    pool = new pg.Pool({ connectionString: server.url })
  })
  afterAll(async () => {
    await pool.end()
    await server.remove()
  })

  const cases = (options: () => PostgresStoreOptions): void => {
    const create = async (): Promise<PostgresStore> => {
      const store = new PostgresStore({ ...options(), clock })
      await store.clear()
      return store
    }
    for (const { name, run } of storeContract({ create, clock })) test(name, run)
  }

  describe('on a pool', () => cases(() => ({ pool })))
  describe('on a URL', () => cases(() => ({ url: server.url, table: 'public.of_a_url' })))
})
