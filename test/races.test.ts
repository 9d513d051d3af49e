import express from 'express'
import { describe, expect, it } from 'vitest'
import { MemoryStore, session, sessionOf, type Verdict } from '../src/index.js'
import { faultyStore } from '../src/testing/faulty-store.js'
import { barrier, Client, gate, SECRET, serve } from './support/http.js'

/** An app with slow routes that stop where the test wants them to. */
async function raceApp() {
  const store = faultyStore(new MemoryStore())
  const middleware = session({ secretKey: SECRET, store })
  const verdicts = new Map<string, Verdict>()
  middleware.sessions.events.on('request', (event) => verdicts.set(event.path ?? '', event))
  const app = express()
  app.use(middleware)
  const stops = new Map<string, { arrived: ReturnType<typeof gate>; go: ReturnType<typeof gate> }>()
  const stopAt = (name: string) => {
    const stop = { arrived: gate(), go: gate() }
    stops.set(name, stop)
    return stop
  }
  const pause = async (name: string) => {
    const stop = stops.get(name)
    stop?.arrived.open()
    await stop?.go.opened
  }
  app.get('/login', async (req, res) => {
    await sessionOf(req).login('u1')
    req.session.user = 'u1'
    res.json({ ok: true })
  })
  app.get('/me', (req, res) => {
    res.json({ user: req.session.user ?? null, keys: Object.keys(req.session) })
  })
  app.get('/slow', async (req, res) => {
    await pause('loaded')
    req.session.slow = Date.now()
    await pause('written')
    res.json({ ok: true })
  })
  const endings: Record<string, (req: express.Request) => Promise<unknown>> = {
    destroy: (req) => req.session.destroy(),
    logout: (req) => sessionOf(req).logout(),
    regenerate: (req) => req.session.regenerate(),
    login: (req) => sessionOf(req).login('u2'),
    revoke: (req) => middleware.sessions.revoke(sessionOf(req).handle),
    revokeOwner: () => middleware.sessions.revokeOwner('u1'),
    null: async (req) => {
      Reflect.set(req, 'session', null)
    },
  }
  app.get('/end/:how', async (req, res) => {
    await endings[req.params.how]?.(req)
    res.json({ ok: true })
  })
  return { app, url: await serve(app), store, verdicts, stopAt, endings, sessions: middleware.sessions }
}

describe('parallel requests of one browser', () => {
  it('keep 100 different keys of 100 that were set at the same moment', async () => {
    const { app, url } = await raceApp()
    const together = barrier(100)
    app.get('/set/:key', async (req, res) => {
      await together()
      req.session[String(req.params.key)] = req.params.key
      res.json({ ok: true })
    })
    const client = new Client(url)
    await client.get('/login')
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => client.get(`/set/k${n}`)))
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    const { keys } = (await client.get('/me')).json()
    expect(keys).toHaveLength(101)
  })

  it('count exactly with update()', async () => {
    const { app, url } = await raceApp()
    const together = barrier(50)
    app.get('/count', async (req, res) => {
      await together()
      res.json(await sessionOf(req).update('count', (count) => (count ?? 0) + 1))
    })
    const client = new Client(url)
    await client.get('/login')
    const counts = (await Promise.all(Array.from({ length: 50 }, () => client.get('/count')))).map(
      ({ text }) => +text,
    )
    expect(counts.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1))
  })

  it('give each flash message to one reader only', async () => {
    const { app, url } = await raceApp()
    const together = barrier(2)
    app.get('/flash', async (req, res) => {
      await sessionOf(req).flash('notice', 'one')
      await sessionOf(req).flash('notice', 'two')
      res.json({ ok: true })
    })
    app.get('/notices', async (req, res) => {
      await together()
      res.json(await sessionOf(req).flash('notice'))
    })
    const client = new Client(url)
    await client.get('/flash')
    const readers = await Promise.all([client.get('/notices'), client.get('/notices')])
    const lists = readers.map((answer) => answer.json())
    expect(lists.map((list) => list.length).sort()).toEqual([0, 2])
    expect(lists.flat()).toEqual(['one', 'two'])
  })
})

describe('an ended session stays ended', () => {
  const endings = ['destroy', 'logout', 'regenerate', 'login', 'revoke', 'revokeOwner', 'null']
  const moments = ['loaded', 'written', 'update']

  for (const ending of endings) {
    it.each(moments)(`${ending} against a slow request that stands at: %s`, async (moment) => {
      const { url, store, verdicts, stopAt } = await raceApp()
      const client = new Client(url)
      await client.get('/login')
      const victim = new Client(url)
      victim.cookies.set('sid', client.cookies.get('sid') as string)

      const stop = moment === 'update' ? undefined : stopAt(moment)
      const saving = moment === 'update' ? store.faults.barrier('update') : undefined
      const slow = victim.get('/slow')
      await (stop?.arrived.opened ?? saving?.arrived)
      await client.get(`/end/${ending}`)
      stop?.go.open()
      saving?.release()

      const answer = await slow
      expect(answer.status).toBe(200)
      expect(answer.setCookies).toEqual([])
      expect(verdicts.get('/slow')).toMatchObject({ load: 'loaded', save: 'discarded', cookie: 'unchanged' })
      expect((await victim.get('/me')).json().user).toBeNull()
      expect(verdicts.get('/me')?.load).toBe('unknown')
    })
  }

  it('two regenerations at once leave one session', async () => {
    const { app, url, store } = await raceApp()
    const together = barrier(2)
    app.get('/renew', async (req, res) => {
      await together()
      await req.session.regenerate({ keep: ['user'] })
      res.json({ ok: true })
    })
    const client = new Client(url)
    await client.get('/login')
    const [one, two] = [new Client(url), new Client(url)]
    for (const each of [one, two]) each.cookies.set('sid', client.cookies.get('sid') as string)
    const answers = await Promise.all([one.get('/renew'), two.get('/renew')])
    expect(answers.map(({ setCookies }) => setCookies.length).sort()).toEqual([0, 1])
    expect(await store.count()).toBe(1)
    const users = [(await one.get('/me')).json().user, (await two.get('/me')).json().user]
    expect(users.sort()).toEqual([null, 'u1'].sort())
  })

  it('a login wins although the session it starts from was ended meanwhile', async () => {
    const { app, url, sessions, verdicts } = await raceApp()
    app.get('/late-login', async (req, res) => {
      await sessions.revoke(sessionOf(req).handle)
      await sessionOf(req).login('u3')
      req.session.user = 'u3'
      res.json({ ok: true })
    })
    const client = new Client(url)
    await client.get('/login')
    await client.get('/late-login')
    expect(verdicts.get('/late-login')).toMatchObject({ save: 'regenerated', cookie: 'set', owner: 'u3' })
    expect((await client.get('/me')).json().user).toBe('u3')
  })
})
