// Many users on one connection, floods of cookies, and huge data.
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createSessions, sessionOf } from '../../src/index.js'
import { Client, SECRET } from '../support/http.js'
import { faultApp, getText } from './support.js'

/** An app in which `/as/NAME` begins a session of that user. */
async function manyUsers() {
  const app = await faultApp((express) => {
    express.get('/as/:name', async (req, res) => {
      await sessionOf(req).login(req.params.name)
      req.session.name = req.params.name
      res.json({ ok: true })
    })
    express.get('/whoami', (req, res) => {
      res.json({ name: req.session.name ?? null, owner: sessionOf(req).owner ?? null })
    })
    express.get('/note/:text', (req, res) => {
      req.session.note = req.params.text
      res.json({ name: req.session.name ?? null })
    })
  })
  const users = await Promise.all(
    Array.from({ length: 10 }, async (_, n) => {
      const client = new Client(app.url)
      await client.get(`/as/user-${n}`)
      return `sid=${client.cookies.get('sid')}`
    }),
  )
  return { ...app, users }
}

describe('F23: many users on one connection', () => {
  it('1000 alternating requests on one kept-alive socket each see their own data', async () => {
    const { url, users } = await manyUsers()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const sockets = new Set<unknown>()
    const ask = async (path: string, cookie: string | undefined) => {
      const asked = request(url + path, { agent, headers: cookie === undefined ? {} : { cookie } })
      asked.on('socket', (socket) => sockets.add(socket))
      asked.end()
      const [response] = await once(asked, 'response')
      let body = ''
      for await (const chunk of response) body += chunk
      return { body: JSON.parse(body), setCookie: response.headers['set-cookie'] }
    }
    for (let n = 0; n < 1000; n++) {
      const user = n % 11
      const name = user === 10 ? null : `user-${user}`
      const path = n % 3 === 0 ? `/note/${n}` : '/whoami'
      const { body, setCookie } = await ask(path, users[user])
      expect(body.name).toBe(name)
      if (user !== 10) expect(setCookie).toBeUndefined()
      else expect(setCookie === undefined).toBe(path === '/whoami')
    }
    expect(sockets.size).toBe(1)
    agent.destroy()
  }, 60_000)

  it('200 pipelined requests are each answered with the data of their own cookie, in order', async () => {
    const { url, users, store } = await manyUsers()
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    const order = Array.from({ length: 200 }, (_, n) => (n * 7) % 10)
    // The reads of the first ones end last.
    const reading = store.faults.barrier('read', 1)
    socket.write(order.map((user) => getText('/whoami', { cookie: users[user] as string })).join(''))
    await reading.arrived
    reading.release()
    socket.setEncoding('utf8')
    let text = ''
    for await (const chunk of socket) {
      text += chunk
      if ((text.match(/"owner"/g) ?? []).length === order.length) break
    }
    const names = [...text.matchAll(/"name":"user-(\d)","owner":"user-(\d)"/g)].map(([, name, owner]) => [
      name,
      owner,
    ])
    expect(names).toEqual(order.map((user) => [String(user), String(user)]))
  })

  it('S40: a write after the end of one request reaches no other', async () => {
    const { app, users, url, store } = await manyUsers()
    const late: (() => void)[] = []
    app.get('/leak', (req, res) => {
      late.push(() => {
        req.session.leaked = 'from another request'
      })
      res.json({ ok: true })
    })
    const [one, two] = [new Client(url), new Client(url)]
    await one.get('/as/user-0', {})
    await two.get('/as/user-1', {})
    await one.get('/leak')
    const updates = store.faults.calls('update')
    const answer = two.get('/me')
    for (const write of late) write()
    expect((await answer).json()).toEqual({ name: 'user-1' })
    expect((await one.get('/me')).json()).toEqual({ name: 'user-0' })
    expect(store.faults.calls('update')).toBe(updates)
    expect(users).toHaveLength(10)
  })
})

