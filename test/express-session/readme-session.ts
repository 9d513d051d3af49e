import { type Handler, START } from './harness.js'
import { bodies, calls, cookieCounts, ends, HOUR, ids, routes, shows, type Table } from './readme-rows.js'
import { count, show } from './scenarios.js'

const options = { cookie: { maxAge: 60_000 } }

const handler = routes({
  '/set': show,
  '/': show,
  '/regenerate': (req, res, _next, { note }) => {
    const before = req.session
    req.session.regenerate((error) => {
      note('called back')
      res.json([error ?? null, req.session !== before, req.sessionID, req.session.n ?? null])
    })
  },
  '/destroy': (req, res, _next, { note }) => {
    req.session.destroy((error) => {
      note('called back')
      res.json([error ?? null, req.session === undefined])
    })
    note(String(req.session))
  },
  '/reload': (req, res, _next, { note }) => {
    req.session.n = 'lost'
    req.session.reload((error) => {
      note('called back')
      res.json([error ?? null, req.session.n])
    })
  },
  '/save': (req, res, _next, { store, note }) => {
    store.put(req.sessionID, { other: true })
    req.session.n = 2
    req.session.save(() => {
      note('called back')
      res.json(store.rows()[req.sessionID])
    })
  },
  '/redirect': (req, res) => {
    req.session.n = 3
    req.session.save(() => res.redirect('/'))
  },
})
const visits = (path: string) => ({ handler, requests: ['/set', path] })

/** What remains, and after `touch()`. */
const remaining: Handler = (req, res) => {
  req.session.n = req.path
  const { cookie } = req.session
  const before = cookie.maxAge
  if (req.path === '/touch') req.session.touch()
  res.json([before, cookie.maxAge, cookie.originalMaxAge])
}
const adjusting: Handler = (req, res) => {
  req.session.n = 1
  const { cookie } = req.session
  if (req.path === '/expires') cookie.expires = new Date(Date.now() + HOUR)
  else cookie.maxAge = HOUR
  res.json([cookie.maxAge, Number(cookie.expires) - START])
}
const forOne: Handler = (req, res) => {
  req.session.n = 1
  if (req.path === '/false') req.session.cookie.expires = false as never
  res.end()
}
const setId: Handler = (req, res) => {
  try {
    Object.assign(req.session, { id: 'other' })
    res.end('changed')
  } catch (error) {
    res.end((error as Error).name)
  }
}
const sameIds: Handler = (req, res) => res.json([req.session.id, req.sessionID])

