import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SessionRecord } from '../../src/core/record.js'
import { handleOf } from '../../src/core/session-id.js'
import { coreOf } from '../../src/core/sessions.js'
import type { SessionsCore } from '../../src/core/sessions-core.js'
import { createSessions, MemoryStore } from '../../src/index.js'
import { CallError } from '../../src/inspector/answer.js'
import { followCore } from '../../src/inspector/core-watcher.js'
import { searchFor } from '../../src/inspector/search.js'
import { type ListPage, listSessions } from '../../src/inspector/session-list.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import type { ErrorBody, ListBody } from './api-helpers.js'
import { closeAll, type Rig, rig, SECRET, TOKEN } from './inspector-helpers.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

interface Made {
  readonly name: string
  readonly owner?: string
  readonly data?: Record<string, unknown>
  readonly age?: number
  readonly idle?: number
  readonly left?: number
}

const clock = fakeClock()
const keyOf = (name: string): string => handleOf(name)

function recordOf({ owner, data = {}, age = HOUR, idle = MINUTE, left = HOUR }: Made): SessionRecord {
  const now = clock()
  return {
    ...{ version: 1, createdAt: now - age, lastSeenAt: now - idle, expiresAt: now + left },
    ...(owner !== undefined && { owner }),
    fields: Object.fromEntries(Object.entries(data).map(([name, value]) => [name, JSON.stringify(value)])),
  }
}

const SESSIONS: Made[] = [
  {
    name: 'ada',
    owner: 'ada',
    data: { role: 'admin', cart: { total: 7, items: ['Apple pie'] }, csrf: 'aaa' },
  },
  { name: 'bob', owner: 'Bob 2', data: { role: 'member', views: 12 }, idle: 10 * MINUTE, left: MINUTE },
  { name: 'new', age: 10_000, idle: 10_000, data: { note: 'x'.repeat(3_000) } },
  { name: 'old', age: 6 * 24 * HOUR, data: { flags: { beta: true }, pin: 'aaa' } },
  { name: 'gone', owner: 'ada', left: -MINUTE, data: { role: 'admin' } },
]

async function withSessions(): Promise<Rig> {
  const made = await rig({ auth: TOKEN }, clock)
  for (const session of SESSIONS) await made.store.create(keyOf(session.name), recordOf(session))
  return made
}

/** For tests that only look. */
let here: Rig
beforeAll(async () => {
  here = await withSessions()
})
afterAll(closeAll)

const names = new Map(SESSIONS.map(({ name }) => [keyOf(name), name]))

async function find(q: string, more = '', { api } = here): Promise<(string | undefined)[]> {
  const query = `?sort=owner&q=${encodeURIComponent(q)}${more}`
  const { body } = await api<ListBody>('GET', `/api/v1/sessions${query}`)
  expect(body.matched).toBe(body.sessions.length)
  return body.sessions.map(({ handle }) => names.get(handle)).sort()
}

