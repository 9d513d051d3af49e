// Records that no sessmw of this version wrote, or that should not be served any more.
import { describe, expect, it } from 'vitest'
import { type MemoryStore, type SessionRecord, type Store, sessionOf } from '../../src/index.js'
import { Client } from '../support/http.js'
import { type FaultAppOptions, faultApp } from './support.js'

/** A store whose reads answer what the test wants; `writes` names the calls that would change the record. */
function stub() {
  const state = {
    answer: undefined as ((record: SessionRecord | null) => unknown) | undefined,
    writes: [] as string[],
  }
  const wrap: FaultAppOptions['wrap'] = (memory: MemoryStore): Store => {
    const noted = <Args extends unknown[], Result>(name: string, call: (...args: Args) => Result) => {
      return (...args: Args): Result => {
        state.writes.push(name)
        return call(...args)
      }
    }
    return {
      create: noted('create', memory.create.bind(memory)),
      read: async (key) => {
        const record = await memory.read(key)
        return (state.answer === undefined ? record : state.answer(record)) as SessionRecord | null
      },
      update: noted('update', memory.update.bind(memory)),
      touch: noted('touch', memory.touch.bind(memory)),
      delete: noted('delete', memory.delete.bind(memory)),
    }
  }
  return { state, wrap }
}

async function loggedIn(options: FaultAppOptions = {}) {
  const { state, wrap } = stub()
  const app = await faultApp(
    (express) => {
      express.get('/cart', (req, res) => {
        const { cart } = req.session
        res.json({ cart: cart ?? null })
      })
      express.get('/write', (req, res) => {
        req.session.name = 'new'
        res.json({ ok: true })
      })
      express.get('/login-with-cart', async (req, res) => {
        await sessionOf(req).login('u1')
        req.session.cart = { items: ['a', 'b'], total: 12 }
        res.json({ ok: true })
      })
    },
    { wrap, ...options },
  )
  await app.client.get('/login-with-cart')
  await app.verdicts.of('/login-with-cart')
  state.writes.length = 0
  for await (const [key, record] of app.memory.entries()) return { ...app, state, key, record }
  throw new Error('Nothing was stored.')
}

describe('F6: a corrupt record', () => {
  it('cut at every offset is an anonymous request, and stays as it is', async () => {
    const { client, state, record, verdicts, memory } = await loggedIn()
    const text = JSON.stringify(record)
    for (let end = 0; end < text.length; end++) {
      state.answer = () => text.slice(0, end)
      const answer = await client.get('/me')
      expect([answer.status, answer.text, answer.setCookies]).toEqual([200, '{}', []])
      expect((await verdicts.of('/me')).load).toBe('corrupt')
    }
    expect(state.writes).toEqual([])
    expect(await memory.count()).toBe(1)
  })

  it('whose field is cut at every offset loses that field for the request, and no other', async () => {
    const { client, state, record, verdicts } = await loggedIn()
    const text = record.fields.cart as string
    for (let end = 0; end < text.length; end++) {
      state.answer = () => ({ ...record, fields: { cart: text.slice(0, end), user: '"u1"' } })
      const answer = await client.get('/me')
      expect([answer.status, answer.json(), answer.setCookies]).toEqual([200, { user: 'u1' }, []])
      expect((await verdicts.of('/me')).load).toBe('corrupt')
    }
    expect(state.writes).toEqual([])
  })

  const garbage: [string, unknown][] = [
    ['empty text', ''],
    ['a brace', '{'],
    ['the text null', 'null'],
    ['a list', []],
    ['text', 'x'],
    ['a number', 7],
    ['true', true],
    ['an empty object', {}],
    ['1 MB of garbage', '\u0000garbage'.repeat(131_072)],
    ['the word of the contract', 'corrupt'],
    ['bytes', Buffer.from('{}')],
    ['a function', () => ({})],
  ]

  it.each(garbage)(
    'that is %s makes the request anonymous, and a write gets a new id',
    async (_what, value) => {
      const { client, state, verdicts, events, memory } = await loggedIn()
      state.answer = () => value
      const before = client.cookies.get('sid')
      expect((await client.get('/me')).text).toBe('{}')
      expect((await verdicts.of('/me')).load).toBe('corrupt')
      expect(events.at(-1)?.name).toBe('corrupt')
      expect((await client.get('/write')).status).toBe(200)
      expect(client.cookies.get('sid')).not.toBe(before)
      expect(state.writes).toEqual(['create'])
      expect(await memory.count()).toBe(2)
    },
  )

  const headers: [string, object][] = [
    ['a version that is text', { version: 'v99' }],
    ['times that are text', { lastSeenAt: '2030-01-01' }],
    ['an expiry that is no number', { expiresAt: Number.NaN }],
    ['an owner that is a number', { owner: 7 }],
    ['fields that are a list', { fields: [] }],
    ['fields that are null', { fields: null }],
    ['a field that is no text', { fields: { user: 5 } }],
    ['a field that is null', { fields: { user: null } }],
    ['a field that is an object', { fields: { user: {} } }],
    ['a cookie that is text', { cookie: 'x' }],
    ['a cookie with a negative age', { cookie: { maxAge: -1 } }],
  ]

  it.each(headers)('with %s counts as absent, for reads and writes', async (_what, change) => {
    const { client, state, record, verdicts } = await loggedIn()
    state.answer = () => ({ ...record, ...change })
    expect((await client.get('/me')).text).toBe('{}')
    expect((await verdicts.of('/me')).load).toBe('corrupt')
    const answer = await client.get('/write')
    expect([answer.status, answer.setCookies.length]).toEqual([200, 1])
    expect(state.writes).toEqual(['create'])
  })
})

