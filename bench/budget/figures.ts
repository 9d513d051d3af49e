import { readFileSync, writeFileSync } from 'node:fs'
import { type EntrySize, entrySizes } from './entry-sizes.js'
import { hasValgrind, instructions } from './instructions.js'
import { messageOf } from './node-process.js'
import type { StoreTraffic } from './store-traffic-child.js'

type ByWorkload<Value> = Readonly<Record<string, Value>>

/** What does not depend on the clock. The last two depend on the version of Node; they are of `node`. */
export interface Budget {
  readonly node: string
  readonly store: ByWorkload<StoreTraffic>
  readonly entries: Readonly<Record<string, EntrySize>>
  readonly allocatedBytes: ByWorkload<number>
  readonly thousandInstructions: ByWorkload<number>
}

const file = new URL('../budget.json', import.meta.url)

/** The recorded figures. */
export const readBudget = (): Budget => JSON.parse(readFileSync(file, 'utf8'))

/** Major version, as in the budget. */
export const nodeMajor = String(process.version.split('.')[0])

export { entrySizes, hasValgrind, instructions }

export const storeTraffic = (): Promise<ByWorkload<StoreTraffic>> => messageOf('./store-traffic-child.ts')

/** Bytes allocated per request. The interpreter alone: what an optimising compiler removes changes from run to run. */
export const allocatedBytes = (): Promise<ByWorkload<number>> =>
  messageOf('./allocations-child.ts', [
    '--expose-gc',
    '--min-semi-space-size=64',
    '--max-semi-space-size=64',
    '--jitless',
  ])

/** Measures all and writes it down; instructions only where they can be counted. */
export async function record(): Promise<void> {
  const budget: Budget = {
    node: nodeMajor,
    store: await storeTraffic(),
    entries: entrySizes(),
    allocatedBytes: await allocatedBytes(),
    thousandInstructions: hasValgrind ? instructions() : readBudget().thousandInstructions,
  }
  writeFileSync(file, `${JSON.stringify(budget, null, 2)}\n`)
}
