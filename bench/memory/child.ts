// A child process of `npm run bench:memory`: fills one store with sessions, reads some, lets all expire and sweeps; where
// the store has a bound, also goes on beyond it. Arguments: the store and the number of sessions. Sends a `Found`.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate as nextTurn, setTimeout } from 'node:timers/promises'
import { stores } from './stores.js'

/** What one phase took. */
export interface Phase {
  /** Sessions per second. */
  readonly rate: number
  /** Delay of the event loop, in milliseconds. */
  readonly p99: number
  readonly max: number
}

export interface Found {
  readonly bytes: number
  readonly insert: Phase
  readonly read: Phase
  readonly evict?: Phase | undefined
  readonly sweep: Phase
}

const [name = '', countText = '100000'] = process.argv.slice(2)
const count = Number(countText)
const make = stores[name]
if (make === undefined) throw new Error(`There is no store ${name}.`)

/** How many calls stand between two turns of the event loop, as many requests that arrive at once. */
const BURST = 32
const DAY = 24 * 60 * 60 * 1000

let shift = 0
const now = Date.now
Date.now = () => now() + shift

const store = make(count)
const before = heap()
const insert = await phase(
  count,
  inBursts(count, (n) => store.insert(n)),
)
const bytes = (heap() - before) / count
const reads = Math.min(count, 100_000)
const read = await phase(
  reads,
  inBursts(reads, (n) => store.read((n * 7919) % count)),
)
const evict = store.isBounded
  ? await phase(
      reads,
      inBursts(reads, (n) => store.insert(count + n)),
    )
  : undefined
shift = 3 * DAY
const sweep = await phase(count, () => store.sweep())
const left = await store.count()
if (left > 0) throw new Error(`${name}: ${left} sessions are left after the sweep`)
const found: Found = { bytes, insert, read, evict, sweep }
process.send?.(found, () => process.exit())

function inBursts(calls: number, call: (n: number) => unknown): () => Promise<void> {
  return async () => {
    for (let n = 0; n < calls; n += BURST) {
      const burst: unknown[] = []
      for (let index = n; index < Math.min(n + BURST, calls); index++) burst.push(call(index))
      await Promise.all(burst)
      await nextTurn()
    }
  }
}

async function phase(calls: number, run: () => unknown): Promise<Phase> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await firing()
  const begin = performance.now()
  await run()
  const seconds = (performance.now() - begin) / 1000
  await firing()
  delay.disable()
  return { rate: calls / seconds, p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 }
}

/** The delay is what lies between two firings of its timer, so there must be one before and one after what may block. */
function firing(): Promise<void> {
  return setTimeout(5)
}

function heap(): number {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
