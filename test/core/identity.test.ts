// Ids, secrets, and which of several cookies counts.
import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { signValue } from '../../src/cookie/signed-value.js'
import { SECRET } from '../support/http.js'
import { Browser, rejection, setup } from './harness.js'

const handleOf = (id: string) => createHash('sha256').update(id).digest('base64url')

async function twoSessions(given = {}) {
  const world = setup(given)
  const [one, two] = [new Browser(world.sessions), new Browser(world.sessions)]
  for (const [n, browser] of [one, two].entries())
    await browser.visit(async (session) => {
      await session.login(`u${n}`)
      session.data.n = n
    })
  return { ...world, one, two, both: `sid=${one.cookie}; sid=${two.cookie}` }
}

describe('several cookies of our name', () => {
  it('two that are alive revoke each other, and the next login works', async () => {
    const { sessions, one, two, both, memory, events } = await twoSessions()
    const visitor = new Browser(sessions)
    const { verdict, session, setCookie } = await visitor.visit(undefined, both)
    expect(verdict).toMatchObject({ load: 'ambiguous', save: 'empty', cookie: 'unchanged' })
    expect([{ ...session.data }, session.owner, setCookie]).toEqual([{}, undefined, undefined])
    expect(await memory.count()).toBe(0)
    expect(events.filter(([name]) => name === 'revoked').map(([, { owner }]) => owner)).toEqual(['u0', 'u1'])
    expect(events.at(-1)).toMatchObject(['rejected', { code: 'ambiguous' }])

    const login = await visitor.visit((again) => again.login('u0'), both)
    expect(login.verdict).toMatchObject({ load: 'unknown', save: 'created', cookie: 'set' })
    const again = await visitor.visit(undefined, `sid=${two.cookie}; sid=${visitor.cookie}`)
    expect(again.verdict).toMatchObject({ load: 'loaded', owner: 'u0' })
    expect(one.cookie).not.toBe(visitor.cookie)
  })

  it.each([
    ['an ended one', (dead: string, alive: string) => `sid=${dead}; sid=${alive}`],
    ['an ended one behind it', (dead: string, alive: string) => `sid=${alive}; sid=${dead}`],
    [
      'a forged one',
      (_dead: string, alive: string) => `sid=s%3A${'A'.repeat(43)}.${'B'.repeat(43)}; sid=${alive}`,
    ],
    ['itself', (_dead: string, alive: string) => `sid=${alive}; sid=${alive}`],
    ['three others', (dead: string, alive: string) => `sid=x; sid=${dead}; sid=; sid=${alive}`],
  ])('the living one counts beside %s', async (_what, header) => {
    const { sessions, one, two } = await twoSessions()
    const dead = one.cookie as string
    await one.visit((session) => session.destroy())
    const { verdict } = await two.visit(undefined, header(dead, two.cookie as string))
    expect(verdict).toMatchObject({ load: 'loaded', owner: 'u1' })
    expect((await sessions.list()).sessions).toHaveLength(1)
  })

  it('only the first four are looked at', async () => {
    const { one, faults } = await twoSessions()
    const others = Array.from(
      { length: 4 },
      () => `sid=${signValue(randomBytes(32).toString('base64url'), SECRET)}`,
    )
    const reads = faults.calls('read')
    const { verdict } = await one.visit(undefined, [...others, `sid=${one.cookie}`].join('; '))
    expect(verdict.load).toBe('unknown')
    expect(faults.calls('read') - reads).toBe(4)
  })

  it('a store that fails for one of them fails the request', async () => {
    const { sessions, faults, both } = await twoSessions()
    faults.fail('read')
    expect(await rejection(sessions.open(both))).toMatchObject({ code: 'store-failed' })
  })
})

describe('secrets', () => {
  const OLD = 'old-secret-0123456789-abcdefghijklmnop'

  it('a cookie signed by an older one is signed again, once', async () => {
    const before = setup({ secretKey: OLD })
    const browser = new Browser(before.sessions)
    await browser.visit((session) => void Object.assign(session.data, { user: 'u1' }))
    const { sessions } = setup({ secretKey: [SECRET, OLD], store: before.store, clock: before.clock })
    const rotated = new Browser(sessions)
    rotated.cookie = browser.cookie
    const { verdict, setCookie, session } = await rotated.visit()
    expect(verdict).toMatchObject({ load: 'loaded', save: 'unchanged', cookie: 're-signed' })
    expect(setCookie).toContain(signValue(session.id, SECRET))
    expect((await rotated.visit()).verdict.cookie).toBe('unchanged')
    const { sessions: after } = setup({ store: before.store, clock: before.clock })
    expect((await new Browser(after).visit(undefined, browser.header)).verdict.load).toBe('bad-signature')
    expect((await new Browser(after).visit(undefined, rotated.header)).verdict.load).toBe('loaded')
  })

  it('F27: a process that only verifies the new one already accepts it', async () => {
    const promoted = setup({ secretKey: [SECRET, OLD] })
    const browser = new Browser(promoted.sessions)
    await browser.visit((session) => void Object.assign(session.data, { user: 'u1' }))
    const { sessions } = setup({ secretKey: [OLD, SECRET], store: promoted.store, clock: promoted.clock })
    expect((await new Browser(sessions).visit(undefined, browser.header)).verdict.load).toBe('loaded')
  })
})