describe('F26: floods of cookies', () => {
  const others = (count: number) => Array.from({ length: count }, (_, n) => `c${n}=${n}`).join('; ')

  it('1000 cookies around ours change nothing', async () => {
    const { url, client } = await faultApp()
    await client.get('/login')
    const cookie = `${others(500)}; sid=${client.cookies.get('sid')}; ${others(500)}`
    expect((await new Client(url).get('/me', { cookie })).json()).toEqual({ user: 'u1' })
  })

  it.each<[string, string]>([
    ['1000 cookies of our name', Array.from({ length: 1000 }, (_, n) => `sid=${n}`).join('; ')],
    ['a value of 15 kB', `sid=${'a'.repeat(15_000)}`],
    ['a signed-looking value of 15 kB', `sid=s%3A${'a'.repeat(14_900)}.${'b'.repeat(43)}`],
    ['malformed percent signs', 'sid=%E0%A4%A'],
    ['nothing but separators', ';;;=;;=;sid;=sid;sid='],
    ['bytes beyond ASCII', 'sid=s%3A\u00ff\u00fe.\u00e9'],
  ])('%s make an anonymous request, without a store call', async (_what, cookie) => {
    const { client, store, verdicts } = await faultApp()
    const answer = await client.get('/me', { cookie })
    expect([answer.status, answer.text, answer.setCookies]).toEqual([200, '{}', []])
    expect((await verdicts.of('/me')).load).toMatch(/^(malformed|unsigned|bad-signature)$/)
    expect(store.faults.calls()).toBe(0)
  })

  it.each<[string, string]>([
    ['NUL', 'sid=s%3A\u0000a.b\u0000'],
    ['line breaks', 'sid=a\r\nSet-Cookie: x=1'],
    ['unicode', 'sid=\u{1f36a}\ud800; \u2028=1; sid=%F0%9F%8D%AA'],
    ['a header of 1 MB', `${others(100_000)}; sid=1`],
    ['only equals signs', '='.repeat(100_000)],
  ])('%s never throw, whatever server is in front', async (_what, cookie) => {
    const sessions = createSessions({ secretKey: SECRET })
    const session = await sessions.open(cookie)
    expect(session.verdict.load).not.toBe('loaded')
    expect(await sessions.commit(session)).toBeUndefined()
  })

  it('a header of 16 kB takes less than a millisecond', async () => {
    const sessions = createSessions({ secretKey: SECRET })
    const header = `${others(1000)}; sid=${'a'.repeat(6000)}`
    const rounds = 300
    const begun = performance.now()
    for (let round = 0; round < rounds; round++) await sessions.open(header)
    expect((performance.now() - begun) / rounds).toBeLessThan(1)
  })

  it('more than Node takes is its 431, before anything of ours runs', async () => {
    const { client, handled } = await faultApp()
    expect((await client.get('/me', { cookie: `sid=${'a'.repeat(20_000)}` })).status).toBe(431)
    expect(handled).toEqual([])
  })

  it('S57: 100 forged cookies are 100 rejections in the events', async () => {
    const { client, events } = await faultApp()
    for (let n = 0; n < 100; n++) {
      await client.get('/me', { cookie: `sid=s%3A${'A'.repeat(43)}.${String(n).padStart(43, 'B')}` })
    }
    expect(events).toEqual(Array.from({ length: 100 }, () => ({ name: 'rejected', code: 'bad-signature' })))
  })
})

describe('F24: huge and deep data', () => {
  const nested = (levels: number): unknown => {
    let value: unknown = 'bottom'
    for (let level = 0; level < levels; level++) value = { in: value }
    return value
  }
  // Name and quotes count: {"text":"..."} takes 4 + 2 bytes more than its text.
  const fill = (bytes: number) => ({ text: 'x'.repeat(bytes - 'text'.length - 2) })

  async function writing() {
    const writes = new Map<string, () => object>()
    const app = await faultApp((express) => {
      express.get('/write/:what', (req, res) => {
        req.session.touched = true
        Object.assign(req.session, writes.get(req.params.what)?.())
        res.json({ ok: true })
      })
    })
    return { ...app, writes }
  }

  it('64 KiB are stored, and one byte more is refused with the old record intact', async () => {
    const { client, app, clock } = await faultApp((express) => {
      express.get('/fill/:bytes', (req, res) => {
        req.session.clearSession()
        Object.assign(req.session, fill(Number(req.params.bytes)))
        res.json({ ok: true })
      })
    })
    expect((await client.get('/fill/65536')).status).toBe(200)
    const before = (await client.get('/me')).text
    const refused = await client.get('/fill/65537')
    expect([refused.status, refused.json()]).toEqual([500, { code: 'session-too-large' }])
    expect((await client.get('/me')).text).toBe(before)
    expect([typeof app, clock()]).toEqual(['function', clock()])
  })

  it.each<[string, () => object, string]>([
    ['10 MB', () => ({ text: 'x'.repeat(10_485_760) }), 'session-too-large'],
    [
      'characters of several bytes that only together exceed it',
      () => ({ text: '\u20ac'.repeat(22_000) }),
      'session-too-large',
    ],
    ['33 levels', () => ({ tree: nested(33) }), 'unstorable-value'],
    ['20 000 levels', () => ({ tree: nested(20_000) }), 'unstorable-value'],
    [
      'a list of 20 000 levels',
      () => ({ tree: JSON.parse('['.repeat(5000) + ']'.repeat(5000)) }),
      'unstorable-value',
    ],
  ])('%s are refused with a typed error, and nothing is stored', async (_what, data, code) => {
    const { client, writes, memory } = await writing()
    await client.get('/login')
    writes.set('it', data)
    const answer = await client.get('/write/it')
    expect([answer.status, answer.json(), answer.setCookies]).toEqual([500, { code }, []])
    expect((await client.get('/me')).json()).toEqual({ user: 'u1' })
    expect(await memory.count()).toBe(1)
  })

  it('32 levels are stored', async () => {
    const { client, writes } = await writing()
    writes.set('it', () => ({ tree: nested(32) }))
    expect((await client.get('/write/it')).status).toBe(200)
    expect((await client.get('/me')).json()).toEqual({ touched: true, tree: nested(32) })
  })
})
