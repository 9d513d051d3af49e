import assert from 'node:assert/strict'
import {
  type CaseTemplate,
  holds,
  type Kit,
  lacks,
  mustRead,
  newKey,
  newRecord,
  promised,
  stored,
} from './contract-kit.js'

const text = (value: unknown): string => JSON.stringify(value)

async function keepsTimes(kit: Kit): Promise<void> {
  for (const expiresAt of [kit.clock() + 1, kit.clock() + 999, Date.UTC(2999, 11, 31), kit.clock() - 1000]) {
    const { key, record } = await stored(kit, {}, { expiresAt, createdAt: kit.clock() - 1 })
    await holds(kit.store, key, record)
  }
}

async function tellsKeysApart({ store, clock }: Kit): Promise<void> {
  const base = `-_${newKey().slice(2)}`
  const keys = [
    `${base.slice(0, 42)}a`,
    `${base.slice(0, 42)}A`,
    `${base.slice(0, 42)}_`,
    `_-${base.slice(2)}`,
  ]
  for (const key of keys) await store.create(key, newRecord(clock, { key: text(key) }))
  for (const key of keys) assert.equal((await mustRead(store, key)).fields['key'], text(key))
}

async function survivesBadKeys({ store, clock }: Kit): Promise<void> {
  for (const key of [
    '',
    '../../etc/passwd',
    'a'.repeat(100_000),
    'a\u0000b',
    '*',
    '%',
    '__proto__',
    '\ud800',
  ]) {
    const calls = [
      () => store.read(key),
      () => store.update(key, { set: { n: '1' } }),
      () => store.touch(key, { lastSeenAt: clock(), expiresAt: clock() }),
      () => store.delete(key),
    ]
    for (const call of calls) {
      const [answer] = await Promise.allSettled([promised<unknown>(call)])
      if (answer.status === 'rejected') assert.equal(answer.reason?.code, 'store-bad-key')
      else
        assert.ok(
          [null, 'missing', false].includes(answer.value as null),
          `found a record under ${text(key)}`,
        )
    }
  }
}

const VALUES: Record<string, string> = {
  unicode: text('žluťoučký кінь 漢字'),
  emoji: text('👩‍👩‍👧‍👦🏳️‍🌈'),
  lone: text('\ud800 and \udc00'),
  nul: text('a\u0000b'),
  empty: text({}),
  none: text(''),
  spaced: '{ "b" : 1,\n "a" : 1.0 }',
  quotes: text(`'"\\%_;--$1`),
  large: text('x'.repeat(65_536)),
}

async function keepsTexts(kit: Kit): Promise<void> {
  const { key, record } = await stored(kit, VALUES)
  await holds(kit.store, key, record)
  await kit.store.update(key, { set: { ...VALUES, large: text('é'.repeat(65_536)) } })
  assert.equal((await mustRead(kit.store, key)).fields['large'], text('é'.repeat(65_536)))
  const empty = await stored(kit, {})
  await holds(kit.store, empty.key, empty.record)
}

async function keepsNames(kit: Kit): Promise<void> {
  const names = [
    'a.b',
    'a:b',
    ' ',
    '$set',
    '0',
    'toString',
    'hasOwnProperty',
    'version',
    'owner',
    'ключ',
    '🔑',
    "'",
  ]
  const fields = Object.fromEntries(names.map((name) => [name, text(name)]))
  const { key, record } = await stored(kit, fields)
  await holds(kit.store, key, record)
  await kit.store.update(key, {
    set: { ['__proto__']: '{"polluted":true}', valueOf: '1' },
    unset: ['toString'],
  })
  const read = await mustRead(kit.store, key)
  assert.ok(!Object.hasOwn(read.fields, 'toString') && Object.hasOwn(read.fields, 'valueOf'))
  assert.equal(Object.getPrototypeOf(read.fields)?.polluted, undefined)
  assert.equal(Reflect.get({}, 'polluted'), undefined)
}

async function isolatesKeys(kit: Kit): Promise<void> {
  const one = await stored(kit, { who: '"one"' })
  const two = await stored(kit, { who: '"two"' })
  await kit.store.update(one.key, { set: { who: '"changed"' } })
  await holds(kit.store, one.key, { ...one.record, version: 2, fields: { who: '"changed"' } })
  await holds(kit.store, two.key, two.record)
  await kit.store.delete(one.key)
  await lacks(kit.store, one.key)
  await holds(kit.store, two.key, two.record)
}

/** What keys, times, texts and names may look like. */
export const valueCases: readonly CaseTemplate[] = [
  { name: 'C13: times are kept to the millisecond, in the past and far ahead', check: keepsTimes },
  { name: 'C14: keys that differ in one character are different sessions', check: tellsKeysApart },
  { name: 'C14: a strange key finds nothing and throws nothing', check: survivesBadKeys },
  { name: 'C15: texts come back exactly', check: keepsTexts },
  { name: 'C15: any field name is only a field', check: keepsNames },
  { name: 'C16: sessions do not touch each other', check: isolatesKeys },
]
