import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Cluster, type NodeRole, Redis } from 'ioredis'
import { createClient, createClientPool, createSentinel } from 'redis'
import { describe, expect, it } from 'vitest'
import { RedisStore, type RedisStoreOptions } from '../../../src/redis.js'
import { rejection } from '../../core/harness.js'
import { freePort } from '../../support/server-process.js'

const run = promisify(execFile)

/** As a JavaScript user may write it. */
const make = (options: unknown) => new RedisStore(options as RedisStoreOptions)

const refusal = (problem: RegExp) =>
  expect.objectContaining({ code: 'bad-option', message: expect.stringMatching(problem) })

/** The client of redis 3 and before: callbacks, and no promise anywhere. */
const oldClient = { connected: true, on() {}, send_command() {}, internal_send_command() {}, quit() {} }

describe('the options of RedisStore', () => {
  it.each<[string, unknown]>([
    ['a client of redis 3', oldClient],
    ['a pool', createClientPool({ url: 'redis://127.0.0.1:1' })],
    ['the legacy face of a client', createClient().legacy()],
    ['text', 'redis://127.0.0.1'],
    ['null', null],
    ['a function', createClient],
    ['an empty object', {}],
  ])('refuse %s as client, and say what fits', (_name, client) => {
    expect(() => make({ client })).toThrow(
      refusal(/createClient, createCluster or createSentinel.*Cluster of ioredis/),
    )
  })

  it('refuse a client of ioredis that puts a prefix of its own before keys', () => {
    const client = new Redis({ lazyConnect: true, keyPrefix: 'app:' })
    expect(() => make({ client })).toThrow(refusal(/keyPrefix/))
  })

  it('refuses a Cluster that reads from replicas, which may not know of a logout yet', () => {
    const cluster = (scaleReads: NodeRole | undefined) =>
      new Cluster([{ host: '127.0.0.1', port: 1 }], { lazyConnect: true, ...(scaleReads && { scaleReads }) })
    expect(() => make({ client: cluster('slave') })).toThrow(refusal(/replica/))
    expect(() => make({ client: cluster('all') })).toThrow(refusal(/replica/))
    expect(() => make({ client: cluster(undefined) })).not.toThrow()
  })

  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /must be an object/],
    ['neither client nor url', {}, /client or the text of a url/],
    ['both', { client: createClient(), url: 'redis://127.0.0.1' }, /client or the text of a url/],
    ['a url that is no text', { url: 6379 }, /client or the text of a url/],
    [
      'an unknown option',
      { url: 'redis://a', ttl: 5 },
      /no option ttl; there are client, url, prefix, clock/,
    ],
    ['an empty prefix', { url: 'redis://a', prefix: '' }, /prefix/],
    ['a clock that is a number', { url: 'redis://a', clock: 5 }, /clock/],
  ])('refuse %s', (_name, options, problem) => {
    expect(() => make(options)).toThrow(refusal(problem))
  })

  it('take a client that is not connected yet, and a sentinel', () => {
    const sentinel = createSentinel({ name: 'main', sentinelRootNodes: [{ host: '127.0.0.1', port: 1 }] })
    for (const client of [createClient(), new Redis({ lazyConnect: true }), sentinel])
      expect(() => make({ client })).not.toThrow()
  })

  it('refuse a URL that the client refuses, without its password', async () => {
    const store = make({ url: 'http://user:hunter2@127.0.0.1' })
    const error = await rejection(store.ready())
    expect(error).toMatchObject({ code: 'bad-option', message: expect.stringContaining('redis://') })
    expect(`${error} ${JSON.stringify(error)} ${(error as Error).cause}`).not.toContain('hunter2')
  })

  it.each<[string, string[], string]>([
    ['use ioredis for a URL where redis is not installed', ['redis'], 'store-failed: .*ECONNREFUSED'],
    [
      'name what to install where neither is',
      ['redis', 'ioredis'],
      'bad-option: .*redis or ioredis: npm install',
    ],
  ])('%s', async (_name, hidden, expected) => {
    expect(await readyWithout(hidden)).toMatch(new RegExp(expected))
  })

  it('reject with store-failed while there is no server, at once and without an unhandled error', async () => {
    const url = `redis://127.0.0.1:${await freePort()}`
    const given = createClient({ url })
    const other = new Redis(url)
    other.on('error', () => undefined)
    for (const options of [{ url }, { client: given }, { client: other }]) {
      const store = make(options)
      expect(await rejection(store.ready())).toMatchObject({ code: 'store-failed' })
      expect(await rejection(store.read('k'.repeat(43)))).toMatchObject({ code: 'store-failed' })
      await store.close()
    }
    given.destroy()
    other.disconnect()
  })
})

/** What `ready()` rejects with in a process in which these packages are not found. */
async function readyWithout(hidden: string[]): Promise<string> {
  const hook = `export async function resolve(name, context, next) {
    if (!${JSON.stringify(hidden)}.includes(name)) return next(name, context)
    throw Object.assign(new Error('hidden'), { code: 'ERR_MODULE_NOT_FOUND' })
  }`
  const script = `import { register } from 'node:module'
    register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hook)}))
    const { RedisStore } = await import(${JSON.stringify(new URL('../../../src/redis.ts', import.meta.url).href)})
    const store = new RedisStore({ url: 'redis://127.0.0.1:1' })
    const error = await store.ready().catch((error) => error)
    console.log(error.code + ': ' + error.message + ' ' + error.cause)
    await store.close()`
  const { stdout } = await run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script])
  return stdout
}
