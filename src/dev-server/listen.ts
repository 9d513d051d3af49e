import type { RequestListener, Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SessmwError } from '../errors.js'

/** How many ports are tried after the first. */
const MORE_PORTS = 100

/** Where to listen. */
export interface ListenOptions {
  readonly host: string
  readonly port: number
  /** Whether the next ports may be tried when this one is taken. */
  readonly mayMove: boolean
}

/**
 * Listens, on the first free port if it may move.
 *
 * Rejects with `port-in-use`, or with `io` for any other reason, such as a port that needs more rights.
 */
export async function listen(
  handler: RequestListener,
  { host, port, mayMove }: ListenOptions,
): Promise<{ server: Server; port: number }> {
  const last = mayMove ? port + MORE_PORTS : port
  for (let next = port; next <= last; next += 1) {
    const server = createServer(handler)
    const problem = await listenOn(server, host, next)
    if (problem === undefined) return { server, port: (server.address() as AddressInfo).port }
    if (problem.code !== 'EADDRINUSE') {
      throw new SessmwError('io', `Listening on ${host} port ${next} failed (${problem.code}).`, {
        cause: problem,
      })
    }
  }
  const taken = mayMove ? `All ports from ${port} to ${last} are taken.` : `Port ${port} is taken.`
  throw new SessmwError('port-in-use', taken)
}

/** A port that `listen` would take now. Rejects as it does. */
export async function freePort(options: ListenOptions): Promise<number> {
  const { server, port } = await listen(() => undefined, options)
  await new Promise((resolve) => server.close(resolve))
  return port
}

function listenOn(server: Server, host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    server.once('error', resolve)
    server.listen({ host, port, exclusive: true }, () => {
      server.removeListener('error', resolve)
      resolve(undefined)
    })
  })
}
