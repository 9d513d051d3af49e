import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { createSessions } from '../../../src/index.js'
import { SqliteStore } from '../../../src/sqlite.js'
import { newRecord } from './records.js'

const KEY = 'k'.repeat(43)
const folder = mkdtempSync(join(tmpdir(), 'sessmw-small-disk-'))
const isMounted = mountSmallDisk()

/** Two megabytes, in memory; only root may mount it, and only outside of most containers. */
function mountSmallDisk(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder], { stdio: 'ignore' })
    return true
  } catch (cause) {
    console.log(`A full disk is not tested, because a small tmpfs cannot be mounted here: ${cause}`)
    return false
  }
}

afterAll(() => {
  if (isMounted) execFileSync('umount', ['-l', folder])
  rmSync(folder, { recursive: true, force: true })
})

/** A file that takes all of the space that is left. */
const filler = join(folder, 'filler')
function fill(): void {
  const { bavail, bsize } = statfsSync(folder)
  writeFileSync(filler, Buffer.alloc(bavail * bsize))
}

describe.skipIf(!isMounted)('a disk that is full', () => {
  let store: SqliteStore
  const path = join(folder, 'sessions.db')
  const full = { code: 'store-failed', message: 'SQLite failed: database or disk is full.' }
  const large = { large: JSON.stringify('x'.repeat(60_000)) }

  beforeEach(async () => {
    for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true })
    store = new SqliteStore({ path })
    await store.create(KEY, newRecord({ n: '1', other: '"stays"' }))
    return async () => {
      await store.close()
      rmSync(filler, { force: true })
    }
  })

  it('rejects writes, keeps the old record, and works again when there is space', async () => {
    const before = await store.read(KEY)
    fill()
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(store.update(KEY, { set: { n: '2', ...large } })).rejects.toMatchObject(full)
      await expect(store.create('new', newRecord(large))).rejects.toMatchObject(full)
      expect(await store.read(KEY)).toEqual(before)
      expect(await store.read('new')).toBeNull()
    }
    rmSync(filler)
    expect(await store.update(KEY, { set: { n: '2', ...large } })).toBe('saved')
    await store.create('new', newRecord(large))
    expect(await store.read(KEY)).toMatchObject({
      version: 2,
      fields: { n: '2', other: '"stays"', ...large },
    })
  })

  it('still shows the old record to whoever opens it next', async () => {
    fill()
    await expect(store.update(KEY, { set: large })).rejects.toMatchObject(full)
    await store.close()
    rmSync(filler)
    const next = new SqliteStore({ path })
    expect(await next.read(KEY)).toMatchObject({ version: 1, fields: { n: '1' } })
    await next.close()
  })

  it('gives no cookie for a session that could not be stored', async () => {
    const sessions = createSessions({ secretKey: 'a secret of more than 32 characters, for tests', store })
    const session = await sessions.open()
    Object.assign(session.data, { large: 'x'.repeat(60_000) })
    fill()
    await expect(sessions.commit(session)).rejects.toMatchObject({ code: 'store-failed', status: 503 })
    expect(session.verdict.save).toBe('failed')
  })
})
