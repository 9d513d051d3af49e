import { describe, expect, it } from 'vitest'
import {
  allocatedBytes,
  entrySizes,
  hasValgrind,
  instructions,
  nodeMajor,
  readBudget,
  storeTraffic,
} from '../../bench/budget/figures.js'

const budget = readBudget()
const isRecordedNode = nodeMajor === budget.node
if (!hasValgrind)
  process.stderr.write('Skipped: counting instructions needs valgrind (apt-get install valgrind).\n')

/** What is further from the recorded figure than a part of it, or than a number of units where figures are small. */
function outside(
  found: Readonly<Record<string, number>>,
  recorded: Readonly<Record<string, number>>,
  part: number,
  units: number,
): string[] {
  expect(Object.keys(found)).toEqual(Object.keys(recorded))
  return Object.entries(found)
    .filter(([name, figure]) => {
      const expected = recorded[name] ?? 0
      return !(Math.abs(figure - expected) <= Math.max(expected * part, units))
    })
    .map(([name, figure]) => `${name}: ${figure}, recorded ${recorded[name]}`)
}

describe('the budget, recorded by npm run bench:budget', { timeout: 120_000 }, () => {
  it('holds the calls of the store and the bytes that they write', async () => {
    expect(await storeTraffic()).toEqual(budget.store)
  })

  it('holds one read for a session that is read, one more call for a change, none for a forged cookie', () => {
    const callsOf = (name: string) => budget.store[name]?.calls
    expect(callsOf('a, 1 KB')).toEqual({})
    expect(callsOf('b, 16 KB')).toEqual({ read: 1 })
    expect(callsOf('d, 16 KB')).toEqual({ read: 1, update: 1 })
    expect(callsOf('e, 1 KB')).toEqual({})
    expect(callsOf('f, 1 KB')).toEqual({ create: 1 })
  })

  it('writes no more of a large session than of a small one', () => {
    expect(budget.store['d, 16 KB']?.bytesWritten).toBe(budget.store['d, 1 KB']?.bytesWritten)
  })

  it('holds the files and bytes that an entry loads', () => {
    const of = (sizes: ReturnType<typeof entrySizes>, what: 'files' | 'bytes') =>
      Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, size[what]]))
    const found = entrySizes()
    expect(outside(of(found, 'files'), of(budget.entries, 'files'), 0.1, 1)).toEqual([])
    expect(outside(of(found, 'bytes'), of(budget.entries, 'bytes'), 0.1, 0)).toEqual([])
  })

  it.runIf(isRecordedNode)('holds the bytes that a request allocates', async () => {
    expect(outside(await allocatedBytes(), budget.allocatedBytes, 0.1, 600)).toEqual([])
  })

  it.runIf(isRecordedNode && hasValgrind)('holds the instructions of a request', () => {
    expect(outside(instructions(), budget.thousandInstructions, 0.1, 0)).toEqual([])
  })
})
