import pg from 'pg'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { PostgresStore, type PostgresStoreOptions } from '../../../src/postgres.js'

/** As JavaScript users may call it. */
const make = (options: unknown): PostgresStore => new PostgresStore(options as PostgresStoreOptions)
const refusal = (options: unknown): unknown => {
  try {
    make(options)
  } catch (error) {
    return error
  }
  return undefined
}

const url = 'postgres://user:pass-word@127.0.0.1:1/database'
const pool = new pg.Pool({ connectionString: url })
const badOption = (message: RegExp) => ({ code: 'bad-option', message: expect.stringMatching(message) })

describe('the options of PostgresStore', () => {
  it('take a pool or a URL, a table and a clock', () => {
    for (const table of ['sessions', 'Web_1', '_x', 'app.sessions', 'a'.repeat(63)])
      expect(make({ pool, table, clock: Date.now })).toBeInstanceOf(PostgresStore)
    expect(make({ url })).toBeInstanceOf(PostgresStore)
    expect(make({ url: 'postgresql://127.0.0.1/database?sslmode=disable' })).toBeInstanceOf(PostgresStore)
  })

  it.each([
    ['nothing', {}, /needs a database: pass pool: new pg\.Pool/],
    ['no object', null, /must be an object/],
    ['both', { pool, url }, /either pool or url/],
    ['an unknown name', { pool, prefix: 'x' }, /no option prefix; there are pool, url, table, clock/],
    ['a clock that is none', { pool, clock: 5 }, /clock must be a function/],
    ['a URL of something else', { url: 'mysql://localhost/x' }, /url must begin with postgres:/],
    ['a URL that is none', { url: 'postgres://a:b' }, /url must begin with postgres:/],
    ['a URL as the pool', { pool: url }, /pool is text; pass pool: new pg\.Pool/],
    ['a single client', { pool: new pg.Client(url) }, /single connection, which never comes back/],
    ['a query builder', { pool: Object.assign(() => undefined, { raw() {} }) }, /no Pool of the package pg/],
    ['an object of another package', { pool: { query() {}, any() {} } }, /db\.\$pool/],
  ])('refuse %s', (_name, options, message) => {
    expect(refusal(options)).toMatchObject(badOption(message))
  })

  it('refuse a table name that would need more than quotes', () => {
    for (const table of ['', 'a b', 'a"b', 'x;y', 'a.b.c', '.a', 'a.', '1a', 'a'.repeat(64), 'ä', 5, null])
      expect(refusal({ pool, table })).toMatchObject(badOption(/table must be a name/))
  })

  it('name no password in an error', async () => {
    for (const options of [{ url: `${url}:x` }, { url: url.replace('postgres', 'mysql') }, { pool: url }])
      expect(String(refusal(options))).not.toContain('pass-word')
    const store = make({ url })
    const error = await store.ready().catch((cause) => cause)
    expect(error).toBeInstanceOf(Error)
    expect(`${error} ${JSON.stringify(error)} ${error.cause}`).not.toContain('pass-word')
    await store.close()
  })

  it('of a URL without the package pg say what to install', async () => {
    vi.doMock('pg', () => {
      throw new Error("Cannot find package 'pg'")
    })
    onTestFinished(() => void vi.doUnmock('pg'))
    const store = make({ url })
    const message = expect.stringContaining('npm install pg')
    await expect(store.read('key')).rejects.toMatchObject({ code: 'bad-option', message })
    await store.close()
  })
})

describe('a PostgresStore that was never used', () => {
  it('closes, twice, and leaves the pool as it was', async () => {
    const listeners = pool.listenerCount('error')
    const store = make({ pool })
    expect(pool.listenerCount('error')).toBe(listeners + 1)
    await store.close()
    await store.close()
    expect([pool.listenerCount('error'), pool.ended]).toEqual([listeners, false])
    await expect(store.ready()).rejects.toMatchObject({ code: 'store-closed' })
  })
})