describe('ids', () => {
  it('the store sees the SHA-256 of the id only', async () => {
    const { sessions, memory } = setup()
    const { session } = await new Browser(sessions).visit(({ data }) => void Object.assign(data, { a: 1 }))
    expect(await memory.read(session.id)).toBeNull()
    expect(await memory.read(handleOf(session.id))).not.toBeNull()
    expect(session.handle).toBe(handleOf(session.id))
  })

  it('a handle in a genuine cookie opens nothing', async () => {
    const { sessions } = setup()
    const { session } = await new Browser(sessions).visit(({ data }) => void Object.assign(data, { a: 1 }))
    const { verdict } = await new Browser(sessions).visit(
      undefined,
      `sid=${signValue(session.handle, SECRET)}`,
    )
    expect(verdict.load).toBe('unknown')
  })

  it('one that the server did not issue is never adopted', async () => {
    const { sessions, memory } = setup()
    const planted = randomBytes(32).toString('base64url')
    const { session } = await new Browser(sessions).visit(
      ({ data }) => void Object.assign(data, { a: 1 }),
      `sid=${signValue(planted, SECRET)}`,
    )
    expect(session.id).not.toBe(planted)
    expect(await memory.read(handleOf(planted))).toBeNull()
  })

  const given = (ids: unknown[]) => ({ generateId: () => ids.shift() as string })
  const [A, B] = ['A'.repeat(43), 'B'.repeat(43)]

  it('A, A, B: one that the store has already is given to nobody else', async () => {
    const { sessions, faults, memory } = setup(given([A, A, B]))
    const [one, two] = [new Browser(sessions), new Browser(sessions)]
    await one.visit((session) => void Object.assign(session.data, { user: 'one' }))
    await two.visit((session) => void Object.assign(session.data, { user: 'two' }))
    expect(faults.calls('create')).toBe(3)
    expect(await one.data()).toEqual({ user: 'one' })
    expect(await two.data()).toEqual({ user: 'two' })
    expect((await memory.read(handleOf(B)))?.fields).toEqual({ user: '"two"' })
  })

  it('a generator that always says the same fails the request, and changes nothing', async () => {
    const { sessions } = setup({ generateId: () => A })
    const one = new Browser(sessions)
    await one.visit((session) => void Object.assign(session.data, { user: 'one' }))
    const error = await rejection(
      new Browser(sessions).visit((session) => void Object.assign(session.data, { a: 1 })),
    )
    expect(error).toMatchObject({ code: 'store-exists', status: 500 })
    expect(await one.data()).toEqual({ user: 'one' })
  })

  it.each(['', 'short', 'A'.repeat(21), `${'A'.repeat(42)}!`, 'A'.repeat(257), undefined, 42])(
    'the generated id %j is refused, by save() and by the commit',
    async (id) => {
      const { sessions, memory } = setup({ generateId: () => id as string })
      const session = await sessions.open()
      session.data.a = 1
      expect(await rejection(session.save())).toMatchObject({ code: 'bad-id' })
      expect(await rejection(sessions.commit(session))).toMatchObject({ code: 'bad-id' })
      expect(session.verdict).toMatchObject({ save: 'failed', cookie: 'withheld-failed' })
      expect(await memory.count()).toBe(0)
    },
  )

  it.each([22, 43, 256])('%i characters of a generator of one’s own are found again', async (length) => {
    const { sessions } = setup({ generateId: () => randomBytes(256).toString('base64url').slice(0, length) })
    const browser = new Browser(sessions)
    await browser.visit((session) => void Object.assign(session.data, { a: 1 }))
    expect(await browser.data()).toEqual({ a: 1 })
  })
})

