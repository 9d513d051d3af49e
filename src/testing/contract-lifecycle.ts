import assert from 'node:assert/strict'
import { handleOf, newSessionId } from '../core/session-id.js'
import { type EnumerableStore, isEnumerable, type Store } from '../core/store.js'
import {
  type CaseTemplate,
  holds,
  type Kit,
  lacks,
  listing,
  newKey,
  newRecord,
  promised,
  rejectsWith,
  stored,
} from './contract-kit.js'

const MINUTE_MS = 60_000

async function keysIn(store: EnumerableStore): Promise<string[]> {
  const keys: string[] = []
  for await (const [key] of store.entries()) keys.push(key)
  return keys.sort()
}

/** Sweeps now, where the store has a method for it. */
async function sweepNow(store: Store): Promise<void> {
  if ('sweep' in store && typeof store.sweep === 'function') await store.sweep()
}

async function keepsExpired(kit: Kit): Promise<void> {
  const { key, record } = await stored(kit, { n: '1' }, { expiresAt: kit.clock() + MINUTE_MS })
  kit.clock.advance(30 * MINUTE_MS)
  await holds(kit.store, key, record)
  assert.equal(
    await kit.store.update(key, { set: { n: '2' } }),
    'saved',
    'the core judges expiry, not the store',
  )
}

async function sweepsLate(kit: Kit): Promise<void> {
  const expired = await stored(kit, {}, { expiresAt: kit.clock() + MINUTE_MS })
  const alive = await stored(kit, {}, { expiresAt: kit.clock() + 300 * MINUTE_MS })
  kit.clock.advance(59 * MINUTE_MS)
  await sweepNow(kit.store)
  await holds(kit.store, expired.key, expired.record)
  kit.clock.advance(3 * MINUTE_MS)
  await sweepNow(kit.store)
  await holds(kit.store, alive.key, alive.record)
}

async function listsAll(store: EnumerableStore, kit: Kit): Promise<void> {
  assert.deepEqual([await keysIn(store), await store.count()], [[], 0], 'create() must give an empty store')
  const one = await stored(kit, { n: '1' }, { owner: 'ada' })
  const two = await stored(kit, { n: '2' }, { expiresAt: kit.clock() - 1 })
  assert.deepEqual(await keysIn(store), [one.key, two.key].sort())
  assert.equal(await store.count(), 2)
  for await (const [key, record] of store.entries())
    assert.deepEqual({ ...record.fields }, { n: key === one.key ? '1' : '2' })
  await store.delete(one.key)
  assert.deepEqual([await keysIn(store), await store.count()], [[two.key], 1])
}

async function listsOnce(store: EnumerableStore, kit: Kit): Promise<void> {
  const made: string[] = []
  for (let n = 0; n < 300; n++) made.push((await stored(kit, { n: `${n}` })).key)
  const seen: string[] = []
  for await (const [key] of store.entries()) {
    seen.push(key)
    if (seen.length % 100 === 0) await store.update(key, { set: { seen: '1' } })
  }
  assert.deepEqual(seen.sort(), made.sort())
}

/** All records that are there from the first page to the last, while every page read is deleted. */
async function pagesAll(store: EnumerableStore, kit: Kit): Promise<void> {
  if (store.page === undefined) return
  const made: string[] = []
  for (let n = 0; n < 60; n++) made.push((await stored(kit, { n: `${n}` })).key)
  for (const limit of [7, 1000]) {
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await store.page(cursor === undefined ? { limit } : { limit, cursor })
      assert.ok(page.records.length <= limit, `a page of ${limit} has ${page.records.length} records`)
      for (const [key, { fields }] of page.records)
        assert.deepEqual({ ...fields }, { n: `${made.indexOf(key)}` })
      seen.push(...page.records.map(([key]) => key))
      if (limit === 1000) for (const [key] of page.records) await store.delete(key)
      cursor = page.cursor
    } while (cursor !== undefined)
    assert.deepEqual(seen.sort(), [...made].sort(), `pages of ${limit} have each record once`)
  }
  assert.deepEqual(await store.page({ limit: 5 }), { records: [] })
}

async function pagesPastDeleted(store: EnumerableStore, kit: Kit): Promise<void> {
  if (store.page === undefined) return
  for (let n = 0; n < 40; n++) await stored(kit)
  let cursor: string | undefined
  do {
    const page = await store.page(cursor === undefined ? { limit: 6 } : { limit: 6, cursor })
    for (const [key] of page.records) assert.equal(await store.delete(key), true)
    cursor = page.cursor
  } while (cursor !== undefined)
  assert.equal(await store.count(), 0, 'records that ended between two pages hid others')
  for (const bad of ['', 'nothing', '-1', '{"a":1}', '\u0000'])
    await rejectsWith('bad-option', async () => store.page?.({ limit: 5, cursor: bad }))
}

async function clears(store: EnumerableStore, kit: Kit): Promise<void> {
  const { key } = await stored(kit, {}, { owner: 'ada' })
  await stored(kit)
  await store.clear()
  assert.deepEqual([await keysIn(store), await store.count(), await store.findByOwner('ada')], [[], 0, []])
  await lacks(store, key)
  await store.create(key, newRecord(kit.clock, {}))
  assert.deepEqual([await store.count(), await store.findByOwner('ada')], [1, []])
}

