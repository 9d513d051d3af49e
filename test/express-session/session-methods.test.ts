import { describe, expect, it } from 'vitest'
import { bothShow, type Handler, modules, observe } from './harness.js'
import { count, show, text } from './scenarios.js'

const MINUTE = 60_000

/** Runs the handler of the path. */
function routes(handlers: Record<string, Handler>): Handler {
  return (req, res, next, context) => (handlers[req.path] ?? show)(req, res, next, context)
}

describe('req.session', () => {
  it('keeps nested data as JSON', async () => {
    const handler = routes({
      '/set': (req, res) => {
        Object.assign(req.session, { a: { b: [1, null, 'x'] }, at: new Date(0), gone: undefined })
        res.end()
      },
    })
    const { answers } = await bothShow({ handler, requests: ['/set', '/'] })
    expect(JSON.parse(answers[1]?.body ?? '')).toMatchObject({
      a: { b: [1, null, 'x'] },
      at: '1970-01-01T00:00:00.000Z',
    })
  })

  it('shows data and cookie to enumeration, and nothing else', async () => {
    const handler: Handler = (req, res) => {
      const seen: string[] = []
      for (const key in req.session) seen.push(key)
      req.session.user = 'ada'
      res.json([seen, Object.keys(req.session), { ...req.session }])
    }
    const { answers } = await bothShow({ handler, requests: ['/', '/'] })
    expect(JSON.parse(answers[1]?.body ?? '')[0]).toEqual(['cookie', 'user'])
  })

  it('forgets data under the names of its methods', async () => {
    const handler = routes({
      '/set': (req, res, _next, { store }) => {
        req.session.ok = 1
        req.session.save(() => {
          const row = store.rows()[req.sessionID] as object
          store.put(req.sessionID, { ...row, save: 1, id: 2, req: 3, toString: 4, ok: 5 })
          res.end()
        })
      },
      '/': (req, res) => res.json([typeof req.session.save, req.session.id, Object.keys(req.session)]),
    })
    const { answers } = await bothShow({ handler, requests: ['/set', '/'] })
    expect(JSON.parse(answers[1]?.body ?? '')).toEqual(['function', 'id-1', ['cookie', 'ok']])
  })

  it('has an id that is that of the request and cannot be changed', async () => {
    const handler: Handler = (req, res) => {
      let refused = 'changed'
      try {
        req.session.id = 'other'
      } catch (error) {
        refused = (error as Error).name
      }
      res.json([req.session.id === req.sessionID, refused])
    }
    const { answers } = await bothShow({ handler, requests: ['/'] })
    expect(answers[0]?.body).toBe('[true,"TypeError"]')
  })
})

describe('regenerate', () => {
  it('gives a new id and an empty session, and removes the old one', async () => {
    const handler = routes({
      '/login': (req, res) => {
        const before = req.session
        req.session.regenerate((error) => {
          req.session.user = 'ada'
          res.json([error ?? null, before !== req.session, req.session.n ?? null, req.sessionID])
        })
      },
    })
    const { answers, rows } = await bothShow({ handler, requests: ['/set', '/login', '/'] })
    expect(answers[1]?.body).toBe('[null,true,null,"id-2"]')
    expect(text(answers[1])).toMatch(/^connect\.sid=s%3Aid-2\./)
    expect(Object.keys(rows)).toEqual(['id-2'])
  })

  it('gives a new session also when the store fails to remove the old one', async () => {
    const handler = routes({
      '/login': (req, res) => req.session.regenerate((error) => res.json([error.message, req.sessionID])),
    })
    const { answers } = await bothShow({
      store: { fails: { destroy: 0 } },
      handler,
      requests: ['/set', '/login'],
    })
    expect(answers[1]?.body).toBe('["the store failed to destroy","id-2"]')
  })

  it('and save before a redirect, as in the login of the README', async () => {
    const handler = routes({
      '/login': (req, res) =>
        req.session.regenerate(() => {
          req.session.user = 'ada'
          req.session.save(() => res.redirect('/'))
        }),
      '/logout': (req, res) => {
        req.session.user = null
        req.session.save(() => req.session.regenerate(() => res.redirect('/')))
      },
    })
    const { answers } = await bothShow({ handler, requests: ['/login', '/', '/logout', '/'] })
    expect(answers.map(({ status }) => status)).toEqual([302, 200, 302, 200])
    expect(answers[1]?.body).toContain('ada')
    expect(answers[3]?.body).not.toContain('ada')
  })
})

describe('destroy', () => {
  const handler = routes({
    '/logout': (req, res) => {
      const { session } = req
      session.destroy((error) => res.json([error?.message ?? null, req.session === undefined]))
      if (req.session !== undefined) throw new Error('still there')
    },
    '/silently': (req, res) => {
      ;(req.session.destroy as unknown as () => void)()
      res.end()
    },
  })

  it.each(['/logout', '/silently'])('removes the session from request and store: %s', async (path) => {
    const { rows, answers } = await bothShow({ handler, requests: ['/set', path, '/'] })
    expect(rows).toEqual({})
    expect(answers[1]?.setCookies).toEqual([])
  })

  it('gives the error of the store to its callback', async () => {
    const { answers } = await bothShow({
      store: { fails: { destroy: 0 } },
      handler,
      requests: ['/set', '/logout'],
    })
    expect(answers[1]?.body).toBe('["the store failed to destroy",true]')
  })
})

