// `npm run bench:memory -- [--sessions 100000] [--stores Map]`: what sessions of 1 KB cost in memory, and what the event loop feels
// while they are inserted, read, evicted and swept. A process for each row.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { print } from '../report.js'
import type { Found, Phase } from './child.js'
import { stores } from './stores.js'

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '100000' },
    stores: { type: 'string', default: Object.keys(stores).join(',') },
  },
})

const rows: string[][] = []
for (const count of values.sessions.split(','))
  for (const name of values.stores.split(',')) {
    const { bytes, insert, read, evict, sweep } = await measure(name, count)
    rows.push([count, name, bytes.toFixed(0), ...[insert, read, evict, sweep].map(cellOf)])
  }

print(
  'sessions of 1 KB in ten fields; thousands per second (event-loop delay p99, longest, in ms)',
  ['sessions', 'store', 'bytes each', 'insert', 'read', 'insert beyond the bound', 'sweep'],
  rows,
)
process.exit()

async function measure(name: string, count: string): Promise<Found> {
  const child = fork(fileURLToPath(new URL('./child.ts', import.meta.url)), [name, count], {
    execArgv: ['--import', 'tsx', '--expose-gc', '--max-old-space-size=6000'],
  })
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`${name} ended.`)))
  const [found] = await Promise.race([once(child, 'message'), ended])
  return found as Found
}

function cellOf(phase: Phase | undefined): string {
  if (phase === undefined) return '-'
  return `${(phase.rate / 1000).toFixed(0)} (${phase.p99.toFixed(1)}, ${phase.max.toFixed(1)})`
}
