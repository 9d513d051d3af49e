// The store in docs/stores.md, checked as it says that one's own store is checked.
import { mkdtempSync, rmSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Store } from '../../src/index.js'
import { fakeClock, storeContract } from '../../src/testing.js'
import { root } from '../support/sources.js'

const { FileStore }: { FileStore: new (options: { folder: string }) => Store } = await import(
  join(root, 'examples/own-store/file-store.js')
)

const folder = mkdtempSync(join(tmpdir(), 'sessmw-file-store-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the example of a store keeps the contract', () => {
  let count = 0
  const clock = fakeClock()
  const create = () => new FileStore({ folder: join(folder, `${count++}`) })
  for (const { name, run } of storeContract({ create, clock })) test(name, run)
})

test('a file that is cut off reads as corrupt', async () => {
  const own = join(folder, 'cut')
  const store = new FileStore({ folder: own })
  const now = Date.now()
  await store.create('key', {
    version: 1,
    createdAt: now,
    lastSeenAt: now,
    expiresAt: now,
    fields: { a: '1' },
  })
  const [name = ''] = await readdir(own)
  await writeFile(join(own, name), '{"version":1,')
  expect(await store.read('key')).toBe('corrupt')
  expect(await store.update('key', { set: { a: '2' } })).toBe('missing')
})
