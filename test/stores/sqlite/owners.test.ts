import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSessions } from '../../../src/index.js'
import { SqliteStore } from '../../../src/sqlite.js'
import { ended, Program } from './child-process.js'
import { newFile, removeFiles } from './files.js'

const secretKey = 'a secret of more than 32 characters, for tests'
const program = new Program()

beforeAll(() => program.bundle('writer.ts'))
afterAll(() => {
  program.remove()
  removeFiles()
})

/** Sessions of two instances on one file, as of two processes. */
function setUp() {
  const path = newFile()
  const [one, two] = [path, path].map((file) =>
    createSessions({ secretKey, store: new SqliteStore({ path: file }) }),
  )
  if (one === undefined || two === undefined) throw new Error('There are two.')
  const logIn = async (owner: string, cart: string) => {
    const session = await one.open()
    await session.login(owner)
    Object.assign(session.data, { cart })
    const setCookie = await one.commit(session)
    const cookie = setCookie?.split(';')[0] ?? ''
    return { cookie, id: session.id, handle: session.handle }
  }
  const load = async (cookie: string) => (await two.open(cookie)).verdict.load
  const close = async () => {
    await one.close()
    await two.close()
  }
  return { path, one, two, logIn, load, close }
}

describe('sessions by their owner, over SqliteStore', () => {
  it('are listed in pages, each once', async () => {
    const { one, two, logIn, close } = setUp()
    const made: string[] = []
    for (let n = 0; n < 7; n++) made.push((await logIn('ada', 'tea')).handle)
    await logIn('bob', 'milk')
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await two.list({ owner: 'ada', limit: 3, ...(cursor && { cursor }) })
      seen.push(...page.sessions.map(({ handle }) => handle))
      cursor = page.cursor
    } while (cursor !== undefined)
    expect(seen.sort()).toEqual(made.sort())
    expect((await one.list({ limit: 1000 })).sessions).toHaveLength(8)
    await close()
  })

  it('are rejected at the next request of another instance once they are revoked', async () => {
    const { one, logIn, load, close } = setUp()
    const [first, second, third, bob] = [
      await logIn('ada', 'a'),
      await logIn('ada', 'b'),
      await logIn('ada', 'c'),
      await logIn('bob', 'd'),
    ]
    expect(await load(first.cookie)).toBe('loaded')
    await one.revoke(first.handle)
    expect(await load(first.cookie)).toBe('unknown')
    await one.revokeOwner('ada', { except: second.handle })
    expect([await load(second.cookie), await load(third.cookie), await load(bob.cookie)]).toEqual([
      'loaded',
      'unknown',
      'loaded',
    ])
    expect((await one.list({ owner: 'ada' })).sessions.map(({ handle }) => handle)).toEqual([second.handle])
    await close()
  })

  it('are rejected at once when another process revokes them, and a write that comes late is discarded', async () => {
    const { path, two, logIn, load, close } = setUp()
    const { cookie, handle } = await logIn('ada', 'tea')
    const slow = await two.open(cookie)
    await ended(program.start('revoke', path, handle))
    expect(await load(cookie)).toBe('unknown')
    Object.assign(slow.data, { cart: 'late' })
    expect(await two.commit(slow)).toBeUndefined()
    expect(slow.verdict.save).toBe('discarded')
    expect(await load(cookie)).toBe('unknown')
    await close()
  })
})

describe('a dump', () => {
  it('S22: of the file and its log holds the data, but no session id and no cookie value', async () => {
    const { path, logIn, load, close } = setUp()
    const made = []
    for (let n = 0; n < 20; n++) made.push(await logIn('ada', `tea-number-${n}`))
    for (const { cookie } of made) expect(await load(cookie)).toBe('loaded')
    // Read by a process of its own: to close a file here would drop the locks that SQLite has on it.
    const dump = await ended(program.start('dump', path))
    const bytes = Buffer.from(dump, 'base64').toString('latin1')
    expect(bytes).toContain('tea-number-19')
    for (const { id, cookie, handle } of made) {
      expect(bytes).toContain(handle)
      const value = decodeURIComponent(cookie.slice(cookie.indexOf('=') + 1))
      const mac = value.slice(value.indexOf('.') + 1)
      for (const secret of [id, value, mac, Buffer.from(id, 'base64url').toString('latin1')])
        expect(bytes.includes(secret)).toBe(false)
    }
    await close()
    expect(readFileSync(path, 'latin1')).toContain('tea-number-19')
  })
})
