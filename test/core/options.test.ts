import { afterEach, describe, expect, it, vi } from 'vitest'
import { resolveOptions } from '../../src/core/resolve-options.js'
import { createSessions, MemoryStore, SessmwError } from '../../src/index.js'
import { SECRET } from '../support/http.js'
import { options } from './harness.js'

const resolve = (given: object = {}) =>
  resolveOptions({ secretKey: SECRET, ...given } as unknown as Parameters<typeof resolveOptions>[0])

const refusal = (given: object): SessmwError => {
  try {
    createSessions(options(given))
  } catch (error) {
    if (error instanceof SessmwError) return error
    throw error
  }
  throw new Error(`accepted: ${JSON.stringify(given)}`)
}

const MINUTE = 60_000
const DAY = 1440 * MINUTE

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('defaults', () => {
  it('are those of the documentation', () => {
    expect(resolve()).toMatchObject({
      secrets: [SECRET],
      cookieName: 'sid',
      cookie: { httpOnly: true, secure: true, sameSite: 'lax', path: '/' },
      lifetime: { idleMs: DAY, absoluteMs: 7 * DAY, persistent: false, absoluteIsFixed: false },
      touchEveryMs: MINUTE,
      sessionObject: 'session',
      lazy: false,
      storeTimeoutMs: 2_000,
      limits: { maxBytes: 65_536, maxDepth: 32 },
    })
    expect(resolve().cookie).toMatchObject({ domain: undefined, partitioned: undefined, priority: undefined })
    expect(resolve().onStoreError(new Error('down'))).toBe('fail')
  })

  it.each([
    [{ maxAge: '30d' }, { idleMs: 30 * DAY, absoluteMs: 30 * DAY, persistent: true }],
    [{ maxAge: 3600 }, { idleMs: 60 * MINUTE, absoluteMs: 7 * DAY, persistent: true }],
    [
      { maxAge: '30d', idleTimeout: '2h' },
      { idleMs: 120 * MINUTE, absoluteMs: 30 * DAY, persistent: true },
    ],
    [
      { maxAge: '30d', absoluteLifetime: '8h' },
      { idleMs: 30 * DAY, absoluteMs: 480 * MINUTE, persistent: true },
    ],
    [
      { maxAge: 0, idleTimeout: 1800 },
      { idleMs: 30 * MINUTE, absoluteMs: 7 * DAY, persistent: false },
    ],
  ])('%j give %j', (given, lifetime) => {
    expect(resolve(given).lifetime).toMatchObject(lifetime)
  })

  it.each([
    [{}, 60_000],
    [{ idleTimeout: 300 }, 30_000],
    [{ maxAge: '30d' }, 60_000],
    [{ touchEvery: 0 }, 0],
    [{ touchEvery: '5m' }, 300_000],
  ])('%j touch every %i ms', (given, ms) => {
    expect(resolve(given).touchEveryMs).toBe(ms)
  })
})

describe('durations', () => {
  const names = ['maxAge', 'idleTimeout', 'absoluteLifetime', 'touchEvery', 'storeTimeout']

  it.each(names)('%s refuses what is no duration, and names itself', (name) => {
    for (const value of [-1, Number.NaN, '1 fortnight', '', null, {}, 34_560_001, '401d'])
      expect(refusal({ [name]: value })).toMatchObject({
        code: 'bad-option',
        message: expect.stringContaining(name),
      })
  })

  it.each(['idleTimeout', 'absoluteLifetime', 'storeTimeout'])('%s refuses 0', (name) => {
    expect(refusal({ [name]: 0 })).toMatchObject({
      code: 'bad-option',
      message: expect.stringContaining(name),
    })
  })

  it('a number that looks like milliseconds warns, once, and names the option', () => {
    const warnings: string[] = []
    const logger = { debug() {}, info() {}, warn: (text: string) => void warnings.push(text) }
    for (let n = 0; n < 2; n++) createSessions(options({ absoluteLifetime: 3_600_000, logger }))
    createSessions(options({ absoluteLifetime: 604_800, logger }))
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/absoluteLifetime.*3600000.*milliseconds/)
  })

  it('touchEvery that is no shorter than the idle timeout is refused: sessions would end in use', () => {
    expect(refusal({ idleTimeout: '10m', touchEvery: '10m' })).toMatchObject({
      code: 'bad-option',
      message: expect.stringMatching(/touchEvery.*idleTimeout/),
    })
  })
})

describe('names', () => {
  it('an unknown option is refused, and the known ones are named', () => {
    expect(refusal({ maxage: 1 }).message).toMatch(/"maxage".*maxAge/)
  })

  it.each([
    ['secret', 'secretKey'],
    ['name', 'sessionCookie'],
    ['genid', 'generateId'],
    ['resave', 'if and only if it changed'],
    ['rolling', 'expiry moves'],
  ])('%s of express-session is answered with %s', (name, hint) => {
    expect(refusal({ [name]: true }).message).toContain(hint)
  })

  it.each([undefined, null, 'secret'])('%s instead of options is refused', (given) => {
    expect(() => createSessions(given as never)).toThrow(expect.objectContaining({ code: 'bad-option' }))
  })
})

