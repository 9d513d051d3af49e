import assert from 'node:assert/strict'
import {
  type CaseTemplate,
  holds,
  type Kit,
  lacks,
  mustRead,
  newKey,
  newRecord,
  rejectsWith,
  stored,
} from './contract-kit.js'

/** Tries to change an object that a store gave out or got; one that is frozen may refuse. */
function meddle(change: () => void): void {
  try {
    change()
  } catch (cause) {
    assert.ok(cause instanceof TypeError, 'a frozen record refuses a change with a TypeError')
  }
}

async function sharesNothing({ store, clock }: Kit): Promise<void> {
  const key = newKey()
  const given = { ...newRecord(clock, { n: '1' }), cookie: { maxAge: 5000 } }
  const expected = structuredClone(given)
  await store.create(key, given)
  meddle(() => Object.assign(given.fields, { n: '2', extra: '3' }))
  meddle(() => Object.assign(given.cookie, { maxAge: 1 }))
  meddle(() => Object.assign(given, { version: 9 }))
  await holds(store, key, expected)
  const read = await mustRead(store, key)
  meddle(() => Object.assign(read.fields, { n: '4', extra: '5' }))
  meddle(() => Object.assign(read, { version: 9, owner: 'eve' }))
  meddle(() => Object.assign(read.cookie ?? {}, { maxAge: 2 }))
  await holds(store, key, expected)
  const set = { m: '1' }
  await store.update(key, { set })
  meddle(() => Object.assign(set, { m: '2' }))
  assert.deepEqual({ ...(await mustRead(store, key)).fields }, { n: '1', m: '1' })
}

async function keepsHeldRecords(kit: Kit): Promise<void> {
  const { key, record } = await stored(kit)
  const before = await mustRead(kit.store, key)
  await kit.store.update(key, { set: { n: '2' }, lastSeenAt: kit.clock() + 5 })
  await kit.store.touch(key, { lastSeenAt: kit.clock() + 9, expiresAt: kit.clock() + 10 })
  assert.deepEqual(
    { ...before.fields },
    { ...record.fields },
    'an update reached a record that was read before',
  )
  assert.equal(before.lastSeenAt, record.lastSeenAt, 'a touch reached a record that was read before')
}

async function insertsOnly(kit: Kit): Promise<void> {
  const { key, record } = await stored(kit)
  await rejectsWith('store-exists', () => kit.store.create(key, newRecord(kit.clock, { other: '2' })))
  await holds(kit.store, key, record)
}

async function merges(kit: Kit): Promise<void> {
  const { key, record } = await stored(kit, { a: '1', b: '2', c: '3' })
  assert.equal(await kit.store.update(key, { set: { b: '20', d: '4' }, unset: ['c', 'absent'] }), 'saved')
  await holds(kit.store, key, { ...record, version: 2, fields: { a: '1', b: '20', d: '4' } })
  assert.equal(await kit.store.update(key, { unset: ['a', 'b', 'd'] }), 'saved')
  await holds(kit.store, key, { ...record, version: 3, fields: {} })
}

async function comparesVersions(kit: Kit): Promise<void> {
  const { key, record } = await stored(kit, { n: '1' }, { version: 7 })
  assert.equal((await mustRead(kit.store, key)).version, 7, 'create() keeps the version it is given')
  assert.equal(await kit.store.update(key, { set: { n: '2' }, ifVersion: 7 }), 'saved')
  assert.equal(await kit.store.update(key, { set: { n: '3' } }), 'saved')
  await holds(kit.store, key, { ...record, version: 9, fields: { n: '3' } })
}

async function setsHeader(kit: Kit): Promise<void> {
  const { key, record } = await stored(kit)
  const times = { lastSeenAt: kit.clock() + 1000, expiresAt: kit.clock() + 7000 }
  await kit.store.update(key, { ...times, owner: 'ada', cookie: { maxAge: 7000 } })
  await holds(kit.store, key, { ...record, ...times, version: 2, owner: 'ada', cookie: { maxAge: 7000 } })
  await kit.store.update(key, { set: { n: '2' } })
  const kept = { ...record, ...times, owner: 'ada', cookie: { maxAge: 7000 }, fields: { n: '2' } }
  await holds(kit.store, key, { ...kept, version: 3 })
  await kit.store.update(key, { owner: null, cookie: null })
  await holds(kit.store, key, { ...record, ...times, version: 4, fields: { n: '2' } })
}

