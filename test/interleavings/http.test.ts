// The same over real HTTP: users that share kept-alive connections, requests that meet at the store.
import { Agent, createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MemoryStore, session, sessionOf } from '../../src/index.js'
import { SECRET } from '../support/http.js'
import { forSeeds, Random, Scheduler } from './scheduler.js'

const ROUNDS = Number(process.env.HTTP_INTERLEAVINGS ?? 150)

interface Answer {
  readonly status: number
  readonly setCookies: string[]
  readonly body: ReturnType<typeof JSON.parse>
}

/** Two sockets for everybody, so that each carries the requests of many users. */
const agent = new Agent({ keepAlive: true, maxSockets: 4 })
const memory = new MemoryStore()
let scheduler = new Scheduler(new Random(0))
const gated = new Proxy(memory, {
  get: (_target, name) => Reflect.get(scheduler.gated(memory), name),
})
const middleware = session({ secretKey: SECRET, store: gated, maxAge: 3600, touchEvery: 0 })
const app = express()
app.set('env', 'test')
app.use(middleware)
app.get('/login/:user', async (req, res) => {
  await sessionOf(req).login(req.params.user)
  req.session.user = req.params.user
  res.json({})
})
app.get('/set/:key', (req, res) => {
  req.session[req.params.key] = req.session.user
  res.json({ user: req.session.user })
})
app.get('/count', async (req, res) => {
  res.json({ user: req.session.user, count: await sessionOf(req).update('count', (n) => (n ?? 0) + 1) })
})
app.get('/read', (req, res) => {
  res.json({ ...req.session })
})
app.get('/stream', async (req, res) => {
  res.write(`{"user":${JSON.stringify(req.session.user ?? null)},`)
  await scheduler.gate()
  res.end('"end":true}')
})
app.get('/logout', async (req, res) => {
  await sessionOf(req).logout()
  res.json({})
})
app.get('/renew', async (req, res) => {
  await req.session.regenerate({ keep: ['user'] })
  res.json({})
})
app.get('/revoke/:user', async (req, res) => {
  await middleware.sessions.revokeOwner(req.params.user)
  res.json({})
})
app.use(
  (error: { status?: number }, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
    res.status(error.status ?? 500).json({})
  },
)
const server = createServer({ keepAliveTimeout: 60_000 }, app)

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
afterAll(() => {
  agent.destroy()
  server.closeAllConnections()
  server.close()
})

function get(path: string, cookie: string | undefined): Promise<Answer> {
  const { port } = server.address() as AddressInfo
  return new Promise((resolve, reject) => {
    const headers = cookie === undefined ? {} : { cookie }
    httpRequest({ port, host: '127.0.0.1', path, agent, headers }, (res) => {
      let text = ''
      res.on('data', (chunk) => {
        text += chunk
      })
      res.on('end', () =>
        resolve({
          status: res.statusCode ?? 0,
          setCookies: res.headers['set-cookie'] ?? [],
          body: JSON.parse(text),
        }),
      )
    })
      .on('error', reject)
      .end()
  })
}

const cookieOf = (answer: Answer): string | undefined => answer.setCookies[0]?.split(';', 1)[0]

/** Lets a request through alone. */
async function alone(path: string, cookie?: string): Promise<Answer> {
  const answer = get(path, cookie)
  await scheduler.run([answer])
  return answer
}

async function logIn(user: string): Promise<string> {
  return cookieOf(await alone(`/login/${user}`)) ?? ''
}

describe('over kept-alive connections', () => {
  it('users never see each other, writes to different keys stay, counts are exact', async () => {
    await forSeeds(ROUNDS, async (random) => {
      scheduler = new Scheduler(random)
      const users: { name: string; cookie: string; keys: Set<string>; counts: number }[] = []
      for (let n = 0; n < 3; n++) {
        const name = `u${random.seed}-${n}`
        users.push({ name, cookie: await logIn(name), keys: new Set(), counts: 0 })
      }
      const work = Array.from({ length: 6 }, async (_, n) => {
        const user = random.pick(users)
        const kind = random.below(4)
        if (kind === 0) user.keys.add(`k${n}`)
        if (kind === 1) user.counts++
        const path = [`/set/k${n}`, '/count', '/read', '/stream'][kind] ?? ''
        const answer = await get(path, user.cookie)
        expect(answer.status).toBe(200)
        expect(answer.body.user).toBe(user.name)
        // A cookie that is sent again is the one that this user has.
        if (cookieOf(answer) !== undefined) expect(cookieOf(answer)).toBe(user.cookie)
      })
      await scheduler.run(work)
      for (const { name, cookie, keys, counts } of users) {
        const { body } = await alone('/read', cookie)
        const expected = Object.fromEntries([...keys].map((key) => [key, name]))
        expect(body).toEqual({ user: name, ...expected, ...(counts > 0 && { count: counts }) })
      }
    })
  }, 120_000)

  it('an ended session opens nothing, and what was discarded sends no cookie', async () => {
    await forSeeds(ROUNDS, async (random) => {
      scheduler = new Scheduler(random)
      const user = `v${random.seed}`
      const cookie = await logIn(user)
      const ending = random.pick(['/logout', '/renew', `/revoke/${user}`, '/login/other'])
      const others = Array.from({ length: 1 + random.below(4) }, (_, n) =>
        random.pick([`/set/k${n}`, '/count', '/read', '/stream']),
      )
      const ended = get(ending, cookie)
      const slow = others.map((path) => get(path, cookie))
      await scheduler.run([ended, ...slow])
      expect((await alone('/read', cookie)).body).toEqual({})
      for (const answer of await Promise.all(slow)) {
        expect([200, 409]).toContain(answer.status)
        const sent = cookieOf(answer)
        // Either sent before the end, or for a session that began without the ended one.
        if (sent === undefined || sent === cookie) continue
        expect((await alone('/read', sent)).body.user).toBeUndefined()
      }
    })
  }, 120_000)
})
