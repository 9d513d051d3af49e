import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { PostgresStore } from '../../../src/postgres.js'
import { hasPostgres } from '../../support/postgres-server.js'
import { useDatabase } from './database.js'

const run = promisify(execFile)
const storeFailed = (message: RegExp) => ({ code: 'store-failed', message: expect.stringMatching(message) })

describe.skipIf(!hasPostgres)('the table of PostgresStore', () => {
  const db = useDatabase()
  const record = { version: 1, createdAt: 1, lastSeenAt: 1, expiresAt: 9e15, fields: { n: '1' } }
  const comment = (table = 'sessmw_sessions') =>
    db.ask("SELECT obj_description(to_regclass($1), 'pg_class') AS mark", [table])
  /** A role, and a URL with which it connects. */
  const role = async (name: string): Promise<string> => {
    await db.pool.query(`DROP ROLE IF EXISTS ${name}; CREATE ROLE ${name} LOGIN`)
    return db.server.url.replace('postgres@', `${name}@`)
  }

  it('is made once by twenty stores that start at once in two processes', async () => {
    const script = `
      import { PostgresStore } from './src/postgres.ts'
      const stores = Array.from({ length: 10 }, () => new PostgresStore({ url: process.argv[1] }))
      await Promise.all(stores.map((store) => store.ready()))
      await Promise.all(stores.map((store) => store.close()))`
    const args = ['--import', 'tsx', '--input-type=module', '-e', script, db.server.url]
    const other = run(process.execPath, args)
    const stores = Array.from({ length: 10 }, () => db.newStore())
    await Promise.all([other, ...stores.map((store) => store.ready())])
    expect(await comment()).toEqual({ mark: 'sessmw sessions, schema 1' })
    for (const store of stores) expect(await store.count()).toBe(0)
  })

  it('lies in the schema that its name says', async () => {
    await db.pool.query('CREATE SCHEMA "Web"')
    const store = db.newStore({ url: db.server.url, table: 'Web.Sessions' })
    await store.create('key', record)
    expect(await db.ask('SELECT count(*)::int AS rows FROM "Web"."Sessions"')).toEqual({ rows: 1 })
    await db.pool.query('DROP SCHEMA "Web" CASCADE')
  })

  it('needs a schema that is there, and says so', async () => {
    const store = db.newStore({ url: db.server.url, table: 'absent.sessions' })
    await expect(store.ready()).rejects.toMatchObject(
      storeFailed(/no schema for the table "absent"\."sessions"/),
    )
    await db.pool.query('CREATE SCHEMA absent')
    await store.ready()
    await db.pool.query('DROP SCHEMA absent CASCADE')
  })

  it.each([
    ['a table', 'CREATE TABLE sessmw_sessions (key text)'],
    [
      'a table with a comment',
      "CREATE TABLE sessmw_sessions (key text); COMMENT ON TABLE sessmw_sessions IS 'x'",
    ],
    ['a view', 'CREATE VIEW sessmw_sessions AS SELECT 1 AS key'],
  ])('is not %s of somebody else, which stays as it is', async (_name, sql) => {
    await db.pool.query(sql)
    const columns = `SELECT array_agg(attname::text ORDER BY attnum) AS names FROM pg_attribute
      WHERE attrelid = 'sessmw_sessions'::regclass AND attnum > 0`
    const before = [await db.ask(columns), await comment()]
    const store = db.newStore()
    for (const call of [store.ready(), store.read('key'), store.create('key', record), store.clear()])
      await expect(call).rejects.toMatchObject(storeFailed(/no table of sessmw, so it is left as it is/))
    expect([await db.ask(columns), await comment()]).toEqual(before)
    if (sql.startsWith('CREATE VIEW')) await db.pool.query('DROP VIEW sessmw_sessions')
  })

  it('of a newer version is refused, and left as it is', async () => {
    await db.newStore().ready()
    await db.pool.query("COMMENT ON TABLE sessmw_sessions IS 'sessmw sessions, schema 2'")
    await expect(db.newStore().ready()).rejects.toMatchObject(storeFailed(/newer sessmw \(schema 2\)/))
    expect(await comment()).toEqual({ mark: 'sessmw sessions, schema 2' })
  })

  it('cannot be made by a role that may not create, which is told what to do', async () => {
    const url = await role('reader')
    const store = db.newStore({ url })
    await expect(store.create('key', record)).rejects.toMatchObject(
      storeFailed(/role may not create .* GRANT SELECT, INSERT, UPDATE, DELETE ON "sessmw_sessions"/),
    )
    await db.newStore().ready()
    await db.pool.query('GRANT SELECT, INSERT, UPDATE, DELETE ON sessmw_sessions TO reader')
    await store.create('key', record)
    expect(await store.read('key')).toEqual(record)
    await store.sweep()
    await store.clear()
    expect(await store.count()).toBe(0)
  })

  it('is made at last when a first try failed', async () => {
    await db.pool.query('ALTER DATABASE postgres SET default_transaction_read_only = on')
    const store = new PostgresStore({ url: db.server.url })
    await expect(store.ready()).rejects.toThrow(/read-only/)
    await db.pool.query('SET default_transaction_read_only = off; ALTER DATABASE postgres RESET ALL')
    await store.ready()
    expect(await comment()).toEqual({ mark: 'sessmw sessions, schema 1' })
    await store.close()
  })
})
