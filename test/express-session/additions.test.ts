import express, { type RequestHandler } from 'express'
import { describe, expect, it, onTestFinished } from 'vitest'
import session from '../../src/express-session.js'
import { barrier, Client, gate, serve } from '../support/http.js'
import { SECRET, type SessionRequest } from './harness.js'

type Visit = (req: SessionRequest, next: (error?: unknown) => void) => unknown

/** An app on the memory store, or on one that is slow to save. */
async function start(routes: Record<string, Visit>, store = new session.MemoryStore()) {
  const app = express()
  app.use(session({ secret: SECRET, resave: false, saveUninitialized: false, store, rolling: true }))
  for (const [path, visit] of Object.entries(routes)) {
    const handler: RequestHandler = async (req, res) => {
      const answer = await new Promise((resolve) => {
        Promise.resolve(visit(req as unknown as SessionRequest, resolve)).then(
          (value) => value !== undefined && resolve(value),
        )
      })
      res.send(answer instanceof Error ? `${answer.name} ${Reflect.get(answer, 'code')}` : 'ok')
    }
    app.get(path, handler)
  }
  return { client: new Client(await serve(app)), store }
}

const login: Visit = (req, next) => {
  req.session.user = 'ada'
  next()
}
const whoami: Visit = (req, next) => next(req.session.user === 'ada' ? undefined : new Error('nobody'))

describe('the response', () => {
  it('leaves when the session is saved, so that the next request finds it', async () => {
    const saved = gate()
    const asked = gate()
    class Slow extends session.MemoryStore {
      override set(
        ...[sid, row, callback]: Parameters<InstanceType<typeof session.MemoryStore>['set']>
      ): void {
        asked.open()
        saved.opened.then(() => super.set(sid, row, callback))
      }
    }
    const { client } = await start({ '/login': login, '/whoami': whoami }, new Slow())
    let answered = false
    const answer = client.get('/login').then((got) => {
      answered = true
      return got
    })
    await asked.opened
    await fetch(`${client.url}/whoami`)
    expect(answered).toBe(false)
    saved.open()
    expect((await answer).setCookies).toHaveLength(1)
    expect((await client.get('/whoami')).text).toBe('ok')
  })
})

describe('a session that was destroyed', () => {
  const endings: Record<string, Visit> = {
    destroy: (req, next) => void req.session.destroy(next),
    regenerate: (req, next) => void req.session.regenerate(next),
  }

  async function race(ending: Visit, slow: Visit) {
    const both = barrier(2)
    const ended = gate()
    const app = await start({
      '/login': login,
      '/whoami': whoami,
      '/slow': async (req, next) => {
        await both()
        await ended.opened
        return slow(req, next)
      },
      '/end': async (req, next) => {
        await both()
        return ending(req, next)
      },
    })
    await app.client.get('/login')
    const { client } = app
    const slowOne = new Client(client.url)
    for (const [name, value] of client.cookies) slowOne.cookies.set(name, value)
    const late = slowOne.get('/slow')
    await client.get('/end')
    ended.open()
    return { ...app, late: await late, slowOne }
  }

  const write: Visit = (req, next) => {
    req.session.seen = true
    next()
  }

  it.each(Object.keys(endings))('by %s is not brought back by a slow request', async (name) => {
    const { late, slowOne } = await race(endings[name] as Visit, write)
    expect(late).toMatchObject({ status: 200, setCookies: [] })
    expect((await slowOne.get('/whoami')).text).toBe('Error undefined')
  })

  it('tells a slow request that saves it by itself', async () => {
    const { late, slowOne } = await race(endings.destroy as Visit, (req, next) => {
      req.session.seen = true
      req.session.save(next)
    })
    expect(late.text).toBe('SessmwError session-gone')
    expect((await slowOne.get('/whoami')).text).toBe('Error undefined')
  })

  it('may be made again under the same id', async () => {
    const app = express()
    const genid = () => 'always the same'
    app.use(session({ secret: SECRET, resave: false, saveUninitialized: false, genid }))
    app.get('/login', (req, res) => {
      req.session.regenerate(() => {
        Object.assign(req.session, { time: req.query.time })
        res.end()
      })
    })
    app.get('/', (req, res) => void res.json(req.session))
    const client = new Client(await serve(app))
    await client.get('/login?time=first')
    await client.get('/login?time=second')
    expect((await client.get('/')).json()).toMatchObject({ time: 'second' })
  })
})

describe('warnings', () => {
  function deprecations(make: () => unknown): string[] {
    const messages: string[] = []
    const listener = (error: Error) => {
      expect(error).toMatchObject({ name: 'DeprecationError', namespace: 'express-session' })
      messages.push(error.message)
    }
    process.on('deprecation' as never, listener as never)
    onTestFinished(() => void process.off('deprecation', listener))
    make()
    make()
    return messages
  }

  it('come once for each place, as the process event `deprecation`', () => {
    expect(deprecations(() => session())).toEqual([
      'undefined resave option; provide resave option',
      'undefined saveUninitialized option; provide saveUninitialized option',
      'req.secret; provide secret option',
    ])
  })

  it('do not come when the options are given', () => {
    expect(deprecations(() => session({ secret: 'x', resave: true, saveUninitialized: true }))).toEqual([])
  })
})
