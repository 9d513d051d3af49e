import { describe, expect, it } from 'vitest'
import { bothShow, type Handler, modules } from './harness.js'
import { count } from './scenarios.js'

const change: Handler = (req) => {
  req.session.n = (Number(req.session.n) || 0) + 1
}

const ways: Record<string, Handler> = {
  'end()': (_req, res) => res.end(),
  'end(null)': (_req, res) => res.end(null),
  'end(text)': (_req, res) => res.end('text'),
  'end(Buffer)': (_req, res) => res.end(Buffer.from('text')),
  'end(text, encoding)': (_req, res) => res.end('dGV4dA==', 'base64'),
  'end with Content-Length': (_req, res) => {
    res.setHeader('Content-Length', 4)
    res.end('text')
  },
  'end with Content-Length 0': (_req, res) => {
    res.setHeader('Content-Length', '0')
    res.end()
  },
  'write, end': (_req, res) => {
    res.write('one ')
    res.end('two')
  },
  'write, write, end with Content-Length': (_req, res) => {
    res.setHeader('Content-Length', 7)
    res.write('one ')
    res.write('two')
    res.end()
  },
  'writeHead, end': (_req, res) => {
    res.writeHead(201, { 'X-One': '1', 'Set-Cookie': 'a=1' })
    res.end('made')
  },
  'writeHead with an array': (_req, res) => {
    res.writeHead(201, 'Made', ['X-One', '1', 'X-Two', '2'])
    res.end()
  },
  'flushHeaders, end': (_req, res) => {
    res.flushHeaders()
    res.end('text')
  },
  'other cookies': (_req, res) => {
    res.cookie('a', '1').append('Set-Cookie', 'b=2').send('text')
  },
  redirect: (_req, res) => res.redirect('/elsewhere'),
  json: (_req, res) => res.json({ a: 1 }),
  'send 204': (_req, res) => res.sendStatus(204),
  'status 304': (_req, res) => res.status(304).end(),
  'end in a later turn': (_req, res) => void setImmediate(() => res.end('later')),
  'write, end in a later turn': (_req, res) => {
    res.write('now ')
    setImmediate(() => res.end('later'))
  },
  'end twice': (_req, res) => {
    res.end('once')
    res.end('twice')
  },
}

describe.each(Object.entries(ways))('a response by %s', (_name, way) => {
  const handler: Handler = (req, res, next, context) => {
    if (req.path === '/write') change(req, res, next, context)
    return way(req, res, next, context)
  }
  const cookie = { maxAge: 60_000 }

  it('is the same, with the same calls of the store', async () => {
    const requests = ['/write', '/read', '/write', { path: '/write', method: 'HEAD' }]
    const { rows } = await bothShow({ options: { cookie }, handler, requests })
    expect(rows).toMatchObject({ 'id-1': { n: 3 } })
  })

  it('is the same on a store that answers within the call', async () => {
    const { rows } = await bothShow({
      options: { resave: true, rolling: true },
      store: { sync: true },
      handler,
      requests: ['/write', '/read', '/write'],
    })
    expect(rows).toMatchObject({ 'id-1': { n: 2 } })
  })

  it('of a request without session data is the same', async () => {
    const { rows } = await bothShow({ handler, requests: ['/read'] })
    expect(rows).toEqual({})
  })
})

describe('what changes after the headers have left', () => {
  const handler: Handler = (req, res, next, context) => {
    res.write('a')
    change(req, res, next, context)
    res.end('b')
  }

  it('is saved, but a new session gets no cookie any more', async () => {
    const { answers, rows } = await bothShow({ handler, requests: ['/'] })
    expect(answers[0]?.setCookies).toEqual([])
    expect(rows).toMatchObject({ 'id-1': { n: 1 } })
  })

  it('is saved for a session that is there already', async () => {
    const first: Handler = (req, res, next, context) =>
      req.path === '/first' ? count(req, res, next, context) : handler(req, res, next, context)
    const { rows } = await bothShow({ handler: first, requests: ['/first', '/'] })
    expect(rows).toMatchObject({ 'id-1': { n: 2 } })
  })
})

describe('a response that has ended before the session comes', () => {
  it('does no harm', async () => {
    const { answers } = await bothShow({
      options: { saveUninitialized: true },
      before: [
        (_req, res, next) => {
          res.end('early')
          next()
        },
      ],
      handler: (_req, res) => res.end(),
      requests: ['/'],
    })
    expect(answers[0]?.body).toBe('early')
    expect(answers[0]?.setCookies).toEqual([])
  })
})

describe('patches', () => {
  it.each(['touch', 'save', 'resetMaxAge'] as const)('of Session.prototype.%s are used', async (name) => {
    const originals = Object.values(modules).map(({ Session }) => [Session, Session.prototype[name]] as const)
    const handler: Handler = (req, res, _next, { session, note }) => {
      const method = session.Session.prototype[name] as (...args: unknown[]) => unknown
      if (req.path === '/patch') {
        Object.assign(session.Session.prototype, {
          [name](...args: unknown[]) {
            note(`patched ${name}`)
            return Reflect.apply(method, this, args)
          },
        })
      }
      req.session.n = req.path
      res.end()
    }
    try {
      const { log } = await bothShow({ handler, requests: ['/patch', '/a', '/b'] })
      expect(log).toContain(`patched ${name}`)
    } finally {
      for (const [{ prototype }, method] of originals) Object.assign(prototype, { [name]: method })
    }
  })

  it('of the methods of one session are used and not stored', async () => {
    const handler: Handler = (req, res, _next, { note }) => {
      const save = req.session.save.bind(req.session)
      req.session.save = (callback) => {
        note('own save')
        return save(callback)
      }
      req.session.n = 1
      res.end()
    }
    const { log, rows } = await bothShow({ handler, requests: ['/'] })
    expect(log).toContain('own save')
    expect(Object.keys(rows['id-1'] as object)).toEqual(['cookie', 'n'])
  })
})
