// When the first byte leaves, and what it says, with stores that are slow or fail.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import compression from 'compression'
import express, { type Express } from 'express'
import { describe, expect, it } from 'vitest'
import { MemoryStore, type SessmwError, session, type Verdict } from '../../src/index.js'
import { faultyStore } from '../../src/testing/faulty-store.js'
import { Client, gate, SECRET, serve } from '../support/http.js'

const FILE = join(mkdtempSync(join(tmpdir(), 'sessmw-')), 'page.txt')
writeFileSync(FILE, 'x'.repeat(200_000))

type Wrap = 'plain' | 'compression before' | 'compression after'

async function app(routes: (app: Express) => void, wrap: Wrap = 'plain') {
  const store = faultyStore(new MemoryStore())
  const warnings: string[] = []
  const logger = { debug() {}, info() {}, warn: (text: string) => void warnings.push(text) }
  const middleware = session({ secretKey: SECRET, store, logger })
  const verdicts: Verdict[] = []
  middleware.sessions.events.on('request', (verdict) => verdicts.push(verdict))
  const server = express()
  if (wrap === 'compression before') server.use(compression({ threshold: 0 }))
  server.use(middleware)
  if (wrap === 'compression after') server.use(compression({ threshold: 0 }))
  routes(server)
  server.use(
    (error: SessmwError, _req: express.Request, res: express.Response, next: express.NextFunction) => {
      if (res.headersSent) return next(error)
      res.status(error.status).json({ code: error.code })
    },
  )
  return { client: new Client(await serve(server)), store, verdicts, warnings }
}

const ways: [string, (req: express.Request, res: express.Response) => void][] = [
  ['a redirect with a body', (_req, res) => res.redirect('/elsewhere')],
  ['res.json', (_req, res) => void res.json({ ok: true })],
  ['a stream', (_req, res) => void Readable.from(['a', 'b', 'c']).pipe(res)],
  ['sendFile', (_req, res) => res.sendFile(FILE)],
  [
    'write and end',
    (_req, res) => {
      res.write('one')
      res.end('two')
    },
  ],
]

const wraps: Wrap[] = ['plain', 'compression before', 'compression after']

describe('the first byte', () => {
  for (const wrap of wraps) {
    it.each(ways)(`of %s comes after the write (${wrap})`, async (_what, respond) => {
      const { client, store } = await app((server) => {
        server.get('/', (req, res) => {
          req.session.user = 'u1'
          respond(req, res)
        })
      }, wrap)
      const saving = store.faults.barrier('create')
      const order: string[] = []
      const answer = client.get('/').then((result) => {
        order.push('first byte')
        return result
      })
      await saving.arrived
      // Whatever would leave early has had its turns by then: this goes over the same server and back.
      await fetch(`${client.url}/nothing`)
      order.push('saved')
      saving.release()
      expect((await answer).setCookies).toHaveLength(1)
      expect(order).toEqual(['saved', 'first byte'])
    })

    it.each(ways)(
      `of %s is a 503 without a cookie when the write fails (${wrap})`,
      async (_what, respond) => {
        const { client, store, verdicts } = await app((server) => {
          server.get('/', (req, res) => {
            req.session.user = 'u1'
            respond(req, res)
          })
        }, wrap)
        store.faults.fail('create')
        const answer = await client.get('/')
        expect(answer.status).toBe(503)
        expect(answer.setCookies).toEqual([])
        expect(verdicts.at(-1)).toMatchObject({ load: 'none', save: 'failed', cookie: 'withheld-failed' })
        store.faults.heal()
        expect((await client.get('/')).setCookies).toHaveLength(1)
      },
    )
  }
})

