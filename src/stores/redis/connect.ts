import { refuseOption } from '../store-rules.js'
import { type Driver, driverOf } from './clients.js'

/** Milliseconds between two attempts to connect, so that a server that is back is used within about a second. */
const retryAfter = (attempts: number): number => Math.min(50 * 2 ** Math.min(attempts, 10), 1000)

/**
 * A client of our own, not connected yet: of the package `redis`, or else of `ioredis`. It queues nothing while there is
 * no connection, sends nothing twice, and tries to connect for ever.
 *
 * @throws SessmwError `bad-option` when neither package is installed, or when the client refuses the URL.
 */
export async function ownDriver(url: string): Promise<Driver> {
  const redis = await installed(() => import('redis'))
  if (redis !== undefined) {
    const socket = { reconnectStrategy: retryAfter }
    return driverOf(refusing(() => redis.createClient({ url, socket, disableOfflineQueue: true })))
  }
  const ioredis = await installed(() => import('ioredis'))
  if (ioredis === undefined)
    return refuseOption('RedisStore', 'url needs the package redis or ioredis: npm install redis.')
  const options = {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    retryStrategy: retryAfter,
  }
  return driverOf(refusing(() => new ioredis.Redis(url, options)))
}

async function installed<Module>(load: () => Promise<Module>): Promise<Module | undefined> {
  try {
    return await load()
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') return undefined
    throw cause
  }
}

/** The client's own message may quote the URL, which may hold a password. */
function refusing<Client>(make: () => Client): Client {
  try {
    return make()
  } catch {
    return refuseOption(
      'RedisStore',
      'url must be of the form redis://[user:password@]host[:port][/database].',
    )
  }
}