describe('secrets', () => {
  it.each([undefined, '', [], [''], [undefined], [SECRET, ''], 42])(
    '%j is refused everywhere',
    (secretKey) => {
      expect(refusal({ secretKey })).toMatchObject({ code: 'bad-secret' })
    },
  )

  it.each(['short', 'keyboard cat', 'your-secret-here', 'a'.repeat(40)])(
    '%s is refused in production',
    (secretKey) => {
      vi.stubEnv('NODE_ENV', 'production')
      const error = refusal({ secretKey, store: new Proxy(new MemoryStore(), {}) })
      expect(error.code).toBe('bad-secret')
      expect(error.message).not.toContain(secretKey)
    },
  )

  it('a weak one warns once elsewhere, without repeating it', () => {
    const warnings: string[] = []
    const logger = { debug() {}, info() {}, warn: (text: string) => void warnings.push(text) }
    for (let n = 0; n < 2; n++) createSessions(options({ secretKey: 'hunter2', logger }))
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/npx sessmw secret/)
    expect(warnings[0]).not.toContain('hunter2')
  })

  it('an old short one behind a new one is refused in production too', () => {
    vi.stubEnv('NODE_ENV', 'production')
    expect(refusal({ secretKey: [SECRET, 'short'] }).code).toBe('bad-secret')
  })
})

describe('cookies that browsers refuse', () => {
  it.each<[object, RegExp]>([
    [{ sessionCookie: 'two words' }, /name/],
    [{ sessionCookie: '' }, /name/],
    [{ sessionCookie: '__Host-sid', path: '/app' }, /path/],
    [{ sessionCookie: '__Host-sid', domain: 'example.com' }, /domain/],
    [{ sessionCookie: '__host-sid', secure: false }, /secure/],
    [{ sessionCookie: '__Secure-sid', secure: 'auto' }, /secure/],
    [{ sameSite: 'none', secure: false }, /secure/],
    [{ partitioned: true, secure: false }, /secure/],
    [{ sameSite: 'Lax' }, /sameSite/],
    [{ path: 'app' }, /path/],
    [{ path: '/;x' }, /path/],
    [{ domain: 'https://example.com' }, /domain/],
    [{ httpOnly: 'yes' }, /httpOnly/],
    [{ priority: 'urgent' }, /priority/],
  ])('%j', (given, what) => {
    const error = refusal(given)
    expect(error.code).toBe('bad-cookie')
    expect(error.message).toMatch(what)
  })
})

describe('everything else', () => {
  it.each<[object, RegExp]>([
    [{ store: {} }, /store.*create/],
    [{ store: new Map() }, /store/],
    [{ store: null }, /store/],
    [{ store: { get() {}, set() {}, destroy() {} } }, /fromExpressStore/],
    [{ onStoreError: 'ignore' }, /onStoreError/],
    [{ logger: true }, /logger/],
    [{ logger: { warn() {} } }, /logger/],
    [{ clock: 5 }, /clock/],
    [{ generateId: 'x' }, /generateId/],
    [{ skip: true }, /skip/],
    [{ ownerOf: 'user' }, /ownerOf/],
    [{ cookie: { secure: true } }, /cookie/],
    [{ lazy: 'false' }, /lazy/],
    [{ trustProxy: 1 }, /trustProxy/],
    [{ sessionObject: '' }, /sessionObject/],
    [{ sessionObject: '__proto__' }, /sessionObject/],
    [{ maxBytes: 0 }, /maxBytes/],
    [{ maxDepth: 'deep' }, /maxDepth/],
    [{ skipSessionHeader: { headerName: 'x' } }, /skipSessionHeader/],
    [{ skipSessionHeader: 7 }, /skipSessionHeader/],
  ])('%j is refused', (given, what) => {
    const error = refusal(given)
    expect(error.code).toBe('bad-option')
    expect(error.message).toMatch(what)
  })

  it.each([
    'sessionCookie',
    'httpOnly',
    'secure',
    'sameSite',
    'path',
    'sessionObject',
    'onStoreError',
    'maxBytes',
    'maxDepth',
  ])('%s: null is refused, since a default in its place would hide a setting that was not found', (name) => {
    expect(refusal({ [name]: null })).toMatchObject({
      code: 'bad-option',
      message: expect.stringContaining(`${name} is null`),
    })
  })

  it('a size that is no number is refused as such', () => {
    expect(refusal({ maxBytes: '1mb' }).message).toBe('maxBytes must be a number above 0.')
  })

  it('undefined is the default', () => {
    const names = ['store', 'maxAge', 'lazy', 'trustProxy', 'logger', 'clock', 'skip', 'sameSite', 'maxBytes']
    expect(() =>
      createSessions(options(Object.fromEntries(names.map((name) => [name, undefined])))),
    ).not.toThrow()
  })

  it('the memory store warns once in production', () => {
    vi.stubEnv('NODE_ENV', 'production')
    const warnings: string[] = []
    const logger = { debug() {}, info() {}, warn: (text: string) => void warnings.push(text) }
    for (let n = 0; n < 2; n++) createSessions(options({ logger }))
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/memory/)
  })
})