describe('handlers behave as without sessmw', () => {
  const bare = async (routes: (app: Express) => void) => {
    const server = express()
    routes(server)
    return new Client(await serve(server))
  }

  it.each<[string, (req: express.Request, res: express.Response) => void]>([
    [
      'res.json(x); throw',
      (_req, res) => {
        res.json({ n: 1 })
        throw new Error('after the answer')
      },
    ],
    [
      'res.json(x); if (!res.headersSent) res.json(y)',
      (_req, res) => {
        res.json({ n: 1 })
        if (!res.headersSent) res.json({ n: 2 })
      },
    ],
    [
      'res.json(x); res.json(y)',
      (_req, res) => {
        res.json({ n: 1 })
        res.json({ n: 2 })
      },
    ],
  ])('%s', async (_what, respond) => {
    const silence = (server: Express) => server.set('env', 'test')
    const without = await bare((server) => {
      silence(server)
      server.get('/', respond)
    })
    const { client } = await app((server) => {
      silence(server)
      server.get('/', (req, res) => {
        req.session.touched = true
        respond(req, res)
      })
    })
    const [expected, answer] = [await without.get('/'), await client.get('/')]
    expect([answer.status, answer.text]).toEqual([expected.status, expected.text])
    expect(answer.setCookies).toHaveLength(1)
  })
})

describe('data that cannot be stored', () => {
  it('give a 500 that names the path, and no cookie', async () => {
    const { client, verdicts } = await app((server) => {
      server.get('/', (req, res) => {
        req.session.cart = [{}, { price: () => 1 }]
        res.json({ ok: true })
      })
    })
    const answer = await client.get('/')
    expect(answer.status).toBe(500)
    expect(answer.json()).toEqual({ code: 'unstorable-value' })
    expect(answer.setCookies).toEqual([])
    expect(verdicts.at(-1)).toMatchObject({
      save: 'failed',
      detail: expect.stringContaining('session.cart[1].price'),
    })
  })

  it('from a handler that streams give a plain 503, and a warning and the verdict say why', async () => {
    const { client, verdicts, warnings } = await app((server) => {
      server.get('/', (req, res) => {
        req.session.cart = { price: () => 1 }
        res.write('one')
      })
    })
    const answer = await client.get('/')
    expect([answer.status, answer.setCookies]).toEqual([503, []])
    expect(warnings.filter((text) => text.includes('session.cart.price'))).toHaveLength(1)
    await client.get('/nothing')
    expect(verdicts[0]?.detail).toContain('session.cart.price')
  })

  it('leave the stored session as it was', async () => {
    const { client } = await app((server) => {
      server.get('/set', (req, res) => {
        req.session.name = 'kept'
        res.json({ ok: true })
      })
      server.get('/spoil', (req, res) => {
        req.session.name = 'lost'
        req.session.big = 'x'.repeat(70_000)
        res.json({ ok: true })
      })
      server.get('/get', (req, res) => {
        res.json({ ...req.session })
      })
    })
    await client.get('/set')
    expect((await client.get('/spoil')).json()).toEqual({ code: 'session-too-large' })
    expect((await client.get('/get')).json()).toEqual({ name: 'kept' })
  })
})

describe('what costs nothing', () => {
  it('a read without a cookie makes no id', async () => {
    let ids = 0
    const generateId = () => `${String(++ids).padStart(43, 'A')}`
    const middleware = session({ secretKey: SECRET, generateId })
    const server = express()
    server.use(middleware)
    server.get('/', (req, res) => {
      res.json({ user: req.session.user ?? null })
    })
    const client = new Client(await serve(server))
    await client.get('/')
    expect(ids).toBe(0)
  })

  it('10 000 reads without a cookie store nothing and set no cookie', async () => {
    const { client, store } = await app((server) => {
      server.get('/', (req, res) => {
        res.json({ user: req.session.user ?? null })
      })
    })
    let cookies = 0
    for (let n = 0; n < 100; n++) {
      const answers = await Promise.all(Array.from({ length: 100 }, () => client.get('/')))
      cookies += answers.filter(({ setCookies }) => setCookies.length > 0).length
    }
    expect(cookies).toBe(0)
    expect(store.faults.calls()).toBe(0)
    expect(await store.count()).toBe(0)
  }, 60_000)

  it('10 000 forged cookies cause no store call', async () => {
    const { client, store } = await app((server) => {
      server.get('/', (req, res) => {
        res.json({ user: req.session.user ?? null })
      })
    })
    const forged = (n: number) => ({ cookie: `sid=s%3A${'A'.repeat(43)}.${String(n).padStart(43, 'B')}` })
    for (let n = 0; n < 100; n++) {
      await Promise.all(Array.from({ length: 100 }, (_, k) => client.get('/', forged(n * 100 + k))))
    }
    expect(store.faults.calls()).toBe(0)
  }, 60_000)
})