describe('a search', () => {
  it.each([
    ['', ['ada', 'bob', 'new', 'old']],
    ['user:ada', ['ada']],
    ['owner:ADA', ['ada']],
    ['user:"bob 2"', ['bob']],
    ['bob', ['bob']],
    ['rol', ['ada', 'bob']],
    ['-user:ada', ['bob', 'new', 'old']],
    ['has:cart', ['ada']],
    ['-has:role -has:note', ['old']],
    ['is:signed-in', ['ada', 'bob']],
    ['is:anonymous', ['new', 'old']],
    ['is:expiring', ['bob']],
    ['is:new', ['new']],
    ['is:expired', ['gone']],
    ['age>1d', ['old']],
    ['age<=60', ['new']],
    ['idle>=10m', ['bob']],
    ['expires<5m', ['bob']],
    ['keys>2', ['ada']],
    ['keys>=2 -has:cart', ['bob', 'old']],
    ['size>2kb', ['new']],
    ['role:admin', ['ada']],
    ['role:ADM', ['ada']],
    ['cart.total:7', ['ada']],
    ['cart.items:pie', ['ada']],
    ['cart:"apple pie"', ['ada']],
    ['views:12', ['bob']],
    ['views:1', []],
    ['flags.beta:true', ['old']],
    ['-role:admin', ['bob', 'new', 'old']],
    ['role:admin user:ada is:signed-in', ['ada']],
    ['role:admin is:expired', ['gone']],
    ['nobody', []],
  ])('for %s finds %j', async (q, found) => {
    expect(await find(q)).toEqual(found)
  })

  it('by the beginning of a handle finds that session', async () => {
    expect(await find(keyOf('old').slice(0, 8))).toEqual(['old'])
  })

  it('takes a whole handle for one even where it begins with the sign of negation', async () => {
    const own = await rig({ auth: TOKEN }, clock)
    const dashed = `-${keyOf('dashed').slice(1)}`
    names.set(dashed, 'dashed')
    for (const key of [dashed, keyOf('ada')]) await own.store.create(key, recordOf({ name: 'any' }))
    expect(await find(dashed, '', own)).toEqual(['dashed'])
    expect(await find(`"${dashed.slice(0, 8)}"`, '', own)).toEqual(['dashed'])
  })

  it('by path finds those that asked for it', async () => {
    const own = await withSessions()
    const { id } = await own.visit({ a: 1 })
    names.set(handleOf(id), 'visitor')
    expect(await find('path:/vis', '', own)).toEqual(['visitor'])
    expect(await find('path:/other', '', own)).toEqual([])
  })

  it.each([
    'csrf:aaa',
    'csrf:a',
    'csrf:masked',
    'pin:aaa',
    'cart.total.x:7',
    '__proto__.a:1',
    'constructor.name:object',
  ])('for %s finds nothing: what is masked cannot be guessed by searching', async (q) => {
    expect(await find(q)).toEqual([])
  })

  it.each([
    'is:nonsense',
    'is:toString',
    'age>soon',
    'age>5x',
    'role>5',
    '"open',
    'x'.repeat(501),
    'a '.repeat(21),
  ])('that makes no sense, such as %s, is refused with the terms that do', async (q) => {
    const { status, body } = await here.api<ErrorBody>('GET', `/api/v1/sessions?q=${encodeURIComponent(q)}`)
    expect([status, body.error.code]).toEqual([400, 'bad-query'])
    expect(body.error.fix).toContain('is:expiring')
  })
})

describe('a filter', () => {
  it.each([
    ['all', ['ada', 'bob', 'new', 'old']],
    ['signed-in', ['ada', 'bob']],
    ['anonymous', ['new', 'old']],
    ['expiring', ['bob']],
    ['expired', ['gone']],
  ])('%s lets through %j', async (filter, found) => {
    expect(await find('', `&filter=${filter}`)).toEqual(found)
  })

  it('counts all that live, and those let through', async () => {
    const { body } = await here.api<ListBody>('GET', '/api/v1/sessions?filter=signed-in')
    expect([body.total, body.matched]).toEqual([4, 2])
  })

  it.each([
    'filter=x',
    'sort=x',
    'sort=--seen',
    'limit=201',
    'cursor=x',
    'cursor=W10',
    'sort=owner&cursor=WyJzZWVuIiwxLCJ4Il0',
  ])('refuses %s', async (query) => {
    expect((await here.api('GET', `/api/v1/sessions?${query}`)).status).toBe(400)
  })
})

/** All handles of a list, page by page. */
async function pages(store: MemoryStore, sort: string, limit: number): Promise<string[]> {
  const core = coreOf(createSessions({ secretKey: SECRET, store, clock })) as SessionsCore
  const recorder = followCore(core)
  const found: string[] = []
  let cursor: string | null = null
  do {
    const rules = { reveal: false, redact: [] }
    const query = { q: '', filter: 'all', sort, limit, cursor, rules, isVisible: () => true }
    const page: ListPage = await listSessions(recorder, query)
    found.push(...page.items.map(({ handle }) => handle))
    cursor = page.cursor
  } while (cursor !== null)
  return found
}