describe('F7: a record that a newer version wrote', () => {
  it('with more in its header is served, and its row is changed only where the request changed it', async () => {
    const { client, state, record, memory, key } = await loggedIn()
    state.answer = () => ({ ...record, format: 99, device: { bound: true } })
    expect((await client.get('/cart')).json()).toEqual({ cart: { items: ['a', 'b'], total: 12 } })
    await client.get('/write')
    expect(state.writes).toEqual(['update'])
    expect((await memory.read(key))?.fields).toEqual({ ...record.fields, name: '"new"' })
  })

  it('with a kind of value that this version does not know is not written by reading it', async () => {
    const { client, state, memory, key } = await loggedIn()
    const future = '{"items":[{"$type":"Money","value":"12 EUR"}]}'
    await memory.update(key, { set: { cart: future } })
    expect((await client.get('/cart')).status).toBe(200)
    expect(state.writes).toEqual([])
    await client.get('/write')
    expect((await memory.read(key))?.fields).toMatchObject({ cart: future, name: '"new"' })
  })

  it.each([
    ['white space', '{ "items" : [ 1 ] }'],
    ['numbers written otherwise', '{"total":1.0e1}'],
    ['keys that are dropped', '{"__proto__":{"admin":true},"total":1}'],
  ])('with %s is not written by reading it', async (_what, text) => {
    const { client, state, memory, key } = await loggedIn()
    await memory.update(key, { set: { cart: text } })
    await client.get('/cart')
    expect(state.writes).toEqual([])
  })
})

describe('F8: a record that must not be served', () => {
  it('because it expired a second ago is refused although the store returns it', async () => {
    const { client, clock, state, verdicts } = await loggedIn({ idleTimeout: '30m' })
    clock.advance('30m')
    clock.advance('1s')
    const answer = await client.get('/me')
    expect([answer.text, answer.setCookies]).toEqual(['{}', []])
    expect((await verdicts.of('/me')).load).toBe('expired-idle')
    expect(state.writes).toEqual([])
  })

  it('because its absolute lifetime is over is refused, whatever its expiry says', async () => {
    const { client, clock, state, record, verdicts } = await loggedIn({ absoluteLifetime: '8h' })
    state.answer = () => ({ ...record, expiresAt: record.createdAt + 1e12, lastSeenAt: clock() })
    clock.advance('8h')
    expect((await client.get('/me')).text).toBe('{}')
    expect((await verdicts.of('/me')).load).toBe('expired-absolute')
  })

  it('S27: is judged by its own expiry, so that a longer timeout revives nothing', async () => {
    const { app, clock, store, client } = await loggedIn({ idleTimeout: '10m' })
    clock.advance('11m')
    const longer = await faultApp(() => {}, { store, clock, idleTimeout: '1d' })
    const moved = new Client(longer.url)
    moved.cookies.set('sid', client.cookies.get('sid') as string)
    expect(app).not.toBe(longer.app)
    expect((await moved.get('/me')).text).toBe('{}')
    expect((await longer.verdicts.of('/me')).load).toBe('expired-idle')
  })

  it('S50: with keys that reach a prototype changes none, at any depth', async () => {
    const { client, state, record, events } = await loggedIn()
    const poison = '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}},"n":1}'
    const fields = JSON.parse(
      `{"__proto__":${JSON.stringify(poison)},"user":"\\"u1\\"","cart":${JSON.stringify(poison)}}`,
    )
    state.answer = () => ({ ...record, fields })
    expect((await client.get('/me')).json()).toEqual({ user: 'u1', cart: { n: 1 } })
    expect(events.at(-1)?.name).toBe('corrupt')
    expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false)
  })
})