describe('list, revoke, revokeOwner', () => {
  async function many(count: number, owner: (n: number) => string, pages = true) {
    const world = setup()
    if (!pages) Object.assign(world.memory, { page: undefined })
    const browsers = Array.from({ length: count }, () => new Browser(world.sessions))
    for (const [n, browser] of browsers.entries()) await browser.visit((session) => session.login(owner(n)))
    return { ...world, browsers }
  }

  it.each([true, false])('pages hold each session once (pages of the store: %s)', async (pages) => {
    const { sessions } = await many(25, (n) => `u${n % 2}`, pages)
    for (const owner of [undefined, 'u0']) {
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = await sessions.list({ limit: 4, ...(owner && { owner }), ...(cursor && { cursor }) })
        expect(page.sessions.length).toBeLessThanOrEqual(4)
        seen.push(...page.sessions.map(({ handle }) => handle))
        cursor = page.cursor
      } while (cursor !== undefined)
      expect(new Set(seen).size).toBe(seen.length)
      expect(seen).toHaveLength(owner === undefined ? 25 : 13)
    }
  })

  it.each([
    [undefined, true],
    [undefined, false],
    ['u0', true],
  ])(
    'sessions that end between two pages hide no other (owner %s, pages of the store: %s)',
    async (owner, pages) => {
      const { sessions } = await many(20, () => 'u0', pages)
      let cursor: string | undefined
      do {
        const page = await sessions.list({ limit: 3, ...(owner && { owner }), ...(cursor && { cursor }) })
        for (const { handle } of page.sessions) expect(await sessions.revoke(handle)).toBe(true)
        cursor = page.cursor
      } while (cursor !== undefined)
      expect((await sessions.list()).sessions).toEqual([])
    },
  )

  it.each([Number.NaN, '20', null])('a limit of %j is refused, rather than none', async (limit) => {
    const { sessions } = setup()
    await expect(sessions.list({ limit: limit as number })).rejects.toMatchObject({ code: 'bad-option' })
  })

  it('show neither ids nor data, and no expired session', async () => {
    const { sessions, browsers, clock } = await many(2, (n) => `u${n}`)
    clock.advance('23h')
    const { session } = (await browsers[0]?.visit()) ?? {}
    clock.advance('2h')
    const { sessions: listed } = await sessions.list()
    expect(listed).toHaveLength(1)
    expect(Object.keys(listed[0] ?? {}).sort()).toEqual([
      'createdAt',
      'expiresAt',
      'handle',
      'lastSeenAt',
      'owner',
    ])
    expect(JSON.stringify(listed)).not.toContain(session?.id)
  })

  it('revoke ends a session by its handle', async () => {
    const { sessions, browsers, events } = await many(2, () => 'u0')
    const [one, two] = browsers as [Browser, Browser]
    const { session } = await one.visit()
    expect(await sessions.revoke(session.handle)).toBe(true)
    expect(await sessions.revoke(session.handle)).toBe(false)
    expect((await one.visit()).verdict.load).toBe('unknown')
    expect((await two.visit()).verdict.load).toBe('loaded')
    expect(events.filter(([name]) => name === 'revoked')).toHaveLength(1)
  })

  it('revoke refuses what is no handle', async () => {
    const { sessions } = setup()
    for (const handle of ['', 'x', '../x', undefined])
      expect(await rejection(sessions.revoke(handle as string))).toMatchObject({ code: 'store-bad-key' })
  })

  it('revokeOwner ends all of an owner but the one that is excepted', async () => {
    const { sessions, browsers } = await many(6, (n) => `u${n % 2}`)
    const own = (await browsers[0]?.visit())?.session.handle as string
    expect(await sessions.revokeOwner('u0', { except: own })).toBe(2)
    const codes = await Promise.all(browsers.map(async (browser) => (await browser.visit()).verdict.load))
    expect(codes).toEqual(['loaded', 'loaded', 'unknown', 'loaded', 'unknown', 'loaded'])
    expect(await sessions.revokeOwner('u0')).toBe(1)
    expect(await sessions.revokeOwner('nobody')).toBe(0)
  })

  it('owners are text or numbers, and 7 is "7"', async () => {
    const { sessions } = setup()
    const browser = new Browser(sessions)
    await browser.visit((session) => session.login(7))
    expect((await sessions.list({ owner: '7' })).sessions).toHaveLength(1)
    for (const owner of ['', Number.NaN, {}, true])
      expect(await rejection(sessions.revokeOwner(owner as string))).toMatchObject({ code: 'bad-option' })
  })

  it('a store that cannot list says so', async () => {
    const { memory } = setup()
    const bare = {
      create: memory.create.bind(memory),
      read: memory.read.bind(memory),
      update: memory.update.bind(memory),
      touch: memory.touch.bind(memory),
      delete: memory.delete.bind(memory),
    }
    const { sessions } = setup({ store: bare })
    for (const call of [sessions.list(), sessions.revokeOwner('u0')])
      expect(await rejection(call)).toMatchObject({ code: 'store-incapable' })
  })
})
