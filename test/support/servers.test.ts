import pg from 'pg'
import { createClient } from 'redis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { hasPostgres, startPostgres } from './postgres-server.js'
import { hasRedis, startRedis } from './redis-server.js'
import type { TestServer } from './server-process.js'

/** One question over one connection. */
interface Connection {
  put(): Promise<unknown>
  read(): Promise<unknown>
  close(): Promise<void>
}

async function redisConnection({ url }: TestServer): Promise<Connection> {
  const client = createClient({ url, socket: { reconnectStrategy: false } })
  client.on('error', () => undefined)
  await client.connect()
  return {
    put: () => client.set('key', 'kept'),
    read: () => client.get('key'),
    close: async () => {
      if (client.isOpen) client.destroy()
    },
  }
}

async function postgresConnection({ url }: TestServer): Promise<Connection> {
  const client = new pg.Client(url)
  client.on('error', () => undefined)
  await client.connect()
  return {
    put: () => client.query("CREATE TABLE kept AS SELECT 'kept' AS text"),
    read: async () => (await client.query('SELECT text FROM kept')).rows[0].text,
    close: () => client.end(),
  }
}

describe.skipIf(!hasRedis)('a Redis for tests', () => cases(startRedis, redisConnection))
describe.skipIf(!hasPostgres)('a PostgreSQL for tests', () => cases(startPostgres, postgresConnection))

function cases(
  launch: () => Promise<TestServer>,
  connect: (server: TestServer) => Promise<Connection>,
): void {
  async function start(): Promise<TestServer> {
    const server = await launch()
    onTestFinished(() => server.remove())
    return server
  }

  it.each(['stop', 'kill'] as const)('has its data and its address after %s and start', async (end) => {
    const server = await start()
    const before = await connect(server)
    await before.put()
    await server[end]()
    await expect(connect(server)).rejects.toThrow()
    await server.start()
    const after = await connect(server)
    expect(await after.read()).toBe('kept')
    await after.close()
  })

  it('answers nothing while it is paused, over an open connection', async () => {
    const server = await start()
    const connection = await connect(server)
    await connection.put()
    server.pause()
    const order: string[] = []
    const answer = connection.read().then(() => order.push('answer'))
    // A server of its own on the same machine would have answered many times within this.
    for (let turn = 0; turn < 2_000; turn++) await new Promise((resolve) => setImmediate(resolve))
    order.push('resumed')
    server.resume()
    await answer
    expect(order).toEqual(['resumed', 'answer'])
    await connection.close()
  })

  it('can be removed while it is paused, and takes its processes with it', async () => {
    const server = await launch()
    const connection = await connect(server)
    server.pause()
    await server.remove()
    await expect(connect(server)).rejects.toThrow()
    await connection.close()
  })
}
