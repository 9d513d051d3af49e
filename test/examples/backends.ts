import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import connectPgSimple from 'connect-pg-simple'
import { RedisStore } from 'connect-redis'
import expressSession from 'express-session'
import pg from 'pg'
import { createClient } from 'redis'
import sessionFileStore from 'session-file-store'
import { startPostgres } from '../support/postgres-server.js'
import { startRedis } from '../support/redis-server.js'

/** Where a store for express-session keeps its rows, for the tests of its example. */
export interface Backend {
  /** How the example finds it. */
  readonly env: Record<string, string>
  /** The unmodified store on it. */
  readonly store: expressSession.Store
  /** The row of a session as it lies there. */
  row(sid: string): Promise<unknown>
  close(): Promise<void>
}

export async function redisBackend(): Promise<Backend> {
  const server = await startRedis()
  const client = createClient({ url: server.url })
  await client.connect()
  return {
    env: { REDIS_URL: server.url },
    store: new RedisStore({ client }),
    async row(sid) {
      const text = await client.get(`sess:${sid}`)
      return text === null ? undefined : JSON.parse(text)
    },
    async close() {
      client.destroy()
      await server.remove()
    },
  }
}

export async function postgresBackend(): Promise<Backend> {
  const server = await startPostgres()
  const pool = new pg.Pool({ connectionString: server.url })
  const PgStore = connectPgSimple(expressSession)
  return {
    env: { DATABASE_URL: server.url },
    store: new PgStore({ pool, createTableIfMissing: true }),
    async row(sid) {
      const { rows } = await pool.query('SELECT sess FROM session WHERE sid = $1', [sid])
      return rows[0]?.sess
    },
    async close() {
      await pool.end()
      await server.remove()
    },
  }
}

export async function fileBackend(): Promise<Backend> {
  const folder = await mkdtemp(join(tmpdir(), 'sessmw-files-'))
  const FileStore = sessionFileStore(expressSession)
  return {
    env: { SESSION_FOLDER: folder },
    store: new FileStore({ path: folder, logFn: () => undefined }),
    async row(sid) {
      const text = await readFile(join(folder, `${sid}.json`), 'utf8').catch((error) => {
        if (error.code === 'ENOENT') return undefined
        throw error
      })
      if (text === undefined) return undefined
      const { __lastAccess, ...row } = JSON.parse(text)
      return row
    },
    close: () => rm(folder, { recursive: true, force: true }),
  }
}
