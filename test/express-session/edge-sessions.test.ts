import type { Response } from 'express'
import { describe, it } from 'vitest'
import { bothShow, type Context, type Handler, type Scenario, type SessionRequest } from './harness.js'
import { count, show } from './scenarios.js'

/** Acts, unless the path is `/again`, and ends the response. */
const act =
  (acts: (req: SessionRequest, res: Response, context: Context) => unknown): Handler =>
  (req, res, _next, context) => {
    if (req.path !== '/again') acts(req, res, context)
    if (!res.writableEnded) res.end('text')
  }

/** What apps do with a session, its id and its cookie beside what the README shows. */
const sessions: Record<string, Scenario> = {
  'a session that is there before': {
    before: [(req, _res, next) => next(void Object.assign(req, { session: { mine: true } }))],
    options: { saveUninitialized: true },
    handler: (req, res) => res.json([req.session, req.sessionID ?? null]),
    requests: ['/'],
  },
  'req.sessionID that is no text any more': {
    handler: act((req) => (Object.assign(req, { sessionID: () => 1 }).session.n = 1)),
    requests: ['/', '/again'],
  },
  'req.sessionID taken away': {
    handler: act((req) => Object.assign(req.session, { n: 1 }) && Reflect.deleteProperty(req, 'sessionID')),
    requests: ['/', '/again'],
  },
  'req.sessionID that is another text': {
    handler: act((req) => (Object.assign(req, { sessionID: 'other' }).session.n = 1)),
    requests: ['/', '/again'],
  },
  'req.sessionID that is another text, unset': {
    options: { unset: 'destroy' },
    handler: act((req) => Object.assign(req, { sessionID: 'other', session: null })),
    requests: ['/', '/again'],
  },
  'an expiry in 1970 for one session': {
    handler: act(({ session }) => (session.cookie.expires = new Date(0))),
    options: { saveUninitialized: true },
    requests: ['/', '/again'],
  },
  'a cookie that is a plain object': {
    handler: act(({ session }) => Object.assign(session, { n: 1, cookie: { maxAge: 1000 } })),
    requests: ['/', '/again'],
  },
  'a cookie that is a new Cookie': {
    handler: act(({ session }, _res, context) =>
      Object.assign(session, {
        n: 1,
        cookie: new (context.session as never as { Cookie: new (o: object) => object }).Cookie({
          maxAge: 5000,
          path: '/x',
        }),
      }),
    ),
    requests: ['/', '/again'],
  },
  'data named cookie deeper inside': {
    handler: (req, res) => {
      const u = (req.session.user ?? { cookie: 0 }) as { cookie: number }
      u.cookie++
      req.session.user = u
      res.end()
    },
    requests: ['/', '/', '/'],
  },
  'data under names of Object.prototype': {
    handler: act(({ session }) =>
      Object.assign(session, { constructor: 1, toString: 2, hasOwnProperty: 3, ok: 4 }),
    ),
    requests: ['/', '/again', '/again'],
  },
  'data with toJSON': {
    handler: act(({ session }) => Object.assign(session, { at: new Date(5), big: { toJSON: () => 'big' } })),
    requests: ['/', '/again'],
  },
  'a session with toJSON': {
    handler: act(({ session }) =>
      Object.assign(session, { n: 1, toJSON: () => ({ cookie: session.cookie, other: 2 }) }),
    ),
    requests: ['/', '/again'],
  },
  'reload many times when it is gone': {
    handler: (req, res, _next, { store }) => {
      if (req.path === '/set') return show(req, res, _next, {} as never)
      store.destroy(req.sessionID, () => {
        let left = 20
        const again = (): void => {
          left--
          if (left === 0) res.end('ok')
          else req.session.reload(again)
        }
        again()
      })
      return undefined
    },
    requests: ['/set', '/'],
  },
  'destroyed, then a new one made': {
    handler: (req, res) =>
      req.session.destroy(() => {
        req.sessionStore.generate(req)
        req.session.n = 1
        res.end(req.sessionID)
      }),
    requests: ['/', '/'],
  },
  'regenerated twice': {
    handler: (req, res) =>
      req.session.regenerate(() =>
        req.session.regenerate(() => {
          req.session.n = 1
          res.end(req.sessionID)
        }),
      ),
    requests: ['/', '/'],
  },
  'saved, then destroyed': {
    handler: (req, res) => {
      req.session.n = 1
      req.session.save(() => req.session.destroy(() => res.end('gone')))
    },
    requests: ['/', '/'],
  },
  'saved twice at once': {
    handler: (req, res) => {
      req.session.n = 1
      req.session.save()
      req.session.n = 2
      req.session.save(() => res.end('saved'))
    },
    requests: ['/', '/'],
  },
  'loaded by another id': {
    handler: (req, res, _next, { store }) => {
      req.session.n = 1
      req.session.save(() =>
        store.load(req.sessionID, (error: unknown, other?: unknown) =>
          res.json([error ?? null, other ?? null]),
        ),
      )
    },
    requests: ['/', '/'],
  },
  'an id in the URL that is none of ours': {
    handler: show,
    requests: [{ path: '/?connect.sid=x', cookie: '' }],
  },
}

const stores: Record<string, Scenario> = {
  'that throws at get': {
    options: ({ store }) => {
      store.get = () => {
        throw new Error('get threw')
      }
      return {}
    },
    handler: count,
    requests: ['/', '/'],
  },
  'that learns to touch later': {
    store: { noTouch: true },
    handler: (req, res, next, context) => {
      context.store.touch = (sid) => context.note(`touched ${sid}`)
      show(req, res, next, context)
    },
    requests: ['/set', '/'],
  },
  'with a generate of its own': {
    handler: (req, res, next, context) => {
      const { generate } = context.store as never as { generate(r: unknown): void }
      Object.assign(context.store, {
        generate: (r: unknown) => {
          context.note('own generate')
          generate(r)
        },
      })
      count(req, res, next, context)
    },
    requests: ['/', { path: '/', cookie: '' }],
  },
  'with a createSession of its own': {
    options: ({ store, note }) => {
      const { createSession } = store
      store.createSession = (r, row) => {
        note('own createSession')
        return createSession.call(store, r, row)
      }
      return {}
    },
    handler: count,
    requests: ['/', '/'],
  },
  'with a regenerate of its own': {
    options: ({ store, note }) => {
      const { regenerate } = store
      store.regenerate = (r, done) => {
        note('own regenerate')
        regenerate.call(store, r, done)
      }
      return {}
    },
    handler: (req, res) => req.session.regenerate(() => res.end(req.sessionID)),
    requests: ['/', '/'],
  },
  'what a failed get leaves on the request': {
    store: { fails: { get: 1 } },
    before: [
      (req, res, next) => {
        res.on('finish', () => Object.assign(res, { seen: typeof (req as { session?: unknown }).session }))
        next()
      },
    ],
    handler: count,
    requests: ['/', '/', '/'],
  },
  'disconnected in the middle': {
    handler: (req, res, next, context) => {
      context.store.emit('disconnect')
      count(req, res, next, context)
    },
    requests: ['/', '/'],
  },
}

describe('sessions are the same:', () => {
  it.each(Object.entries(sessions))('%s', async (_name, scenario) => void (await bothShow(scenario)))
})

describe('a store is used alike,', () => {
  it.each(Object.entries(stores))('%s', async (_name, scenario) => void (await bothShow(scenario)))
})