/** `req.session` and what is below it, and `req.sessionID`. */
export const sessionTable: Table = {
  'req.session': [
    [
      1,
      'data are its properties, nested ones too, stored as JSON',
      shows(
        {
          handler: (req, res) => {
            const before = JSON.stringify(req.session.a ?? null)
            req.session.a = { b: [1, { c: new Date(0) }] }
            res.end(before)
          },
          requests: ['/', '/'],
        },
        bodies,
        ['null', '{"b":[1,{"c":"1970-01-01T00:00:00.000Z"}]}'],
      ),
    ],
    [
      2,
      'such as a counter of views, which also tells when it ends',
      shows(
        {
          options,
          handler: (req, res) => {
            const { maxAge } = req.session.cookie
            req.session.views = (Number(req.session.views) || 0) + 1
            res.write(`views: ${req.session.views}, `)
            res.end(`expires in: ${Number(maxAge) / 1000}s`)
          },
          requests: ['/', { after: 10_000 }],
        },
        bodies,
        ['views: 1, expires in: 60s', 'views: 2, expires in: 50s'],
      ),
    ],
  ],
  'Session.regenerate(callback)': [
    [1, 'is called on the session', shows(visits('/regenerate'), calls, 'set get destroy set')],
    [
      2,
      'then there are a new id and a new Session, and the callback comes',
      shows(visits('/regenerate'), ({ answers, log }) => [answers[1]?.body, log.includes('called back')], [
        '[null,true,"id-2",null]',
        true,
      ]),
    ],
  ],
  'Session.destroy(callback)': [
    [
      1,
      'removes the session, and req.session at once',
      shows(visits('/destroy'), (seen) => [ids(seen), seen.log.includes('undefined')], [[], true]),
    ],
    [
      2,
      'then the callback comes',
      shows(visits('/destroy'), ({ answers }) => answers[1]?.body, '[null,true]'),
    ],
  ],
  'Session.reload(callback)': [
    [
      1,
      'brings back what the store has',
      shows(visits('/reload'), ({ answers }) => answers[1]?.body, '[null,1]'),
    ],
    [
      2,
      'then the callback comes',
      shows(
        visits('/reload'),
        ({ log }) => log.slice(log.lastIndexOf('get id-1'), log.lastIndexOf('get id-1') + 2),
        ['get id-1', 'called back'],
      ),
    ],
  ],
  'Session.save(callback)': [
    [
      1,
      'replaces what the store has by what is in memory',
      shows(visits('/save'), ({ answers }) => Object.keys(JSON.parse(answers[1]?.body ?? '')), [
        'cookie',
        'n',
      ]),
    ],
    [
      2,
      'comes by itself at the end when the data have changed',
      shows({ handler: count, requests: ['/', '/'] }, calls, 'set get set'),
    ],
    [
      2,
      'and not when they have not',
      shows({ handler: show, requests: ['/set', '/'] }, calls, 'set get touch'),
    ],
    [
      3,
      'so it need not be called',
      shows({ handler: count, requests: ['/', '/', '/'] }, bodies, ['1', '2', '3']),
    ],
    [
      4,
      'can be called before a redirect',
      shows(
        { handler, requests: ['/set', '/redirect', '/'] },
        ({ answers, ...rest }) => [
          answers[1]?.status,
          JSON.parse(answers[2]?.body ?? '').n,
          calls({ answers, ...rest }),
        ],
        [302, 3, 'set get set touch get touch'],
      ),
    ],
  ],
  'Session.touch()': [
    [
      1,
      'starts maxAge anew',
      shows(
        { options, handler: remaining, requests: ['/', { path: '/touch', after: 20_000 }] },
        ({ answers }) => answers[1]?.body,
        '[40000,60000,60000]',
      ),
    ],
    [
      2,
      'comes by itself',
      shows({ options, handler: remaining, requests: ['/', { path: '/other', after: 20_000 }] }, ends, [
        '00:01:00',
        '00:01:20',
      ]),
    ],
  ],
  'req.session.id': [
    [
      1,
      'each session has one of its own',
      shows({ handler: (req, res) => res.end(req.session.id), requests: ['/', { cookie: '' }] }, bodies, [
        'id-1',
        'id-2',
      ]),
    ],
    [[2, 3], 'is req.sessionID', shows({ handler: sameIds, requests: ['/'] }, bodies, ['["id-1","id-1"]'])],
    [2, 'and cannot be changed', shows({ handler: setId, requests: ['/'] }, bodies, ['TypeError'])],
  ],
  'req.session.cookie': [
    [
      [1, 2],
      'each session has a cookie of its own',
      shows({ options, handler: forOne, requests: ['/false', { path: '/', cookie: '' }] }, ends, [
        undefined,
        '00:01:00',
      ]),
    ],
    [
      3,
      'expires = false: it ends with the browser',
      shows(
        { options, handler: forOne, requests: ['/false'] },
        (seen) => [...cookieCounts(seen), ...ends(seen)],
        [1, undefined],
      ),
    ],
  ],
  'Cookie.maxAge': [
    [
      1,
      'tells what remains, in milliseconds',
      shows(
        { options, handler: remaining, requests: ['/', { path: '/other', after: 20_000 }] },
        ({ answers }) => JSON.parse(answers[1]?.body ?? '')[0],
        40_000,
      ),
    ],
    [
      [1, 2],
      'setting it sets expires',
      shows({ options, handler: adjusting, requests: ['/maxAge'] }, bodies, [`[${HOUR},${HOUR}]`]),
    ],
    [
      2,
      'as setting expires sets it',
      shows({ options, handler: adjusting, requests: ['/expires'] }, bodies, [`[${HOUR},${HOUR}]`]),
    ],
    [
      3,
      'after 30 of 60 seconds it is 30 until the request has completed',
      shows(
        { options, handler: remaining, requests: ['/', { path: '/other', after: 30_000 }, '/other'] },
        bodies,
        ['[60000,60000,60000]', '[30000,30000,60000]', '[60000,60000,60000]'],
      ),
    ],
  ],
  'Cookie.originalMaxAge': [
    [
      1,
      'is the whole duration, in milliseconds',
      shows(
        { options, handler: remaining, requests: ['/', { path: '/other', after: 5000 }] },
        ({ answers }) => JSON.parse(answers[1]?.body ?? '')[2],
        60_000,
      ),
    ],
  ],
  'req.sessionID': [
    [
      1,
      'is the id of the session',
      shows({ handler: sameIds, requests: ['/'] }, bodies, ['["id-1","id-1"]']),
    ],
    [
      2,
      'is set when a session is loaded or made',
      shows(
        {
          handler: routes({ '/set': show, '/': sameIds }),
          requests: ['/set', '/', { path: '/', cookie: '' }],
        },
        ({ answers }) => answers.slice(1).map(({ body }) => body),
        ['["id-1","id-1"]', '["id-2","id-2"]'],
      ),
    ],
  ],
}
