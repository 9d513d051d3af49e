import { expect } from 'vitest'
import { SECRET } from './harness.js'
import { calls, cookieCounts, each, ends, HOUR, ids, shows, type Table } from './readme-rows.js'
import { count, show } from './scenarios.js'

const ROW = { cookie: { originalMaxAge: null, expires: null, httpOnly: true, path: '/' } }

const rolling = { rolling: true, cookie: { maxAge: HOUR } }
const later = ['/set', { path: '/', after: HOUR / 2 }]
const deprecations = (options: object) => (session: (options: object) => unknown) => {
  const messages: string[] = []
  const listener = (error: Error) => messages.push(error.message)
  process.on('deprecation' as never, listener as never)
  session(options)
  process.off('deprecation', listener)
  return messages
}
/** Both, because a warning comes once for each place. */
const warns = (options: object, message: string) =>
  each((session) => expect(deprecations(options)(session as never)).toContain(message))

/** The options that say when a session is saved and its cookie sent. */
export const savingTable: Table = {
  resave: [
    [
      1,
      'true saves a session that was not modified',
      shows({ options: { resave: true }, handler: show, requests: ['/set', '/'] }, calls, 'set get set'),
    ],
    [
      2,
      'true lets a request without changes overwrite those of another',
      shows(
        {
          options: { resave: true },
          handler: (req, res, next, context) => {
            if (req.path === '/set') return show(req, res, next, context)
            const row = context.store.rows()[req.sessionID] as object
            context.store.put(req.sessionID, { ...row, n: 'of another request' })
            return res.end()
          },
          requests: ['/set', '/'],
        },
        ({ rows }) => rows['id-1'],
        { ...ROW, n: 1 },
      ),
    ],
    [
      3,
      'true by default',
      shows({ options: { resave: undefined }, handler: show, requests: ['/set', '/'] }, calls, 'set get set'),
    ],
    [
      3,
      'leaving it out warns',
      warns({ secret: SECRET, saveUninitialized: false }, 'undefined resave option; provide resave option'),
    ],
    [
      8,
      'false touches, where the store can',
      shows({ handler: show, requests: ['/set', '/'] }, calls, 'set get touch'),
    ],
    [
      9,
      'false does not prolong a session where the store cannot touch',
      shows({ store: { noTouch: true }, handler: show, requests: ['/set', '/'] }, calls, 'set get'),
    ],
  ],
  rolling: [
    [
      1,
      'true sends the cookie with every response',
      shows({ options: rolling, handler: show, requests: later }, cookieCounts, [1, 1]),
    ],
    [
      2,
      'and its expiry starts anew',
      shows({ options: rolling, handler: show, requests: later }, ends, ['01:00:00', '01:30:00']),
    ],
    [
      3,
      'false by default',
      shows({ options: { cookie: rolling.cookie }, handler: show, requests: later }, cookieCounts, [1, 0]),
    ],
    [
      4,
      'the cookie ends maxAge after the last response',
      shows(
        { options: rolling, handler: show, requests: [...later, { path: '/', after: HOUR / 2 }] },
        (seen) => ends(seen).at(-1),
        '02:00:00',
      ),
    ],
    [
      4,
      'without it, maxAge after the last change',
      shows(
        { options: { cookie: rolling.cookie }, handler: count, requests: ['/', { after: HOUR / 2 }] },
        ends,
        ['01:00:00', '01:30:00'],
      ),
    ],
    [
      6,
      'no cookie for an empty session that is not saved',
      shows({ options: rolling, handler: show, requests: ['/'] }, cookieCounts, [0]),
    ],
    [
      7,
      'a session that is new is as without it',
      shows(
        { options: { ...rolling, saveUninitialized: true }, handler: show, requests: ['/'] },
        cookieCounts,
        [1],
      ),
    ],
  ],
  saveUninitialized: [
    [
      1,
      'true saves a session that is uninitialized',
      shows({ options: { saveUninitialized: true }, handler: show, requests: ['/'] }, calls, 'set'),
    ],
    [
      2,
      'which is one that is new and not modified',
      shows({ handler: show, requests: ['/', '/set'] }, calls, 'set'),
    ],
    [
      3,
      'false saves nothing and sets no cookie for it',
      shows({ handler: show, requests: ['/'] }, (seen) => [calls(seen), ...cookieCounts(seen)], ['', 0]),
    ],
    [
      4,
      'false makes no sessions of requests without one',
      shows({ handler: show, requests: [{ cookie: '' }, { cookie: '' }] }, ids, []),
    ],
    [
      5,
      'true by default',
      shows({ options: { saveUninitialized: undefined }, handler: show, requests: ['/'] }, calls, 'set'),
    ],
    [
      5,
      'leaving it out warns',
      warns(
        { secret: SECRET, resave: false },
        'undefined saveUninitialized option; provide saveUninitialized option',
      ),
    ],
    [
      7,
      'an empty object in it is a modification',
      shows(
        {
          handler: (req, res) => res.end(void Object.assign(req.session, { passport: {} })),
          requests: ['/'],
        },
        calls,
        'set',
      ),
    ],
  ],
}
