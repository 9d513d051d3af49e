import { createHmac } from 'node:crypto'
import { expect } from 'vitest'
import { type Context, type Handler, type Scenario, SECRET } from './harness.js'
import { bodies, calls, cookieCounts, each, HTTPS, ids, shows, type Table } from './readme-rows.js'
import { count, text, withHttps } from './scenarios.js'

const NEW = 'a newer secret of more than thirty-two bytes, for tests'

const signed = (id: string, secret: string) => {
  const mac = createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, '')
  return `connect.sid=${encodeURIComponent(`s:${id}.${mac}`)}`
}
const PUT = { cookie: { originalMaxAge: null, expires: null, httpOnly: true, path: '/' }, n: 7 }
/** A session `known` is in the store, and a visitor comes with a cookie that was signed with `SECRET`. */
const known = (options: object): Scenario => ({
  options: ({ store }: Context) => {
    store.put('known', PUT)
    return options
  },
  handler: count,
  requests: [{ cookie: signed('known', SECRET) }],
})
const cookiesWith = (proxy: boolean | undefined, expected: number, rest: Partial<Scenario> = {}) =>
  shows(
    { options: { proxy, cookie: { secure: true } }, handler: count, requests: [{ headers: HTTPS }], ...rest },
    cookieCounts,
    [expected],
  )
const unsetting: Handler = (req, res) => {
  req.session.n = req.path
  if (req.path === '/null') Object.assign(req, { session: null })
  if (req.path === '/delete') Reflect.deleteProperty(req, 'session')
  res.end()
}

