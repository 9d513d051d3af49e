import { EventEmitter } from 'node:events'
import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import { createSessions } from '../../../src/index.js'
import { type PostgresPool, PostgresStore } from '../../../src/postgres.js'
import { withDeadline } from '../../../src/stores/deadline.js'
import { SECRET } from '../../support/http.js'
import { hasPostgres } from '../../support/postgres-server.js'
import { useDatabase } from './database.js'

const record = { version: 1, createdAt: 1, lastSeenAt: 1, expiresAt: 9e15, fields: { n: '1' } }

describe.skipIf(!hasPostgres)('PostgresStore under faults', () => {
  const db = useDatabase()
  const backends =
    "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"

  /** Ends every connection of this pool, and waits until the pool has seen it. */
  async function terminate(pool: pg.Pool): Promise<void> {
    const left = pool.totalCount
    const gone = new Promise<void>((resolve) => {
      let removed = 0
      pool.on('remove', () => (++removed === left ? resolve() : undefined))
    })
    await db.pool.query(`SELECT pg_terminate_backend(pid) FROM (${backends}) others`)
    await gone
  }

  /** Resolves when a statement of a store waits for a lock. */
  async function untilOneWaits(): Promise<void> {
    while (
      (await db.ask("SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock'")).n === 0
    );
  }

  it('saves what was loaded before its connections were ended', async () => {
    const pool = db.newPool()
    const sessions = createSessions({ secretKey: SECRET, store: db.newStore({ pool }), clock: db.clock })
    const first = await sessions.open(undefined)
    first.data.n = 1
    const cookie = (await sessions.commit(first))?.split(';')[0]
    const second = await sessions.open(cookie)
    second.data.n = 2
    await terminate(pool)
    await sessions.commit(second)
    expect(second.verdict.save).toBe('updated')
    expect((await sessions.open(cookie)).data.n).toBe(2)
  })

  it('rejects the call whose connection was ended, applies nothing, and goes on', async () => {
    const store = db.newStore()
    await store.create('key', record)
    const other = await db.newPool().connect()
    await other.query("BEGIN; SELECT FROM sessmw_sessions WHERE key = 'key' FOR UPDATE")
    const update = expect(store.update('key', { set: { n: '2' } })).rejects.toThrow(/terminat/)
    await untilOneWaits()
    await db.pool.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
    )
    await update
    await other.query('ROLLBACK')
    other.release()
    expect(await store.read('key')).toEqual(record)
    expect(await store.update('key', { set: { n: '3' } })).toBe('saved')
  })

  it.each(['stop', 'kill'] as const)(
    'rejects while the server is away after a %s, and recovers by itself',
    async (end) => {
      const pool = db.newPool()
      const stores = [db.newStore(), db.newStore({ pool })]
      await stores[0]?.create('key', record)
      await stores[1]?.read('key')
      await db.server[end]()
      for (const store of stores) await expect(store.read('key')).rejects.toThrow()
      const unready = db.newStore()
      await expect(unready.ready()).rejects.toThrow()
      await db.server.start()
      for (const store of [...stores, unready]) expect(await store.read('key')).toEqual(record)
    },
  )

  it('answers in time while the server hangs, holds a bounded number of calls, sends none late, and recovers', async () => {
    const pool = db.newPool({ max: 4 })
    const store = db.newStore({ pool })
    await store.create('key', record)
    await Promise.all(Array.from({ length: 4 }, () => store.read('key')))
    const guarded = withDeadline(store, 100)
    db.server.pause()
    const answers = await Promise.allSettled(
      Array.from({ length: 5300 }, (_, n) => guarded.update('key', { set: { n: `${n}` } })),
    )
    const waiting = pool.waitingCount
    db.server.resume()
    const codes = answers.map((answer) => (answer.status === 'rejected' ? answer.reason.code : answer.value))
    expect(codes.filter((code) => code === 'store-timeout')).toHaveLength(5000)
    expect(codes.filter((code) => code === 'store-failed')).toHaveLength(300)
    expect(waiting).toBe(4996)
    expect(await untilFree(() => store.update('key', { set: { last: '1' } }))).toBe('saved')
    // At most the four that were on their way when the server stopped, and the last one.
    const after = await store.read('key')
    expect(after).toMatchObject({ fields: { last: '1' } })
    expect(after).toHaveProperty(
      'version',
      expect.toSatisfy((version: number) => version <= 6),
    )
    expect(pool.waitingCount).toBe(0)
  })

  it('never sends a call that was given up while it waited for a connection', async () => {
    const pool = db.newPool({ max: 1 })
    const store = db.newStore({ pool })
    await store.ready()
    const client = await pool.connect()
    const controller = new AbortController()
    const create = store.create('key', record, controller)
    const reason = new Error('given up')
    controller.abort(reason)
    client.release()
    await expect(create).rejects.toBe(reason)
    expect(await store.read('key')).toBeNull()
  })

  it.each([
    ['reads only', 'SET default_transaction_read_only = on', /read-only/],
    ['was left in a failed transaction', 'BEGIN; SELECT 1 / 0', /current transaction is aborted/],
  ])('closes a connection that %s, and saves over the next one', async (_name, sql, message) => {
    const pool = db.newPool({ max: 1 })
    const store = db.newStore({ pool })
    await store.create('key', record)
    const client = await pool.connect()
    await client.query(sql).catch(() => undefined)
    client.release()
    await expect(store.update('key', { set: { n: '2' } })).rejects.toThrow(message)
    expect(await store.update('key', { set: { n: '3' } })).toBe('saved')
    expect(await store.read('key')).toMatchObject({ version: 2, fields: { n: '3' } })
  })

  it('outlives the errors of idle connections, with the pool of somebody who does not listen', async () => {
    const pool = db.newPool()
    pool.removeAllListeners('error')
    const store = db.newStore({ pool })
    await store.ready()
    await terminate(pool)
    expect(await store.count()).toBe(0)
  })
})

/** Tries until the calls that the store still holds are through. */
async function untilFree<Result>(call: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if (!String(error).includes('too busy')) throw error
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

describe('a connection of a pool', () => {
  /** A pool whose one client answers each query and breaks in the same moment. */
  function breakingPool(): { pool: PostgresPool; released: unknown[] } {
    const released: unknown[] = []
    const client = Object.assign(new EventEmitter(), {
      release: (error?: unknown) => void released.push(error),
      query: async () => {
        client.emit('error', new Error('terminating connection'))
        return { rows: [['sessmw sessions, schema 1']], rowCount: 1 }
      },
    })
    const pool = Object.assign(new EventEmitter(), {
      query: client.query,
      connect: async () => client,
      totalCount: 1,
    })
    return { pool, released }
  }

  it('that breaks together with its answer ends no process, and is given back once', async () => {
    const { pool, released } = breakingPool()
    const store = new PostgresStore({ pool })
    expect(await store.delete('key')).toBe(true)
    expect(released).toEqual([undefined, undefined])
    await store.close()
  })
})
