import { describe, expect, it } from 'vitest'
import { MAX_INDEXED, SessionIndex } from '../../src/inspector/session-index.js'
import type { FullItem, Subject } from '../../src/inspector/subject.js'
import { gate } from '../support/http.js'

const item = (handle: string, version = '1'): FullItem => ({
  handle,
  key: handle,
  version,
  owner: null,
  createdAt: 0,
  lastSeenAt: 0,
  expiresAt: 1,
  cookieMaxAgeMs: null,
  names: ['secret'],
  bytes: 9,
  fields: { secret: '"canary"' },
  flash: [],
  stored: undefined,
})

/** An index over what `items` yields. */
const indexOf = (items: () => AsyncIterable<readonly FullItem[]>): SessionIndex =>
  new SessionIndex({ items } as unknown as Subject)

/** A store whose reading waits, each time, until it is told to go on. */
function waiting() {
  const gates = [gate(), gate(), gate()]
  let reads = 0
  const index = indexOf(async function* () {
    const opened = gates[reads]?.opened
    reads += 1
    yield [item('a'), item('b'), item('c')]
    await opened
  })
  return { index, goOn: (read: number) => gates[read]?.open(), reads: () => reads }
}

describe('the index of sessions', () => {
  it('has what is written while it is being read, and not what is deleted meanwhile', async () => {
    const { index, goOn } = waiting()
    const reading = index.read()
    index.put(item('b', '2'))
    index.put(item('d'))
    index.delete('c')
    goOn(0)
    const { items } = await reading
    expect([...items.values()].map(({ handle, version }) => `${handle}${version}`)).toEqual([
      'a1',
      'b2',
      'd1',
    ])
  })

  it('is read once for all who ask at the same time', async () => {
    const { index, goOn, reads } = waiting()
    const both = [index.read(), index.read()]
    goOn(0)
    const [one, other] = await Promise.all(both)
    expect([one === other, reads()]).toEqual([true, 1])
  })

  it('is read anew when what was read is forgotten, also while it is being read', async () => {
    const { index, goOn, reads } = waiting()
    const reading = index.read()
    // Long enough to be kept otherwise.
    const until = performance.now() + 50
    while (performance.now() < until) await new Promise((resolve) => setImmediate(resolve))
    index.forget()
    goOn(0)
    await reading
    goOn(1)
    await index.read()
    expect(reads()).toBe(2)
  })

  it('rejects with what the store rejects with, and is read anew afterwards', async () => {
    let reads = 0
    const index = indexOf(async function* () {
      reads += 1
      if (reads === 1) throw new Error('The store is down.')
      yield [item('a')]
    })
    await expect(index.read()).rejects.toThrow('The store is down.')
    expect((await index.read()).items.size).toBe(1)
  })

  it('holds no values, and no more sessions than it may', async () => {
    const index = indexOf(async function* () {
      for (let n = 0; ; n += 500) yield Array.from({ length: 500 }, (_, at) => item(`s${n + at}`))
    })
    const { items, truncated } = await index.read()
    expect([items.size, truncated]).toEqual([MAX_INDEXED, true])
    index.put(item('one more'))
    expect(items.size).toBe(MAX_INDEXED)
    expect(JSON.stringify(items.get('s0'))).not.toContain('canary')
  })
})
