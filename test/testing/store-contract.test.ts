import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { SessionRecord } from '../../src/core/record.js'
import type { EnumerableStore, RecordChange, Store } from '../../src/core/store.js'
import { MemoryStore } from '../../src/stores/memory.js'
import { fakeClock, storeContract } from '../../src/testing.js'

/** The numbers of the cases that a store breaks. */
async function brokenBy(make: (memory: MemoryStore) => Store): Promise<string[]> {
  const clock = fakeClock()
  const broken = new Set<string>()
  for (const { name, run } of storeContract({ create: () => make(new MemoryStore({ clock })), clock }))
    await run().catch(() => broken.add(name.slice(0, name.indexOf(':'))))
  return [...broken]
}

/** A memory store with some methods of its own. */
const flawed =
  (flaws: (memory: MemoryStore) => Partial<EnumerableStore>) =>
  (memory: MemoryStore): Store => {
    const store: EnumerableStore = {
      create: (key, record, context) => memory.create(key, record, context),
      read: (key, context) => memory.read(key, context),
      update: (key, change, context) => memory.update(key, change, context),
      touch: (key, times, context) => memory.touch(key, times, context),
      delete: (key, context) => memory.delete(key, context),
      entries: (context) => memory.entries(context),
      count: (context) => memory.count(context),
      clear: (context) => memory.clear(context),
      findByOwner: (owner, context) => memory.findByOwner(owner, context),
      deleteByOwner: (owner, options, context) => memory.deleteByOwner(owner, options, context),
      close: () => memory.close(),
    }
    return Object.assign(store, flaws(memory))
  }

/** Read, change, write back: what a store without an atomic update does. */
async function rewrite(memory: MemoryStore, key: string, change: RecordChange): Promise<'saved' | 'missing'> {
  const old = await memory.read(key)
  if (old === null) return 'missing'
  await nextTurn()
  const fields = { ...old.fields, ...change.set }
  for (const name of change.unset ?? []) delete fields[name]
  return (await memory.update(key, { ...change, set: fields })) === 'saved' ? 'saved' : 'missing'
}

const emptyRecord = (fields: Readonly<Record<string, string>>): SessionRecord => ({
  version: 1,
  createdAt: 1,
  lastSeenAt: 1,
  expiresAt: 1,
  fields,
})

/** A store that keeps the very objects it is given and gives them out. */
function sharingStore(): Store {
  const rows = new Map<string, SessionRecord>()
  return {
    create: async (key, record) => {
      rows.set(key, record)
    },
    read: async (key) => rows.get(key) ?? null,
    update: async (key, { set = {} }) => {
      const row = rows.get(key)
      if (row) Object.assign(row.fields, set)
      return row ? 'saved' : 'missing'
    },
    touch: async (key, times) => Object.assign(rows.get(key) ?? {}, times) && rows.has(key),
    delete: async (key) => rows.delete(key),
  }
}

describe('storeContract', () => {
  it('passes for the memory store', async () => {
    expect(await brokenBy((memory) => memory)).toEqual([])
  })

  it('passes for a store that cannot list its sessions', async () => {
    const basic = (memory: MemoryStore): Store => {
      const { create, read, update, touch, delete: remove, close } = flawed(() => ({}))(memory)
      return { create, read, update, touch, delete: remove, ...(close && { close }) }
    }
    expect(await brokenBy(basic)).toEqual([])
  })

  it('gives every case a name of its own that begins with its number', () => {
    const names = storeContract({ create: () => new MemoryStore(), clock: fakeClock() }).map(
      ({ name }) => name,
    )
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^C\d+(?:, C\d+)*: \S/)
    for (let n = 1; n <= 26; n++) expect(names.join('\n')).toMatch(new RegExp(`\\bC${n}\\b`))
  })

  it('closes the store of every case', async () => {
    let open = 0
    const make = flawed((memory) => ({
      close: async () => {
        open -= 1
        await memory.close()
      },
    }))
    await brokenBy((memory) => {
      open += 1
      return make(memory)
    })
    expect(open).toBeLessThanOrEqual(0)
  })
})

