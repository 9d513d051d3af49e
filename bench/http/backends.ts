import { createRequire } from 'node:module'
import { RedisStore as ConnectRedis } from 'connect-redis'
import pg from 'pg'
import { createClient } from 'redis'
import type { Store } from '../../src/index.js'
import { expressOptions, session as expressSession } from '../subjects/express.js'
import { type Middleware, SECRET } from '../subjects/mounted.js'
import { sessmw } from '../subjects/ours.js'

const build = (entry: string): string => new URL(`../../dist/esm/${entry}.js`, import.meta.url).href
const connectPgSimple: (session: unknown) => new (options: object) => object = createRequire(import.meta.url)(
  'connect-pg-simple',
)

/** What a server under load puts before its handlers: for each request, and for those that never touch a session. */
export interface Mounting {
  readonly each: Middleware
  readonly untouched: Middleware
}

/** sessmw with a store for this URL; `memory:` is its memory store. Untouched sessions are not loaded (`lazy`). */
export async function mountSessmw(url: string): Promise<Mounting> {
  const options = { secretKey: SECRET, secure: false, store: await storeFor(url) }
  return {
    each: sessmw.session(options) as Middleware,
    untouched: sessmw.session({ ...options, lazy: true }) as Middleware,
  }
}

async function storeFor(url: string): Promise<Store> {
  if (url.startsWith('redis:')) {
    const { RedisStore }: typeof import('../../src/redis.js') = await import(build('redis'))
    return new RedisStore({ client: createClient({ url, disableOfflineQueue: true }) })
  }
  if (url.startsWith('postgres:')) {
    const { PostgresStore }: typeof import('../../src/postgres.js') = await import(build('postgres'))
    return new PostgresStore({ pool: new pg.Pool({ connectionString: url }) })
  }
  return new sessmw.MemoryStore()
}

/** express-session, with connect-redis or connect-pg-simple where the URL says so. */
export async function mountExpressSession(url: string): Promise<Mounting> {
  const store = await expressStoreFor(url)
  const each = expressSession({ ...expressOptions, ...(store !== undefined && { store }) })
  return { each, untouched: each }
}

async function expressStoreFor(url: string): Promise<object | undefined> {
  if (url.startsWith('redis:')) return new ConnectRedis({ client: await createClient({ url }).connect() })
  if (!url.startsWith('postgres:')) return undefined
  const pool = new pg.Pool({ connectionString: url })
  return new (connectPgSimple(expressSession))({
    pool,
    createTableIfMissing: true,
    pruneSessionInterval: false,
  })
}
