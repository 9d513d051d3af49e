import { readFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { SqliteStore } from '../../../src/sqlite.js'
import { openStore } from '../../../src/stores/open-store.js'
import { newFile, removeFiles } from './files.js'
import { newRecord } from './records.js'

const KEY = 'k'.repeat(43)

afterEach(() => {
  vi.useRealTimers()
  removeFiles()
})

describe('a guest of a database', () => {
  it.each(['', 'CREATE TABLE notes (text TEXT)'])('makes no table in it: %j', async (sql) => {
    const path = newFile()
    new Database(path).exec(sql).close()
    const before = readFileSync(path)
    await expect(openStore(`sqlite:${path}`, { isGuest: true })).rejects.toMatchObject({
      code: 'store-failed',
      message: 'There is no table sessmw_sessions in this file.',
      fix: expect.stringMatching(/--table.*start once/),
    })
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  it('does what it is asked, and sweeps only then', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'Date'] })
    const path = newFile()
    const own = new SqliteStore({ path })
    await own.create(KEY, newRecord({}, { expiresAt: 1 }))
    await own.close()
    const guest = await openStore(`sqlite:${path}`, { isGuest: true })
    await vi.advanceTimersByTimeAsync(600_000)
    expect(await guest.count()).toBe(1)
    expect(await guest.sweep()).toBe(1)
    await guest.close?.()
  })

  it('finds the table once the application has made it', async () => {
    const path = newFile()
    const guest = new SqliteStore({ path }, true)
    await expect(guest.read(KEY)).rejects.toMatchObject({ code: 'store-failed' })
    const own = new SqliteStore({ path })
    await own.ready()
    expect(await guest.read(KEY)).toBeNull()
    await Promise.all([own.close(), guest.close()])
  })
})
