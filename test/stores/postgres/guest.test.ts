import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { PostgresStore } from '../../../src/postgres.js'
import { openStore } from '../../../src/stores/open-store.js'
import { hasPostgres } from '../../support/postgres-server.js'
import { useDatabase } from './database.js'

describe.skipIf(!hasPostgres)('a guest of a database', () => {
  const db = useDatabase()
  const isThere = () => db.ask("SELECT to_regclass('sessmw_sessions') IS NOT NULL AS found")

  it('makes no table in it, and finds one once the application has made it', async () => {
    await expect(openStore(db.server.url, { isGuest: true })).rejects.toMatchObject({
      code: 'store-failed',
      message: 'There is no table "sessmw_sessions" in this database.',
      fix: expect.stringMatching(/--table.*start once/),
    })
    expect(await isThere()).toEqual({ found: false })
    await db.newStore().ready()
    const guest = await openStore(db.server.url, { isGuest: true })
    expect(await guest.count()).toBe(0)
    await guest.close?.()
  })

  it('sweeps only when it is asked to', async () => {
    const record = { version: 1, createdAt: 1, lastSeenAt: 1, expiresAt: 1, fields: {} }
    await db.newStore().create('key', record)
    const timers = vi.spyOn(globalThis, 'setTimeout')
    onTestFinished(() => timers.mockRestore())
    const sweeps = () => timers.mock.calls.filter(([, delay]) => Number(delay) >= 30_000).length
    const guest = new PostgresStore({ pool: db.newPool() }, true)
    await guest.ready()
    expect(sweeps()).toBe(0)
    await db.newStore().ready()
    expect(sweeps()).toBe(1)
    expect([await guest.count(), await guest.sweep()]).toEqual([1, 1])
    await guest.close()
  })
})
