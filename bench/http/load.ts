import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type BenchServer, CONNECTIONS } from './child.js'

interface AutocannonClient {
  setHeaders(headers: Record<string, string>): void
}

interface AutocannonResult {
  readonly requests: { readonly total: number }
  readonly non2xx: number
  readonly errors: number
}

const autocannon: (options: object) => Promise<AutocannonResult> = createRequire(import.meta.url)(
  'autocannon',
)
const hasWrk = spawnSync('wrk', ['--version']).error === undefined

/** What sends the load. */
export const loadProgram = hasWrk ? 'wrk' : 'autocannon'

/** What a server did under load. */
export interface Loaded {
  /** Requests per second, over all connections. */
  readonly rate: number
  /** Microseconds of processor time of the server for each request: holds on a busy machine, too. */
  readonly processor: number
}

/** Loads a server for a while. Rejects when an answer was not one of success. */
export async function load(server: BenchServer, path: string, seconds: number): Promise<Loaded> {
  const before = await server.processorTime()
  const requests = await (hasWrk ? loadByWrk : loadByAutocannon)(server, path, seconds)
  return { rate: requests / seconds, processor: ((await server.processorTime()) - before) / requests }
}

async function loadByWrk({ url, cookies }: BenchServer, path: string, seconds: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'sessmw-bench-'))
  try {
    const script = join(folder, 'cookies.lua')
    writeFileSync(script, luaFor(cookies))
    const args = [
      '-t1',
      `-c${CONNECTIONS}`,
      `-d${seconds}s`,
      '--timeout',
      '30s',
      '-s',
      script,
      `${url}/${path}`,
    ]
    const { stdout } = await promisify(execFile)('wrk', args)
    if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`${path}: ${stdout}`)
    return Number(/(\d+) requests in/.exec(stdout)?.[1])
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The sessions take turns. The requests are made beforehand, so that wrk does little. */
function luaFor(cookies: readonly string[]): string {
  return `local cookies = {${cookies.map((cookie) => JSON.stringify(cookie)).join(',')}}
local requests = {}
local turn = 0
function init()
  for n, cookie in ipairs(cookies) do requests[n] = wrk.format('GET', nil, { Cookie = cookie }) end
end
function request()
  turn = turn % #requests + 1
  return requests[turn]
end
`
}

async function loadByAutocannon(
  { url, cookies }: BenchServer,
  path: string,
  seconds: number,
): Promise<number> {
  let next = 0
  const result = await autocannon({
    url: `${url}/${path}`,
    connections: CONNECTIONS,
    duration: seconds,
    setupClient: (client: AutocannonClient) => client.setHeaders({ cookie: cookies[next++] ?? '' }),
  })
  if (result.non2xx + result.errors > 0) throw new Error(`${path}: ${result.non2xx + result.errors} failed`)
  return result.requests.total
}