describe('a slow handler', () => {
  it('does not save what it changes after its response has ended, and says so once', async () => {
    const done = gate()
    const { client } = await app((server) => {
      server.get('/', (req, res) => {
        req.session.before = 1
        res.json({ ok: true })
        res.on('close', () => {
          req.session.after = 1
          done.open()
        })
      })
      server.get('/keys', (req, res) => {
        res.json(Object.keys(req.session))
      })
    })
    await client.get('/')
    await done.opened
    expect((await client.get('/keys')).json()).toEqual(['before'])
  })

  it('does not save what it changes right after res.json, but what a stream changes until it closes', async () => {
    const { client } = await app((server) => {
      server.get('/json', (req, res) => {
        req.session.before = 1
        res.json({ ok: true })
        req.session.after = 1
      })
      server.get('/stream', async (req, res) => {
        res.write('one')
        req.session.between = 1
        await fetch(`http://${req.headers.host}/nothing`)
        req.session.later = 1
        res.end('two')
        req.session.after = 1
      })
      server.get('/keys', (req, res) => {
        res.json(Object.keys(req.session))
      })
    })
    await client.get('/json')
    expect((await client.get('/keys')).json()).toEqual(['before'])
    await client.get('/stream')
    expect((await client.get('/keys')).json()).toEqual(['before', 'between', 'later', 'after'])
  })

  it('saves what it changes explicitly after its response has ended', async () => {
    const done = gate()
    const { client } = await app((server) => {
      server.get('/', (req, res) => {
        req.session.before = 1
        res.json({ ok: true })
        res.on('close', async () => {
          req.session.after = 1
          await req.session.save()
          done.open()
        })
      })
      server.get('/keys', (req, res) => {
        res.json(Object.keys(req.session))
      })
    })
    await client.get('/')
    await done.opened
    expect((await client.get('/keys')).json()).toEqual(['before', 'after'])
  })
})

describe('headers that are replaced when they leave', () => {
  // As packages on top of `on-headers` do: they wrap writeHead, and set headers when it is called.
  const late: express.RequestHandler = (_req, res, next) => {
    const { writeHead } = res
    res.writeHead = ((...args: Parameters<typeof writeHead>) => {
      res.setHeader('Set-Cookie', 'seen=1')
      res.setHeader('Vary', 'Accept-Encoding')
      return writeHead.apply(res, args)
    }) as typeof writeHead
    next()
  }

  it.each(ways)('keep our cookie and Vary beside them: %s', async (_name, answer) => {
    const { client } = await app((server) => {
      server.get('/', late, (req, res) => {
        req.session.a = 1
        answer(req, res)
      })
    })
    const { setCookies, headers } = await client.get('/')
    expect(setCookies.map((line) => line.slice(0, 4)).sort()).toEqual(['seen', 'sid='])
    expect(headers.get('vary')).toBe('Accept-Encoding, Cookie')
  })
})

describe('a new id that the handler asks for while the write is under way', () => {
  it('is stored, and sent', async () => {
    const { client, store, verdicts } = await app((server) => {
      server.get('/start', (req, res) => {
        req.session.user = 'u1'
        res.json({})
      })
      server.get('/renew', async (req, res) => {
        req.session.step = 1
        const { arrived, release } = store.faults.barrier('update')
        res.json({})
        await arrived
        const renewed = req.session.regenerate({ keep: ['user'] })
        release()
        await renewed
      })
      server.get('/me', (req, res) => void res.json(req.session.user ?? null))
    })
    await client.get('/start')
    const before = client.cookies.get('sid')
    await client.get('/renew')
    expect(verdicts.at(-1)).toMatchObject({ save: 'regenerated', cookie: 'set' })
    expect(client.cookies.get('sid')).not.toBe(before)
    expect((await client.get('/me')).json()).toBe('u1')
    expect(await store.count()).toBe(1)
  })
})