describe('reload', () => {
  const handler = routes({
    '/reload': (req, res) => {
      const before = req.session
      req.session.n = 99
      req.session.reload((error) => res.json([error?.message ?? null, req.session.n, before === req.session]))
    },
    '/twice': (req, res) => {
      req.session.reload(() => {
        req.session.n = 5
        req.session.reload(() => {
          req.session.n = 6
          req.session.save(() => res.end())
        })
      })
    },
    '/lost': (req, res) => {
      req.sessionStore.destroy(req.sessionID, () => req.session.reload((error) => res.json([error?.message])))
    },
  })

  it('brings back what the store has, as another object', async () => {
    const { answers } = await bothShow({ handler, requests: ['/set', '/reload'] })
    expect(answers[1]?.body).toBe('[null,1,false]')
  })

  it('again and then save stores the newest object', async () => {
    const { rows } = await bothShow({ handler, requests: ['/set', '/twice'] })
    expect(rows).toMatchObject({ 'id-1': { n: 6 } })
  })

  it('of a session that is gone gives an error', async () => {
    const { answers } = await bothShow({ handler, requests: ['/set', '/lost'] })
    expect(answers[1]?.body).toBe('["failed to load session"]')
  })

  it('gives the error of the store to its callback', async () => {
    const { answers } = await bothShow({
      store: { fails: { get: 2 } },
      handler,
      requests: ['/set', '/reload'],
    })
    expect(answers[1]?.body).toBe('["the store failed to get",99,true]')
  })
})

describe('save', () => {
  const handler = routes({
    '/save': (req, res) => {
      req.session.n = 2
      req.session.save((error) => res.send(error?.message ?? 'saved'))
    },
    '/late': (req, res) => {
      req.session.n = 3
      req.session.save(() => {
        req.session.n = 4
        res.end()
      })
    },
    '/silently': (req, res) => {
      req.session.n = 5
      req.session.save()
      res.end()
    },
  })

  it('stores at once, and the end of the response does not store the same again', async () => {
    const { log } = await bothShow({ handler, requests: ['/set', '/save'] })
    expect(log.filter((line) => line.startsWith('set id'))).toHaveLength(2)
  })

  it('is followed by another for what changed since', async () => {
    const { rows, log } = await bothShow({ handler, requests: ['/set', '/late'] })
    expect(rows).toMatchObject({ 'id-1': { n: 4 } })
    expect(log.filter((line) => line.startsWith('set id'))).toHaveLength(3)
  })

  it('needs no callback', async () => {
    const { rows } = await bothShow({ handler, requests: ['/set', '/silently'] })
    expect(rows).toMatchObject({ 'id-1': { n: 5 } })
  })

  it('gives the error of the store to its callback', async () => {
    const { answers } = await bothShow({ store: { fails: { set: 2 } }, handler, requests: ['/set', '/save'] })
    expect(answers[1]?.body).toBe('the store failed to set')
  })
})

describe('touch and the duration of the cookie', () => {
  const options = { cookie: { maxAge: MINUTE } }

  it('maxAge tells what remains, and starts anew at the end of the request', async () => {
    const handler: Handler = (req, res) => {
      req.session.n = 1
      res.json([req.session.cookie.maxAge, req.session.cookie.originalMaxAge])
    }
    const { answers, rows } = await bothShow({ options, handler, requests: ['/', { after: 30_000 }] })
    expect(answers.map(({ body }) => body)).toEqual(['[60000,60000]', '[30000,60000]'])
    expect(rows).toMatchObject({ 'id-1': { cookie: { expires: '2030-01-01T00:01:30.000Z' } } })
  })

  it('touch starts it anew at once, and can be chained', async () => {
    const handler: Handler = (req, res) => {
      req.session.n = 1
      const same = req.session.touch() === req.session && req.session.resetMaxAge() === req.session
      res.json([same, req.session.cookie.maxAge])
    }
    const { answers } = await bothShow({ options, handler, requests: ['/', { after: 30_000 }] })
    expect(answers[1]?.body).toBe('[true,60000]')
  })

  it.each([
    ['/maxAge', 3_600_000],
    ['/expires', 3_600_000],
    ['/false', undefined],
    ['/null', undefined],
  ])('can be set for one session: %s', async (path, expected) => {
    const set = (req: Parameters<Handler>[0]) => {
      const { cookie } = req.session
      if (path === '/maxAge') cookie.maxAge = 3_600_000
      else if (path === '/expires') cookie.expires = new Date(Date.now() + 3_600_000)
      else cookie.expires = (path === '/false' ? false : null) as never
    }
    const handler: Handler = (req, res) => {
      if (req.path !== '/') set(req)
      req.session.n = req.path
      res.json([req.session.cookie.maxAge, req.session.cookie.originalMaxAge])
    }
    const { answers } = await bothShow({ options, handler, requests: [path, { after: 1000 }, '/'] })
    expect(text(answers[0]).includes('Expires')).toBe(expected !== undefined)
    expect(JSON.parse(answers[2]?.body ?? '')[1] || undefined).toBe(expected)
  })

  it('a session whose cookie has ended is gone from the memory store', async () => {
    const run = (name: 'original' | 'ours') =>
      observe(modules[name], {
        options: ({ session }) => ({ ...options, store: new session.MemoryStore() }),
        handler: count,
        requests: ['/', '/', { after: MINUTE }, '/'],
      })
    const observed = await run('ours')
    expect(observed).toEqual(await run('original'))
    expect(observed.answers.map(({ body }) => body)).toEqual(['1', '2', '1', '2'])
  })
})