describe('an order', () => {
  it.each([
    ['seen', 'lastSeenAt', -1],
    ['created', 'createdAt', -1],
    ['expires', 'expiresAt', 1],
    ['owner', 'owner', 1],
    ['keys', 'keys', -1],
    ['size', 'bytes', -1],
  ] as const)('by %s goes by %s, and by handle among equals', async (sort, field, direction) => {
    type Facts = Record<string, string | number>
    const list = async (by: string) =>
      (await here.api<{ sessions: Facts[] }>('GET', `/api/v1/sessions?sort=${by}`)).body.sessions
    const compare = (one: Facts, other: Facts, sign: number) => {
      // Whoever is nobody's comes last.
      const [left, right] = [one[field] ?? '\uffff', other[field] ?? '\uffff']
      if (left !== right) return left < right ? -sign : sign
      return String(one.handle) < String(other.handle) ? -1 : 1
    }
    const found = await list(sort)
    expect(found).toEqual(found.toSorted((one, other) => compare(one, other, direction)))
    expect(await list(`-${sort}`)).toEqual(found.toSorted((one, other) => compare(one, other, -direction)))
  })

  it('goes on where it was when sessions come and go between two pages', async () => {
    const { api, sessions } = await withSessions()
    const first = (await api<ListBody>('GET', '/api/v1/sessions?sort=-created&limit=2')).body
    await sessions.revoke(first.sessions[1]?.handle ?? '')
    await sessions.store.create(keyOf('later'), recordOf({ name: 'later', age: 0 }))
    const rest = (await api<ListBody>('GET', `/api/v1/sessions?sort=-created&cursor=${first.cursor}`)).body
    expect(rest.sessions).toHaveLength(3)
    expect(rest.sessions.map(({ handle }) => handle)).not.toContain(first.sessions[0]?.handle)
  })
})

describe('properties', () => {
  it('a query of any text is understood or refused, at once', () => {
    const term = fc.constantFrom('user:', 'is:', '-', '"', 'age>', ':', ' ', 'a.b:', 'keys<')
    const text = fc.array(fc.oneof(term, fc.string({ unit: 'binary-ascii', maxLength: 5 })), { maxLength: 8 })
    const rules = { reveal: false, redact: [] }
    const facts = { now: 0, rules, stateOf: () => 'alive' as const, handlesAt: () => new Set<string>() }
    fc.assert(
      fc.property(text, (parts) => {
        try {
          searchFor(parts.join(''), facts)
        } catch (error) {
          if (!(error instanceof CallError) || error.code !== 'bad-query') throw error
        }
      }),
      { numRuns: 100 },
    )
  })

  it('an order has every session exactly once in pages of any size, in both directions', async () => {
    const sorts = fc.constantFrom('seen', 'created', 'expires', 'owner', 'keys', 'size')
    const session = fc.record({
      idle: fc.nat(5),
      keys: fc.nat(3),
      owner: fc.constantFrom('a', 'b', undefined),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(session, { minLength: 1, maxLength: 25 }),
        sorts,
        fc.integer({ min: 1, max: 7 }),
        async (made, sort, limit) => {
          const store = new MemoryStore({ clock })
          for (const [at, { idle, keys, owner }] of made.entries()) {
            const data = Object.fromEntries(Array.from({ length: keys }, (_, n) => [`k${n}`, n]))
            await store.create(
              keyOf(String(at)),
              recordOf({ name: '', idle, data, ...(owner !== undefined && { owner }) }),
            )
          }
          const [down, up] = [await pages(store, sort, limit), await pages(store, `-${sort}`, limit)]
          expect([down.length, new Set(down).size]).toEqual([made.length, made.length])
          expect(up.toSorted()).toEqual(down.toSorted())
        },
      ),
      { numRuns: 60 },
    )
  })
})
