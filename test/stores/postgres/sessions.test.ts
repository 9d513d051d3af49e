import { describe, expect, it } from 'vitest'
import { createSessions, type Session } from '../../../src/index.js'
import { SECRET } from '../../support/http.js'
import { hasPostgres } from '../../support/postgres-server.js'
import { useDatabase } from './database.js'

describe.skipIf(!hasPostgres)('sessions in PostgreSQL', () => {
  const db = useDatabase()
  const newSessions = () => createSessions({ secretKey: SECRET, store: db.newStore(), clock: db.clock })

  /** One request; answers with the session and the cookie that the browser sends from then on. */
  async function visit(
    sessions: ReturnType<typeof newSessions>,
    cookie?: string,
    handler: (session: Session) => unknown = () => undefined,
  ): Promise<{ session: Session; cookie: string }> {
    const session = await sessions.open(cookie)
    await handler(session)
    const set = await sessions.commit(session)
    return { session, cookie: set?.split(';')[0] ?? cookie ?? '' }
  }

  it('S22: a dump of all tables holds no session id and no cookie value', async () => {
    const sessions = newSessions()
    const secrets: string[] = []
    let handle = ''
    for (let n = 0; n < 20; n++) {
      const { session, cookie } = await visit(sessions, undefined, async (opened) => {
        if (n % 2 === 0) await opened.login(`user${n}`)
        opened.data.cart = [n]
      })
      secrets.push(session.id, cookie.slice('sid='.length), decodeURIComponent(cookie.slice('sid='.length)))
      handle = session.handle
    }
    const { dump } = await db.ask("SELECT string_agg(t::text, ' ') AS dump FROM sessmw_sessions t")
    expect(dump).toContain(handle)
    for (const secret of secrets) expect(dump).not.toContain(secret)
  })

  it('are listed and ended by owner, for every process from the next request on', async () => {
    const [one, two] = [newSessions(), newSessions()]
    const login = (owner: string) => visit(one, undefined, (session) => session.login(owner))
    const ada = [await login('ada'), await login('ada'), await login('ada')]
    const bob = await login('bob')
    const handles = ada.map(({ session }) => session.handle)
    const listed = async () => (await two.list({ owner: 'ada' })).sessions.map(({ handle }) => handle)
    expect(await listed()).toEqual([...handles].sort())
    const found = async (cookie: string) => (await visit(two, cookie)).session.verdict.load
    expect(await found(ada[0]?.cookie ?? '')).toBe('loaded')
    await one.revoke(handles[0] ?? '')
    expect(await found(ada[0]?.cookie ?? '')).toBe('unknown')
    await one.revokeOwner('ada', { except: handles[2] ?? '' })
    expect(await found(ada[1]?.cookie ?? '')).toBe('unknown')
    expect(await found(ada[2]?.cookie ?? '')).toBe('loaded')
    expect(await listed()).toEqual([handles[2]])
    expect(await found(bob.cookie)).toBe('loaded')
    expect((await two.list()).sessions).toHaveLength(2)
  })

  it('that a slow request writes to after they were revoked stay revoked', async () => {
    const [one, two] = [newSessions(), newSessions()]
    const { cookie, session } = await visit(one, undefined, (opened) => opened.login('ada'))
    const slow = await two.open(cookie)
    slow.data.cart = [1]
    await one.revoke(session.handle)
    await two.commit(slow)
    expect(slow.verdict.save).toBe('discarded')
    expect((await visit(one, cookie)).session.verdict.load).toBe('unknown')
  })

  it('take one statement for a request that reads, two for one that writes', async () => {
    const pool = db.newPool()
    const sessions = createSessions({ secretKey: SECRET, store: db.newStore({ pool }), clock: db.clock })
    const { cookie } = await visit(sessions, undefined, (session) => {
      session.data.n = 1
    })
    let statements = 0
    pool.on('acquire', () => ++statements)
    await visit(sessions, cookie, (session) => session.data.n)
    expect(statements).toBe(1)
    await visit(sessions, cookie, (session) => {
      session.data.n = 2
    })
    expect(statements).toBe(3)
  })
})
