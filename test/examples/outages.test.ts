import { describe, expect, it, onTestFinished } from 'vitest'
import { hasPostgres, startPostgres } from '../support/postgres-server.js'
import { hasRedis, startRedis } from '../support/redis-server.js'
import type { TestServer } from '../support/server-process.js'
import { Browser, startExample } from './example-process.js'

describe.skipIf(!hasRedis)('examples/connect-redis/native.js', () =>
  cases('connect-redis', 'REDIS_URL', startRedis),
)
describe.skipIf(!hasPostgres)('examples/connect-pg-simple/native.js', () =>
  cases('connect-pg-simple', 'DATABASE_URL', startPostgres),
)

function cases(example: string, variable: string, launch: () => Promise<TestServer>): void {
  it('answers 503 while its database is gone or frozen, and goes on afterwards with the same session', async () => {
    const server = await launch()
    onTestFinished(() => server.remove())
    const browser = new Browser(await startExample(`${example}/native.js`, { [variable]: server.url }))
    const visit = async (): Promise<unknown> => {
      const response = await browser.get('/')
      return response.ok ? response.json() : response.status
    }
    expect(await visit()).toEqual({ visits: 1 })
    const { cookie } = browser
    await server.kill()
    expect(await visit()).toBe(503)
    await server.start()
    expect(await visit()).toEqual({ visits: 2 })
    server.pause()
    expect(await visit()).toBe(503)
    server.resume()
    expect(await visit()).toEqual({ visits: 3 })
    expect(browser.cookie).toBe(cookie)
  })
}