/** `session(options)` and what is below `Options`, but for `cookie`. */
export const optionsTable: Table = {
  'session(options)': [
    [
      1,
      'makes a middleware',
      each((session) =>
        expect(session({ secret: SECRET, resave: false, saveUninitialized: false })).toHaveLength(3),
      ),
    ],
    [
      2,
      'the cookie holds the id and no data',
      shows(
        { handler: count, requests: ['/'] },
        ({ answers }) => text(answers[0]).split(';')[0],
        signed('id-1', SECRET),
      ),
    ],
    [
      3,
      'the data are in the store',
      shows({ handler: count, requests: ['/'] }, ({ rows }) => rows['id-1'], { ...PUT, n: 1 }),
    ],
    [
      5,
      'it reads and writes cookies itself',
      shows({ handler: count, requests: ['/', '/'] }, bodies, ['1', '2']),
    ],
  ],
  Options: [
    [
      1,
      'options are properties of an object',
      shows(
        { options: { name: 'a', rolling: true }, handler: count, requests: ['/', '/'] },
        cookieCounts,
        [1, 1],
      ),
    ],
  ],
  genid: [
    [
      [1, 2],
      'its text is the id of a new session',
      shows({ options: { genid: () => 'mine' }, handler: count, requests: ['/'] }, ids, ['mine']),
    ],
    [
      3,
      'it gets the request',
      shows({ options: { genid: (req) => `of ${req.url}` }, handler: count, requests: ['/a'] }, ids, [
        'of /a',
      ]),
    ],
    [
      4,
      'by default 24 random bytes as base64url',
      each(async (session) => {
        const store = new session.MemoryStore()
        session({ secret: SECRET, resave: false, saveUninitialized: false, store })
        const req = {} as { sessionID: string }
        Reflect.apply(Reflect.get(store, 'generate'), store, [req])
        expect(req.sessionID).toMatch(/^[\w-]{32}$/)
      }),
    ],
  ],
  name: [
    [
      1,
      'is set and read',
      shows(
        { options: { name: 'shop' }, handler: count, requests: ['/', '/'] },
        ({ answers }) => [text(answers[0]).startsWith('shop='), answers[1]?.body],
        [true, '2'],
      ),
    ],
    [
      2,
      'connect.sid by default',
      shows(
        { handler: count, requests: ['/'] },
        ({ answers }) => text(answers[0]).startsWith('connect.sid='),
        true,
      ),
    ],
    [
      [3, 4, 5],
      'apps with different names do not disturb each other',
      shows(
        {
          options: { name: 'a' },
          before: [(_req, res, next) => next(void res.cookie('b', 'other'))],
          handler: count,
          requests: ['/', '/'],
        },
        bodies,
        ['1', '2'],
      ),
    ],
  ],
  proxy: [
    [1, 'tells whether X-Forwarded-Proto counts for secure cookies', cookiesWith(true, 1)],
    [
      2,
      'left out it is undefined',
      shows(
        {
          options: { cookie: { secure: true } },
          trustProxy: true,
          handler: count,
          requests: [{ headers: HTTPS }],
        },
        cookieCounts,
        [1],
      ),
    ],
    [3, 'true: the header is used', cookiesWith(true, 1, { trustProxy: false })],
    [4, 'false: the header is ignored', cookiesWith(false, 0, { trustProxy: true })],
    [4, 'false: a connection over TLS is secure', cookiesWith(false, 1, { before: [withHttps] })],
    [5, 'undefined: as trust proxy says, yes', cookiesWith(undefined, 1, { trustProxy: true })],
    [5, 'undefined: as trust proxy says, no', cookiesWith(undefined, 0, { trustProxy: false })],
  ],
  secret: [
    [
      1,
      'without one there is an error',
      shows({ options: { secret: undefined as never }, handler: count, requests: ['/'] }, ({ log }) => log, [
        'error secret option required for sessions',
      ]),
    ],
    [
      2,
      'signs the id in the cookie',
      shows(
        { options: { secret: NEW }, handler: count, requests: ['/'] },
        ({ answers }) => text(answers[0]).startsWith(signed('id-1', NEW)),
        true,
      ),
    ],
    [3, 'may be a Buffer', shows(known({ secret: Buffer.from(SECRET) }), bodies, ['8'])],
    [4, 'may be one or several', shows(known({ secret: [SECRET] }), bodies, ['8'])],
    [
      5,
      'the first signs',
      shows(
        { options: { secret: [NEW, SECRET] }, handler: count, requests: ['/'] },
        ({ answers }) => text(answers[0]).startsWith(signed('id-1', NEW)),
        true,
      ),
    ],
    [[5, 9], 'all verify', shows(known({ secret: [NEW, SECRET] }), bodies, ['8'])],
    [11, 'another secret makes all sessions unknown', shows(known({ secret: NEW }), bodies, ['1'])],
    [
      12,
      'a new first one leaves sessions as they are',
      shows(known({ secret: [NEW, 'x', SECRET] }), bodies, ['8']),
    ],
    [
      13,
      'HMAC with SHA-256',
      shows(
        { handler: count, requests: ['/'] },
        ({ answers }) => text(answers[0]).startsWith(signed('id-1', SECRET)),
        true,
      ),
    ],
  ],
  store: [
    [
      1,
      'a new MemoryStore by default',
      shows(
        {
          options: { store: undefined },
          handler: (req, res, _next, { session }) =>
            res.end(String(req.sessionStore instanceof session.MemoryStore)),
          requests: ['/'],
        },
        bodies,
        ['true'],
      ),
    ],
  ],
  unset: [
    [
      1,
      'says what deleting req.session does',
      shows(
        { options: { unset: 'destroy' }, handler: unsetting, requests: ['/', '/delete'] },
        calls,
        'set get destroy',
      ),
    ],
    [2, 'keep by default', shows({ handler: unsetting, requests: ['/', '/null'] }, ids, ['id-1'])],
    [
      3,
      'destroy: removed at the end of the response',
      shows({ options: { unset: 'destroy' }, handler: unsetting, requests: ['/', '/null'] }, ids, []),
    ],
    [
      4,
      'keep: the session stays as it was',
      shows(
        { options: { unset: 'keep' }, handler: unsetting, requests: ['/', '/null'] },
        ({ rows }) => rows['id-1'],
        { ...PUT, n: '/' },
      ),
    ],
  ],
}