describe('storeContract fails', () => {
  const cases: [flaw: string, broken: string, make: (memory: MemoryStore) => Store][] = [
    [
      'a store whose create replaces a record',
      'C3',
      flawed((memory) => ({
        create: async (key, record, context) => {
          if (context === undefined) await memory.delete(key)
          await memory.create(key, record, context)
        },
      })),
    ],
    [
      'a store whose update creates',
      'C6',
      flawed((memory) => ({
        update: async (key, change, context) => {
          const answer = await memory.update(key, change, context)
          if (answer === 'missing') await memory.create(key, emptyRecord(change.set ?? {}))
          return answer
        },
      })),
    ],
    [
      'a store whose touch creates',
      'C7',
      flawed((memory) => ({
        touch: async (key, times, context) => {
          const isThere = await memory.touch(key, times, context)
          if (!isThere) await memory.create(key, { ...emptyRecord({}), ...times })
          return isThere
        },
      })),
    ],
    [
      'a store whose touch adds to the version',
      'C8',
      flawed((memory) => ({
        touch: async (key, { lastSeenAt, expiresAt }, context) =>
          (await memory.update(key, { lastSeenAt, expiresAt }, context)) === 'saved',
      })),
    ],
    ['a store that shares its objects', 'C2', () => sharingStore()],
    [
      'a store that serves the record of another key',
      'C16',
      flawed((memory) => {
        let last = ''
        return {
          create: (key, record, context) => {
            last = key
            return memory.create(key, record, context)
          },
          read: async (key, context) => (await memory.read(key, context)) && memory.read(last, context),
        }
      }),
    ],
    [
      'a store that loses a field on update',
      'C4',
      flawed((memory) => ({
        update: async (key, change, context) => {
          const old = await memory.read(key)
          const lost = old ? Object.keys(old.fields).slice(0, 1) : []
          const unset = [...(change.unset ?? []), ...lost.filter((name) => !(name in (change.set ?? {})))]
          return memory.update(key, { ...change, unset }, context)
        },
      })),
    ],
    [
      'a store that ignores ifVersion',
      'C5',
      flawed((memory) => ({
        update: (key, { ifVersion: _, ...change }, context) => memory.update(key, change, context),
      })),
    ],
    [
      'a store that compares versions in one step and writes in another',
      'C19',
      flawed((memory) => ({
        update: async (key, { ifVersion, ...change }, context) => {
          const old = await memory.read(key, context)
          if (old === null) return 'missing'
          if (ifVersion !== undefined && ifVersion !== old.version) return 'conflict'
          return memory.update(key, change, context)
        },
      })),
    ],
    [
      'a store that writes whole records back',
      'C26',
      flawed((memory) => ({ update: (key, change) => rewrite(memory, key, change) })),
    ],
    [
      'a store that hides expired records',
      'C11',
      flawed((memory) => ({
        read: async (key, context) => {
          const record = await memory.read(key, context)
          return record && record.expiresAt < Date.UTC(2031, 0, 1) ? null : record
        },
      })),
    ],
    [
      'a store that throws instead of rejecting',
      'C14',
      flawed((memory) => ({
        read: (key, context) => {
          if (key.length !== 43) throw new Error('bad key')
          return memory.read(key, context)
        },
      })),
    ],
    [
      'a store that forgets to move sessions between owners',
      'C22',
      flawed((memory) => ({
        update: (key, { owner: _, ...change }, context) => memory.update(key, change, context),
      })),
    ],
    ['a store that ignores the signal', 'C23', flawed((memory) => ({ read: (key) => memory.read(key) }))],
    ['a store that works after close', 'C24', flawed(() => ({ close: async () => {} }))],
  ]

  it.each(cases)('%s, in %s', async (_, broken, make) => {
    expect(await brokenBy(make)).toContain(broken)
  })
})
