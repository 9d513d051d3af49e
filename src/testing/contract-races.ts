import assert from 'node:assert/strict'
import type { Store } from '../core/store.js'
import {
  atOnce,
  type CaseTemplate,
  type Kit,
  lacks,
  mustRead,
  newKey,
  newRecord,
  stored,
} from './contract-kit.js'

async function oneCreateWins({ store, clock }: Kit): Promise<void> {
  const key = newKey()
  const creates = await Promise.allSettled(
    Array.from({ length: 50 }, (_, n) => store.create(key, newRecord(clock, { a: `${n}`, b: `${n}` }))),
  )
  const winners = creates.flatMap(({ status }, n) => (status === 'fulfilled' ? [`${n}`] : []))
  assert.equal(winners.length, 1, `${winners.length} of 50 creates of one key were acknowledged`)
  for (const create of creates)
    if (create.status === 'rejected') assert.equal(create.reason.code, 'store-exists')
  const { a, b } = (await mustRead(store, key)).fields
  assert.deepEqual([a, b], [winners[0], winners[0]])
}

async function keepsAllUpdates(kit: Kit): Promise<void> {
  const { key } = await stored(kit, {})
  const answers = await atOnce(50, (n) => kit.store.update(key, { set: { [`field${n}`]: `${n}` } }))
  assert.ok(answers.every((answer) => answer === 'saved'))
  const { fields, version } = await mustRead(kit.store, key)
  assert.equal(Object.keys(fields).length, 50, 'an acknowledged update was lost')
  assert.equal(version, 51)
}

async function increment(store: Store, key: string): Promise<void> {
  for (;;) {
    const { version, fields } = await mustRead(store, key)
    const n = `${Number(fields['n']) + 1}`
    if ((await store.update(key, { set: { n }, ifVersion: version })) === 'saved') return
  }
}

async function countsTo1000(kit: Kit): Promise<void> {
  const { key } = await stored(kit, { n: '0' })
  await atOnce(4, async () => {
    for (let round = 0; round < 250; round++) await increment(kit.store, key)
  })
  assert.equal((await mustRead(kit.store, key)).fields['n'], '1000')
}

/** One round: a delete in the middle of updates and touches, in an order that changes from round to round. */
async function raceDelete(kit: Kit, round: number): Promise<void> {
  const { store, clock } = kit
  const { key } = await stored(kit)
  const calls = [
    () => store.update(key, { set: { n: '2' }, expiresAt: clock() + 9000 }),
    () => store.delete(key),
    () => store.touch(key, { lastSeenAt: clock(), expiresAt: clock() + 9000 }),
    () => store.update(key, { set: { n: '3' }, owner: 'ada', ifVersion: 1 }),
  ]
  const shift = round % calls.length
  const turned = [...calls.slice(shift), ...calls.slice(0, shift)]
  await Promise.all(turned.map((call) => call()))
  await lacks(store, key)
}

async function staysDeleted(kit: Kit): Promise<void> {
  for (let round = 0; round < 1000; round += 50) await atOnce(50, (n) => raceDelete(kit, round + n))
}

/** What `regenerate` does: whoever really removes the old record may make the new one. */
async function oneRegenerationWins({ store, clock }: Kit): Promise<void> {
  for (let round = 0; round < 20; round++) {
    const old = newKey()
    await store.create(old, newRecord(clock, {}))
    const removed = await atOnce(5, () => store.delete(old))
    assert.equal(removed.filter(Boolean).length, 1, 'more than one delete of a record answered true')
  }
}

/** Numbers that look random and are the same in every run (a linear congruential generator). */
function dice(seed: number): (sides: number) => number {
  let state = seed
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
}

/** Jepsen's set: whatever add was acknowledged is in the final read. */
async function keepsAcknowledgedAdds(kit: Kit): Promise<void> {
  const { key } = await stored(kit, {})
  const roll = dice(26)
  const expected = new Map<string, string>()
  await atOnce(8, async (client) => {
    for (let step = 0; step < 40; step++) {
      const name = `c${client}s${step}`
      assert.equal(await kit.store.update(key, { set: { [name]: `${step}` } }), 'saved')
      expected.set(name, `${step}`)
      if (roll(4) !== 0) continue
      assert.equal(await kit.store.update(key, { unset: [name] }), 'saved')
      expected.delete(name)
    }
  })
  assert.deepEqual({ ...(await mustRead(kit.store, key)).fields }, Object.fromEntries(expected))
}

/**
 * Jepsen's register: with a version at each value, a history is linearizable when each version has one value, and no
 * call sees a version older than one that was known before the call began.
 */
async function isOneRegister(kit: Kit): Promise<void> {
  const { key } = await stored(kit, { n: '0' })
  const roll = dice(62)
  const values = new Map([[1, '0']])
  let known = 1
  const see = (version: number, value: string | undefined, atLeast: number): void => {
    assert.ok(version >= atLeast, `version ${version} was read after version ${atLeast} was acknowledged`)
    assert.equal(values.get(version) ?? value, value, `version ${version} has two values`)
    values.set(version, value ?? '')
    known = Math.max(known, version)
  }
  await atOnce(6, async (client) => {
    for (let step = 0; step < 40; step++) {
      const began = known
      const { version, fields } = await mustRead(kit.store, key)
      see(version, fields['n'], began)
      const n = `${client * 1000 + step}`
      if (roll(3) === 0) continue
      if ((await kit.store.update(key, { set: { n }, ifVersion: version })) === 'saved')
        see(version + 1, n, 0)
    }
  })
  const last = await mustRead(kit.store, key)
  see(last.version, last.fields['n'], known)
}

/** Many calls at once. */
export const raceCases: readonly CaseTemplate[] = [
  { name: 'C17: of 50 creates of one key at once, one wins', check: oneCreateWins },
  { name: 'C18: 50 updates of different fields at once all stay', check: keepsAllUpdates },
  { name: 'C19: 4 clients that add 250 times by compare-and-set reach 1000', check: countsTo1000 },
  { name: 'C20: a record deleted amid updates and touches stays deleted, 1000 times', check: staysDeleted },
  { name: 'C21: of several deletes of one record, one answers true', check: oneRegenerationWins },
  { name: 'C26: every acknowledged change of a random history is in the end', check: keepsAcknowledgedAdds },
  { name: 'C26: a random history of compare-and-set is that of one register', check: isOneRegister },
]
