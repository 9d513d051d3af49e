// `npm run bench:http -- [--rounds 5] [--seconds 1]`: requests per second of an Express 5 application over loopback HTTP,
// as a share of the same application without sessions. Rows are interleaved; each has a server process of its own.
import { parseArgs } from 'node:util'
import { median, print, spread } from '../report.js'
import { type BenchServer, CONNECTIONS, startServer } from './child.js'
import { type Loaded, load, loadProgram } from './load.js'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '1' } },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)

const SUBJECTS = ['bare', 'floor', 'floor, cached', 'sessmw', 'express-session']
const WORKLOADS: Readonly<Record<string, string>> = {
  read: 'b read one key',
  untouched: 'c session not used (sessmw: lazy)',
  write: 'd write one key',
}

interface Row {
  readonly path: string
  readonly server: BenchServer
  readonly loads: Loaded[]
  readonly shares: number[]
  readonly processorShares: number[]
}

const servers: BenchServer[] = []
for (const subject of SUBJECTS) servers.push(await startServer(subject))
const rows: Row[] = Object.keys(WORKLOADS).flatMap((path) =>
  servers.map((server) => ({ path, server, loads: [], shares: [], processorShares: [] })),
)
// Until the compiler of each server has done its work.
for (const { server, path } of rows) await load(server, path, 2)
for (let round = 0; round < rounds; round++) {
  let bare: Loaded | undefined
  for (const row of rows) {
    const found = await load(row.server, row.path, seconds)
    if (bare === undefined || row.server.subject === 'bare') bare = found
    row.loads.push(found)
    row.shares.push(found.rate / bare.rate)
    row.processorShares.push(bare.processor / found.processor)
  }
}
for (const server of servers) await server.stop()

print(
  `${loadProgram}, ${CONNECTIONS} connections, ${rounds} interleaved rounds of ${seconds} s, 1 KB; median (quartiles)`,
  ['workload', 'subject', 'requests/s', 'share of bare', 'processor time, us', 'share of bare'],
  rows.map(({ path, server, loads, shares, processorShares }) => [
    WORKLOADS[path] ?? path,
    server.subject,
    median(loads.map(({ rate }) => rate)).toFixed(0),
    spread(shares, 2),
    median(loads.map(({ processor }) => processor)).toFixed(0),
    spread(processorShares, 2),
  ]),
)