async function followsOwners(store: EnumerableStore, kit: Kit): Promise<void> {
  const one = await stored(kit, {}, { owner: 'ada' })
  const two = await stored(kit)
  const three = await stored(kit, {}, { owner: 'bob' })
  await store.update(two.key, { owner: 'ada' })
  assert.deepEqual((await store.findByOwner('ada')).sort(), [one.key, two.key].sort())
  await store.update(one.key, { set: { n: '2' } })
  await store.update(two.key, { owner: 'bob' })
  assert.deepEqual(await store.findByOwner('ada'), [one.key])
  assert.deepEqual((await store.findByOwner('bob')).sort(), [two.key, three.key].sort())
  await store.update(two.key, { owner: null })
  await store.delete(three.key)
  await store.touch(one.key, { lastSeenAt: kit.clock(), expiresAt: kit.clock() + MINUTE_MS })
  assert.deepEqual([await store.findByOwner('ada'), await store.findByOwner('bob')], [[one.key], []])
  for (const owner of ['nobody', '__proto__', '*', "'; --"])
    assert.deepEqual(await store.findByOwner(owner), [])
}

async function deletesByOwner(store: EnumerableStore, kit: Kit): Promise<void> {
  const keys: string[] = []
  for (let n = 0; n < 5; n++) keys.push((await stored(kit, {}, { owner: 'ada:{1}*' })).key)
  const other = await stored(kit, {}, { owner: 'bob' })
  const [except = '', ...rest] = keys
  assert.deepEqual((await store.deleteByOwner('ada:{1}*', { except })).sort(), rest.sort())
  assert.deepEqual(await keysIn(store), [except, other.key].sort())
  assert.deepEqual(await store.findByOwner('ada:{1}*'), [except])
  assert.deepEqual(await store.deleteByOwner('ada:{1}*'), [except])
  assert.deepEqual(await store.deleteByOwner('ada:{1}*'), [])
  await holds(store, other.key, other.record)
}

async function heedsSignal({ store, clock }: Kit): Promise<void> {
  const key = newKey()
  const signal = AbortSignal.abort(new Error('too late'))
  const times = { lastSeenAt: clock(), expiresAt: clock() + MINUTE_MS }
  await assert.rejects(promised(() => store.create(key, newRecord(clock, {}), { signal })))
  await assert.rejects(promised(() => store.read(key, { signal })))
  await assert.rejects(promised(() => store.update(key, { set: { n: '1' } }, { signal })))
  await assert.rejects(promised(() => store.touch(key, times, { signal })))
  await assert.rejects(promised(() => store.delete(key, { signal })))
  await lacks(store, key)
}

async function rejectsAfterClose({ store, clock }: Kit): Promise<void> {
  const key = newKey()
  await store.create(key, newRecord(clock, {}))
  if (store.close === undefined) return
  await store.close()
  const times = { lastSeenAt: clock(), expiresAt: clock() + MINUTE_MS }
  await rejectsWith('store-closed', () => store.create(newKey(), newRecord(clock, {})))
  await rejectsWith('store-closed', () => store.read(key))
  await rejectsWith('store-closed', () => store.update(key, { set: { n: '1' } }))
  await rejectsWith('store-closed', () => store.touch(key, times))
  await rejectsWith('store-closed', () => store.delete(key))
  if (!isEnumerable(store)) return
  await rejectsWith('store-closed', () => keysIn(store))
  await rejectsWith('store-closed', () => store.count())
  await rejectsWith('store-closed', () => store.clear())
  await rejectsWith('store-closed', () => store.findByOwner('ada'))
  await rejectsWith('store-closed', () => store.deleteByOwner('ada'))
}

async function dumpsNoId(store: EnumerableStore, { clock }: Kit): Promise<void> {
  if (store.keyOf !== undefined) return
  const id = newSessionId()
  await store.create(handleOf(id), newRecord(clock, { n: '1' }))
  const dump: unknown[] = []
  for await (const entry of store.entries()) dump.push(entry)
  assert.ok(!JSON.stringify(dump).includes(id), 'the id itself is in the store')
}

/** Expiry, listing and the end. */
export const lifecycleCases: readonly CaseTemplate[] = [
  { name: 'C11: an expired record is still there within the hour', check: keepsExpired },
  { name: 'C12: a sweep removes only records whose hour after expiry is over', check: sweepsLate },
  listing('C22: entries and count see every record, expired ones too', listsAll),
  listing('C22: entries gives each record once while records change', listsOnce),
  listing('C22: pages have each record once', pagesAll),
  listing(
    'C22: pages go on where records have ended, and refuse a cursor of somebody else',
    pagesPastDeleted,
  ),
  listing('C22: clear removes everything', clears),
  listing('C22: findByOwner follows every change of owner', followsOwners),
  listing('C22: deleteByOwner removes the records of one owner but the excepted one', deletesByOwner),
  { name: 'C23: a call with an aborted signal rejects and does nothing', check: heedsSignal },
  { name: 'C24: after close every call rejects with store-closed', check: rejectsAfterClose },
  listing('C25: a dump holds no session id', dumpsNoId),
]
