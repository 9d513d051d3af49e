// `npm run bench:stores -- [--rounds 3] [--seconds 1]`: the same application on Redis and on PostgreSQL, beside connect-redis
// and connect-pg-simple: requests per second, and the commands and bytes of a request. Starts its own databases.
import { parseArgs } from 'node:util'
import { hasPostgres, startPostgres } from '../../test/support/postgres-server.js'
import { hasRedis, startRedis } from '../../test/support/redis-server.js'
import type { TestServer } from '../../test/support/server-process.js'
import { median, print } from '../report.js'
import { ask, type BenchServer, CONNECTIONS, seeded, startServer } from './child.js'
import { postgresStatements, redisCommands, startProxy } from './counting-proxy.js'
import { type Loaded, load, loadProgram } from './load.js'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '1' } },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)

const TRAFFIC = ['commands', 'bytes sent', 'bytes received']
const PATHS = ['read', 'untouched', 'write']
const SIZES = [
  ['seed', '1 KB'],
  ['seed-large', '16 KB'],
] as const

interface Row {
  readonly cells: readonly string[]
  readonly path: string
  readonly server: BenchServer
  readonly loads: Loaded[]
  readonly traffic: readonly string[]
}

const databases: TestServer[] = []
const servers: BenchServer[] = []
const rows: Row[] = []
if (hasRedis) await add('Redis', await startRedis(), 'connect-redis', redisCommands)
if (hasPostgres) await add('PostgreSQL', await startPostgres(), 'connect-pg-simple', postgresStatements)
for (let round = -1; round < rounds; round++)
  for (const { server, path, loads } of rows) {
    const found = await load(server, path, seconds)
    if (round >= 0) loads.push(found)
  }
for (const server of servers) await server.stop()
for (const database of databases) await database.remove()

print(
  `${loadProgram}, ${CONNECTIONS} connections, ${rounds} interleaved rounds of ${seconds} s; medians`,
  [...['database', 'workload', 'session', 'subject', 'requests/s', 'processor time, us'], ...TRAFFIC],
  rows.map(({ cells, loads, traffic }) => [
    ...cells,
    median(loads.map(({ rate }) => rate)).toFixed(0),
    median(loads.map(({ processor }) => processor)).toFixed(0),
    ...traffic,
  ]),
)
process.exit()

async function add(
  name: string,
  database: TestServer,
  peer: string,
  counter: Parameters<typeof startProxy>[1],
): Promise<void> {
  databases.push(database)
  for (const subject of ['sessmw', 'express-session']) {
    const traffic = await trafficOf(database, subject, counter)
    const server = await startServer(subject, database.url)
    servers.push(server)
    for (const [seed, size] of SIZES) {
      const withSessions = await seeded(server, seed)
      for (const path of PATHS) {
        const cells = [name, path, size, subject === 'sessmw' ? subject : `express-session, ${peer}`]
        rows.push({ cells, path, server: withSessions, loads: [], traffic: traffic[seed + path] ?? [] })
      }
    }
  }
}

/** Commands, bytes sent and bytes received per request; counted apart, because counting takes time. */
async function trafficOf(
  database: TestServer,
  subject: string,
  counter: Parameters<typeof startProxy>[1],
): Promise<Record<string, string[]>> {
  const proxy = await startProxy(database.port, counter)
  const server = await startServer(subject, database.url.replace(`:${database.port}`, `:${proxy.port}`))
  const found: Record<string, string[]> = {}
  for (const [seed] of SIZES) {
    const withSessions = await seeded(server, seed)
    for (const path of PATHS) {
      Object.assign(proxy, { commands: 0, sent: 0, received: 0 })
      for (let index = 0; index < CONNECTIONS; index++) await ask(withSessions, path, index)
      const perRequest = (total: number, digits: number): string => (total / CONNECTIONS).toFixed(digits)
      found[seed + path] = [
        perRequest(proxy.commands, 1),
        perRequest(proxy.sent, 0),
        perRequest(proxy.received, 0),
      ]
    }
  }
  await server.stop()
  proxy.close()
  return found
}
