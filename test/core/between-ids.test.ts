import { describe, expect, it } from 'vitest'
import { createSessions, MemoryStore, type Session, type Sessions } from '../../src/index.js'
import { faultyStore } from '../../src/testing/faulty-store.js'
import { SECRET } from '../support/http.js'

function setup() {
  const store = faultyStore(new MemoryStore())
  const sessions = createSessions({ secretKey: SECRET, store })
  return { store, sessions }
}

/** Commits, and answers with the Cookie header that the browser then sends. */
async function commit(sessions: Sessions, session: Session): Promise<string | undefined> {
  return (await sessions.commit(session))?.split(';')[0]
}

/** A session that says whose it is, with an owner or without; answers with its Cookie header. */
async function stored(sessions: Sessions, owner: string | undefined): Promise<string> {
  const session = await sessions.open()
  if (owner !== undefined) await session.login(owner)
  session.data.user = 'u1'
  return (await commit(sessions, session)) as string
}

const loggedIn = (sessions: Sessions): Promise<string> => stored(sessions, 'u1')

describe('a session between two ids', () => {
  const endings: [string, (sessions: Sessions, session: Session) => Promise<unknown>][] = [
    ['a logout', (_sessions, session) => session.logout()],
    ['revoke', (sessions, session) => sessions.revoke(session.handle)],
    ['revokeOwner', (sessions) => sessions.revokeOwner('u1')],
  ]

  it.each(endings)('is ended by %s with the old id, before it is stored again', async (_how, end) => {
    const { sessions, store } = setup()
    const cookie = await loggedIn(sessions)
    const slow = await sessions.open(cookie)
    const known = await sessions.open(cookie)
    await slow.regenerate({ keep: ['user'] })
    const other = _how === 'a logout' ? await sessions.open(cookie) : known
    await end(sessions, other)
    expect(await commit(sessions, slow)).toBeUndefined()
    expect(slow.verdict.save).toBe('discarded')
    expect(await store.count()).toBe(0)
  })

  it.each(endings)('is ended by %s with the old id, while what it changed is stored', async (_how, end) => {
    const { sessions, store } = setup()
    const cookie = await loggedIn(sessions)
    const slow = await sessions.open(cookie)
    const known = await sessions.open(cookie)
    await slow.regenerate({ keep: ['user'] })
    slow.data.more = true
    const updating = store.faults.barrier('update')
    const committed = commit(sessions, slow)
    await updating.arrived
    const other = _how === 'a logout' ? await sessions.open(cookie) : known
    await end(sessions, other)
    updating.release()
    expect(await committed).toBeUndefined()
    expect(slow.verdict.save).toBe('discarded')
    expect(await store.count()).toBe(0)
  })

  it.each(endings.slice(0, 2))(
    'is ended by %s with the old id, while it is stored again',
    async (_how, end) => {
      const { sessions, store } = setup()
      const cookie = await stored(sessions, undefined)
      const slow = await sessions.open(cookie)
      const known = await sessions.open(cookie)
      await slow.regenerate({ keep: ['user'] })
      const creating = store.faults.barrier('create')
      const committed = commit(sessions, slow)
      await creating.arrived
      const other = _how === 'a logout' ? await sessions.open(cookie) : known
      await end(sessions, other)
      creating.release()
      expect(await committed).toBeUndefined()
      expect(slow.verdict.save).toBe('discarded')
      expect(await store.count()).toBe(0)
    },
  )

  describe('of an owner, ended by revokeOwner in another process', () => {
    it.each(['before the new record is there', 'between creation and deletion', 'before the commit'])(
      '%s',
      async (when) => {
        const { sessions, store } = setup()
        const elsewhere = createSessions({ secretKey: SECRET, store })
        const cookie = await loggedIn(sessions)
        const slow = await sessions.open(cookie)
        const gate =
          when === 'before the commit'
            ? undefined
            : store.faults.barrier(when.startsWith('before') ? 'create' : 'delete')
        const regenerated = slow.regenerate({ keep: ['user'] })
        await (gate === undefined ? regenerated : gate.arrived)
        await elsewhere.revokeOwner('u1')
        gate?.release()
        await regenerated
        slow.data.more = true
        expect(await commit(sessions, slow)).toBeUndefined()
        expect(slow.verdict.save).toBe('discarded')
        expect(await store.count()).toBe(0)
      },
    )
  })

  it('keeps the old session when the new record cannot be created', async () => {
    const { sessions, store } = setup()
    const cookie = await loggedIn(sessions)
    const slow = await sessions.open(cookie)
    store.faults.fail('create')
    await expect(slow.regenerate({ keep: ['user'] })).rejects.toMatchObject({ code: 'store-failed' })
    store.faults.heal()
    expect({ ...slow.data }).toEqual({ user: 'u1' })
    expect((await sessions.open(cookie)).owner).toBe('u1')
    expect(await store.count()).toBe(1)
  })

  it('leaves no living record behind when the old one cannot be deleted', async () => {
    const { sessions, store } = setup()
    const cookie = await loggedIn(sessions)
    const slow = await sessions.open(cookie)
    store.faults.fail('delete')
    await expect(slow.regenerate()).rejects.toMatchObject({ code: 'store-failed' })
    store.faults.heal()
    expect((await sessions.list({ owner: 'u1' })).sessions.map(({ handle }) => handle)).toEqual([slow.handle])
  })

  it('refuses to keep what cannot be stored, and stays as it was', async () => {
    const { sessions } = setup()
    const slow = await sessions.open(await loggedIn(sessions))
    slow.data.broken = (() => 1) as never
    await expect(slow.regenerate({ keep: ['broken'] })).rejects.toMatchObject({ code: 'unstorable-value' })
    expect(slow.data.user).toBe('u1')
  })

  it.each(['before it is stored again', 'after it is stored again'])(
    'is ended by a logout that had loaded it under the old id, %s',
    async (when) => {
      const { sessions, store } = setup()
      const cookie = await loggedIn(sessions)
      const slow = await sessions.open(cookie)
      const known = await sessions.open(cookie)
      await slow.regenerate({ keep: ['user'] })
      if (when.startsWith('after')) await commit(sessions, slow)
      await known.logout()
      if (when.startsWith('before')) expect(await commit(sessions, slow)).toBeUndefined()
      expect(await store.count()).toBe(0)
    },
  )

  it('is ended by revoke with the handle that it had two regenerations ago', async () => {
    const { sessions, store } = setup()
    const first = await loggedIn(sessions)
    const { handle } = await sessions.open(first)
    let cookie: string | undefined = first
    for (let n = 0; n < 2; n++) {
      const session = await sessions.open(cookie)
      await session.regenerate({ keep: ['user'] })
      cookie = await commit(sessions, session)
    }
    expect(await sessions.revoke(handle)).toBe(true)
    expect(await store.count()).toBe(0)
    expect(await sessions.revoke(handle)).toBe(false)
  })

  it.each(endings.slice(0, 2))('that two requests renew at once is ended by %s', async (_how, end) => {
    for (const owner of ['u1', undefined])
      for (const order of ['before both', 'between them', 'after both']) {
        const { sessions, store } = setup()
        const cookie = await stored(sessions, owner)
        const [one, two, known] = await Promise.all([1, 2, 3].map(() => sessions.open(cookie)))
        if (one === undefined || two === undefined || known === undefined)
          throw new Error('three were opened')
        await Promise.all([one, two].map((session) => session.regenerate({ keep: ['user'] })))
        if (order === 'before both') await end(sessions, known)
        await commit(sessions, two)
        if (order === 'between them') await end(sessions, known)
        await commit(sessions, one)
        if (order === 'after both') await end(sessions, known)
        expect(await store.count(), `${owner}, ${order}`).toBe(0)
      }
  })

  it.each(['awaited', 'not awaited'])(
    'stays when all others of its owner are ended by its own request (%s)',
    async (how) => {
      const { sessions, store } = setup()
      const other = await loggedIn(sessions)
      const session = await sessions.open(await loggedIn(sessions))
      const regenerated = session.regenerate({ keep: ['user'] })
      if (how === 'awaited') await regenerated
      await sessions.revokeOwner('u1', { except: session.handle })
      const renewed = await commit(sessions, session)
      expect({ ...(await sessions.open(renewed)).data }).toEqual({ user: 'u1' })
      expect((await sessions.open(other)).verdict.load).toBe('unknown')
      expect(await store.count()).toBe(1)
    },
  )

  it.each<[string, (session: Session) => Promise<unknown>]>([
    ['destroy', (session) => session.destroy()],
    ['login', (session) => session.login('u2')],
    ['regenerate', (session) => session.regenerate({ keep: ['user'] })],
  ])('that could not be renewed is ended by the %s that follows', async (name, next) => {
    for (const method of ['create', 'delete'] as const)
      for (const owner of ['u1', undefined]) {
        const { sessions, store } = setup()
        const cookie = await stored(sessions, owner)
        const session = await sessions.open(cookie)
        if (method === 'create' && owner === undefined) continue
        store.faults.fail(method)
        const failed = session.regenerate({ keep: ['user'] }).catch((error: unknown) => {
          store.faults.heal()
          return error
        })
        const followed = next(session)
        expect(await failed).toMatchObject({ code: 'store-failed' })
        await followed
        const renewed = await commit(sessions, session)
        expect((await sessions.open(cookie)).verdict.load, `${method}, ${owner}`).toBe('unknown')
        if (name === 'destroy') expect(renewed).toMatch(/^sid=$/)
        else expect((await sessions.open(renewed)).owner).toBe(name === 'login' ? 'u2' : owner)
        expect((await sessions.list()).sessions).toHaveLength(name === 'destroy' ? 0 : 1)
      }
  })

  it('is discarded when it was gone already, and names no record that was taken back', async () => {
    for (const owner of ['u1', undefined]) {
      const { sessions, store } = setup()
      const session = await sessions.open(await stored(sessions, owner))
      const { handle } = session
      await store.clear()
      await session.regenerate()
      expect(await commit(sessions, session)).toBeUndefined()
      expect(session.verdict).toMatchObject({ save: 'discarded', handle })
      expect(await store.count()).toBe(0)
    }
  })

  it('belongs to whom ownerOf names, from the start', async () => {
    const store = new MemoryStore()
    const ownerOf = (data: { user?: unknown }) => data.user as string | undefined
    const sessions = createSessions({ secretKey: SECRET, store, ownerOf })
    const first = await sessions.open()
    first.data.user = 'u1'
    const cookie = await commit(sessions, first)
    const second = await sessions.open(cookie)
    second.data.user = 'u2'
    await second.regenerate({ keep: ['user'] })
    expect(await store.findByOwner('u2')).toHaveLength(1)
    const renewed = await commit(sessions, second)
    expect(await store.findByOwner('u1')).toEqual([])
    const third = await sessions.open(renewed)
    await third.regenerate()
    expect(await commit(sessions, third)).toMatch(/^sid=$/)
    expect(await store.count()).toBe(0)
  })

  it('is ended by a logout although another request failed to renew it', async () => {
    for (const owner of ['u1', undefined]) {
      const { sessions, store } = setup()
      const cookie = await stored(sessions, owner)
      const [one, two, known] = await Promise.all([1, 2, 3].map(() => sessions.open(cookie)))
      store.faults.fail('delete')
      await expect(two?.regenerate({ keep: ['user'] })).rejects.toMatchObject({ code: 'store-failed' })
      store.faults.heal()
      await one?.regenerate({ keep: ['user'] })
      await commit(sessions, one as Session)
      await commit(sessions, two as Session)
      await known?.logout()
      expect((await sessions.list()).sessions, `${owner}`).toEqual([])
    }
  })

  it('keeps its new id when the operation after it fails', async () => {
    const { sessions, store } = setup()
    const session = await sessions.open(await loggedIn(sessions))
    await session.regenerate({ keep: ['user'] })
    for (const operation of ['logout', 'regenerate'] as const) {
      store.faults.fail('delete')
      await expect(session[operation]()).rejects.toMatchObject({ code: 'store-failed' })
      store.faults.heal()
    }
    const renewed = await commit(sessions, session)
    expect({ ...(await sessions.open(renewed)).data }).toEqual({ user: 'u1' })
  })

  it('that was revoked is over, whatever fails afterwards', async () => {
    const { sessions, store } = setup()
    const session = await sessions.open(await loggedIn(sessions))
    await sessions.revoke(session.handle)
    const one = session.regenerate({ keep: ['user'] })
    const two = one.then(() => {
      store.faults.fail('create')
      return session.regenerate({ keep: ['user'] }).catch(() => store.faults.heal())
    })
    await Promise.all([one, two])
    expect(await commit(sessions, session)).toBeUndefined()
    expect(await store.count()).toBe(0)
  })

  it('leaves no record behind that a failed creation has made', async () => {
    const { sessions, store } = setup()
    const cookie = await loggedIn(sessions)
    const memory = store.create
    store.create = async (...args) => {
      await memory.apply(store, args)
      throw new Error('the answer was lost')
    }
    const session = await sessions.open(cookie)
    await expect(session.regenerate()).rejects.toMatchObject({ code: 'store-failed' })
    expect(await store.count()).toBe(1)
    expect((await sessions.open(cookie)).owner).toBe('u1')
  })

  it('has no record any more when its changes could not be saved, since no cookie names it', async () => {
    const { sessions, store } = setup()
    const session = await sessions.open(await loggedIn(sessions))
    await session.regenerate()
    session.data.more = true
    store.faults.fail('update')
    await expect(commit(sessions, session)).rejects.toMatchObject({ code: 'store-failed' })
    store.faults.heal()
    expect(await store.count()).toBe(0)
  })

  it('is not ended by a stale cookie, once its new id is known', async () => {
    const { sessions } = setup()
    const cookie = await loggedIn(sessions)
    const slow = await sessions.open(cookie)
    await slow.regenerate({ keep: ['user'] })
    const renewed = await commit(sessions, slow)
    await (await sessions.open(cookie)).logout()
    expect((await sessions.open(renewed)).data.user).toBe('u1')
  })

  it('does not stop a login', async () => {
    const { sessions } = setup()
    const cookie = await loggedIn(sessions)
    const slow = await sessions.open(cookie)
    await slow.regenerate()
    await slow.login('u2')
    await (await sessions.open(cookie)).logout()
    expect(await commit(sessions, slow)).toMatch(/^sid=/)
  })
})