async function refusesOldVersions(kit: Kit): Promise<void> {
  const { key, record } = await stored(kit)
  const change = { set: { n: '2' }, unset: ['n'], owner: 'eve', expiresAt: 1, ifVersion: 2 }
  assert.equal(await kit.store.update(key, change), 'conflict')
  assert.equal(await kit.store.update(key, { ...change, ifVersion: 0 }), 'conflict')
  await holds(kit.store, key, record)
}

async function updateCreatesNothing({ store, clock }: Kit): Promise<void> {
  const key = newKey()
  const change = { set: { n: '1' }, lastSeenAt: clock(), expiresAt: clock() + 1000, owner: 'ada' }
  assert.equal(await store.update(key, change), 'missing')
  assert.equal(await store.update(key, { ...change, ifVersion: 1 }), 'missing')
  await lacks(store, key)
  await store.create(key, newRecord(clock, {}))
  await store.delete(key)
  assert.equal(await store.update(key, change), 'missing')
  await lacks(store, key)
}

async function touchCreatesNothing({ store, clock }: Kit): Promise<void> {
  const key = newKey()
  const times = { lastSeenAt: clock(), expiresAt: clock() + 1000 }
  assert.equal(await store.touch(key, times), false)
  await lacks(store, key)
  await store.create(key, newRecord(clock, {}))
  await store.delete(key)
  assert.equal(await store.touch(key, times), false)
  await lacks(store, key)
}

async function touchSetsTimesOnly(kit: Kit): Promise<void> {
  const { key, record } = await stored(kit, { n: '{ "a" :1}' }, { owner: 'ada', cookie: { maxAge: 5 } })
  const times = { lastSeenAt: kit.clock() + 1000, expiresAt: kit.clock() + 9000 }
  assert.equal(await kit.store.touch(key, times), true)
  await holds(kit.store, key, { ...record, ...times })
}

async function neverGoesBack(kit: Kit): Promise<void> {
  const { key, record } = await stored(kit)
  const lastSeenAt = record.lastSeenAt - 3_600_000
  await kit.store.touch(key, { lastSeenAt, expiresAt: record.expiresAt })
  await kit.store.update(key, { lastSeenAt })
  assert.equal((await mustRead(kit.store, key)).lastSeenAt, record.lastSeenAt)
}

async function deletes(kit: Kit): Promise<void> {
  const { key, record } = await stored(kit)
  const other = await stored(kit)
  assert.equal(await kit.store.delete(key), true)
  await lacks(kit.store, key)
  assert.equal(await kit.store.delete(key), false, 'the second delete answers false')
  await holds(kit.store, other.key, other.record)
  await kit.store.create(key, { ...record, fields: { again: '1' } })
  await holds(kit.store, key, { ...record, fields: { again: '1' } })
}

/** One record at a time: what each method promises. */
export const recordCases: readonly CaseTemplate[] = [
  { name: 'C1: a key that nobody created reads as null', check: ({ store }) => lacks(store, newKey()) },
  {
    name: 'C2: a created record reads back equal',
    check: async (kit) => {
      const { key, record } = await stored(kit, { n: '1' }, { owner: 'ada', cookie: { maxAge: 60_000 } })
      await holds(kit.store, key, record)
    },
  },
  { name: 'C2: changing an object that came or went changes nothing in the store', check: sharesNothing },
  { name: 'C2: a record that was read stays as it was read', check: keepsHeldRecords },
  { name: 'C3: a second create rejects and keeps the first record', check: insertsOnly },
  { name: 'C4: an update merges its fields into the others', check: merges },
  { name: 'C4: each update adds one to the version', check: comparesVersions },
  { name: 'C4: an update sets and removes owner and cookie, and keeps them otherwise', check: setsHeader },
  { name: 'C5: an update for another version conflicts and changes nothing', check: refusesOldVersions },
  { name: 'C6: an update of a missing record creates nothing', check: updateCreatesNothing },
  { name: 'C7: a touch of a missing record creates nothing', check: touchCreatesNothing },
  { name: 'C8: a touch sets the times and nothing else', check: touchSetsTimesOnly },
  { name: 'C8: a clock that went back does not take lastSeenAt back', check: neverGoesBack },
  { name: 'C9, C10: a delete removes one record, once', check: deletes },
]