describe('revokeOwner', () => {
  it('rejects when sessions are left, whatever the store answers', async () => {
    const store = new MemoryStore()
    store.deleteByOwner = async () => []
    const sessions = createSessions({ secretKey: SECRET, store })
    await loggedIn(sessions)
    await expect(sessions.revokeOwner('u1')).rejects.toMatchObject({ code: 'store-failed' })
  })
})

describe('small rules of a new id', () => {
  it('never writes what follows to a session that had the id already', async () => {
    const ids = ['A', 'B', 'A', 'C'].map((letter) => letter.repeat(43))
    const store = new MemoryStore()
    const sessions = createSessions({ secretKey: SECRET, store, generateId: () => ids.shift() as string })
    const first = await sessions.open()
    await first.login('u1')
    const kept = await commit(sessions, first)
    const second = await sessions.open()
    await second.login('u2')
    const session = await sessions.open(await commit(sessions, second))
    const regenerated = session.regenerate()
    session.data.x = 1
    await regenerated
    const renewed = await commit(sessions, session)
    expect({ ...(await sessions.open(kept)).data }).toEqual({})
    expect({ ...(await sessions.open(renewed)).data }).toEqual({ x: 1 })
  })

  it('refuses keep that is no list of names', async () => {
    const { sessions } = setup()
    const session = await sessions.open()
    const keep = 'cart' as unknown as string[]
    await expect(session.regenerate({ keep })).rejects.toMatchObject({ code: 'bad-option' })
    await expect(session.login('u1', { keep })).rejects.toMatchObject({ code: 'bad-option' })
  })

  it('takes remember-me along only where this request has set it', async () => {
    const { sessions } = setup()
    const first = await sessions.open()
    first.data.cookie.maxAge = 3_600_000
    await first.login('u1')
    expect(first.data.cookie.originalMaxAge).toBe(3_600_000)
    const cookie = await commit(sessions, first)
    const second = await sessions.open(cookie)
    expect(second.data.cookie.originalMaxAge).toBe(3_600_000)
    await second.login('u2')
    expect(second.data.cookie.originalMaxAge).toBeNull()
  })

  it('takes cookie.expires = false for a cookie that ends with the browser', async () => {
    const { sessions } = setup()
    const session = await sessions.open()
    session.data.cookie.maxAge = 60_000
    session.data.cookie.expires = false
    expect(session.data.cookie.maxAge).toBeNull()
  })

  it('refuses an expiry that is no date, and an update without a function', async () => {
    const { sessions } = setup()
    const session = await sessions.open()
    const expire = () => {
      session.data.cookie.expires = 'soon' as unknown as Date
    }
    expect(expire).toThrow(expect.objectContaining({ code: 'bad-option' }))
    await expect(session.update('count', undefined as never)).rejects.toMatchObject({ code: 'bad-option' })
  })

  it('names the session that a logout ended in its verdict', async () => {
    const { sessions } = setup()
    const session = await sessions.open(await loggedIn(sessions))
    const { handle } = session
    await session.logout()
    await commit(sessions, session)
    expect(session.verdict).toMatchObject({ save: 'destroyed', cookie: 'cleared', handle })
  })
})

describe('an updater', () => {
  it.each<[string, (session: Session) => Promise<unknown>]>([
    ['update', (session) => session.update('other', () => 1)],
    ['save', (session) => session.save()],
    ['flash', (session) => session.flash('notice', 'hello')],
  ])('that calls %s of its own session is refused instead of waiting for itself', async (_what, inner) => {
    const { sessions } = setup()
    const session = await sessions.open(await loggedIn(sessions))
    const nested = session.update('count', async () => {
      await inner(session)
      return 1
    })
    await expect(nested).rejects.toMatchObject({ code: 'nested-update' })
    expect(await session.update('count', (count) => (count ?? 0) + 1)).toBe(1)
  })

  it('may be slow while other updates of the same session wait their turn', async () => {
    const { sessions } = setup()
    const session = await sessions.open(await loggedIn(sessions))
    const counts = await Promise.all(
      Array.from({ length: 10 }, () =>
        session.update('count', async (count) => (await Promise.resolve(count ?? 0)) + 1),
      ),
    )
    expect(counts).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it('of a session that was ended meanwhile, and that nobody waits for, leaves the response as it is', async () => {
    const { sessions } = setup()
    const session = await sessions.open(await loggedIn(sessions))
    await sessions.revoke(session.handle)
    session.update('count', () => 1)
    expect(await commit(sessions, session)).toBeUndefined()
    expect(session.verdict.save).toBe('discarded')
  })
})
