import { execFile } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import type { Handler, SessionModule } from './harness.js'
import { bodies, calls, each, ids, type Row, routes, shows, type Table } from './readme-rows.js'
import { count, show } from './scenarios.js'

type MemoryStore = InstanceType<SessionModule['MemoryStore']>

const row = (n: number) => ({ n, cookie: { originalMaxAge: null } }) as never

/** What a method of a memory store with the sessions a and b gives to its callback. */
const answer = (
  call: (store: MemoryStore, callback: (...given: unknown[]) => void) => void,
  check: (given: unknown[], store: MemoryStore) => unknown,
): Row[2] =>
  each(async (session) => {
    const store = new session.MemoryStore()
    store.set('a', row(1))
    store.set('b', row(2))
    const given = await new Promise<unknown[]>((resolve) => call(store, (...args) => resolve(args)))
    await check(given, store)
  })
const lengthOf = (store: MemoryStore) =>
  new Promise((resolve) => store.length((_error, length) => resolve(length)))
const noError = ([error]: unknown[]) => expect(error ?? null).toBeNull()
const destroying = routes({
  '/set': show,
  '/destroy': (req, res) => req.session.destroy(() => res.end('gone')),
})
const unset: Handler = (req, res) => res.end(void Object.assign(req, { session: null }))
/** A session is made, and then the method fails. */
const failing = (method: 'get' | 'destroy' | 'touch', code?: string): Row[2] =>
  shows(
    {
      options: { unset: method === 'destroy' ? 'destroy' : 'keep' },
      store: { fails: { [method]: 0 }, ...(code !== undefined && { code }) },
      handler: routes({ '/set': show, '/': method === 'destroy' ? unset : show }),
      requests: ['/set', '/'],
    },
    ({ log }) => log.includes(`error the store failed to ${method}`),
    code === undefined,
  )

const views: Handler = (req, res) => {
  const seen = (req.session.views ?? {}) as Record<string, number>
  seen[req.path] = (seen[req.path] ?? 0) + 1
  req.session.views = seen
  res.end(`${seen[req.path]}`)
}
const login = routes({
  '/': (req, res) => res.end(`hello ${req.session.user ?? 'nobody'}`),
  '/login': (req, res) => {
    req.session.regenerate(() => {
      req.session.user = 'ada'
      req.session.save(() => res.redirect('/'))
    })
  },
  '/logout': (req, res) => {
    req.session.user = null
    req.session.save(() => req.session.regenerate(() => res.redirect('/')))
  },
})

const root = fileURLToPath(new URL('../..', import.meta.url))
/** What a process prints on stderr that has one request, with DEBUG=express-session. */
async function printed(module: string, ...flags: string[]): Promise<string> {
  const code = `import session from '${module}'
    session({ secret: 'x', resave: false, saveUninitialized: false })({ headers: {}, url: '/' }, {}, () => {})`
  const env = { ...process.env, DEBUG: 'express-session' }
  const args = [...flags, '--input-type=module', '--eval', code]
  const { stderr } = await promisify(execFile)(process.execPath, args, { cwd: root, env })
  return stderr
}

/** From `Session Store Implementation` on. */
export const storesTable: Table = {
  'Session Store Implementation': [
    [
      1,
      'a store is an EventEmitter',
      each((session) => expect(new session.MemoryStore()).toBeInstanceOf(EventEmitter)),
    ],
    [
      [2, 3],
      'required methods are called',
      shows({ handler: destroying, requests: ['/set', '/destroy'] }, calls, 'set get destroy'),
    ],
    [
      4,
      'a recommended method is called if it is there',
      shows({ handler: show, requests: ['/set', '/'] }, calls, 'set get touch'),
    ],
    [
      4,
      'and not missed if it is not',
      shows({ store: { noTouch: true }, handler: show, requests: ['/set', '/'] }, calls, 'set get'),
    ],
    [
      5,
      'optional ones are never called',
      shows(
        {
          options: ({ store, note }) => {
            const never = (name: string) => () => note(name)
            return {
              store: Object.assign(store, {
                all: never('all'),
                clear: never('clear'),
                length: never('length'),
              }) as never,
            }
          },
          handler: destroying,
          requests: ['/set', '/destroy', '/'],
        },
        ({ log }) => log.filter((line) => /^(?:all|clear|length)$/.test(line)),
        [],
      ),
    ],
  ],
  'store.all(callback)': [
    [
      [1, 2],
      'all sessions',
      answer(
        (store, callback) => store.all(callback),
        ([, sessions]) => expect(Object.values(sessions as object)).toMatchObject([{ n: 1 }, { n: 2 }]),
      ),
    ],
    [
      3,
      'calls back with error and sessions',
      answer(
        (store, callback) => store.all(callback),
        (given) => expect([given.length, given[0]]).toEqual([2, null]),
      ),
    ],
  ],
  'store.destroy(sid, callback)': [
    [
      1,
      'is called',
      shows({ handler: destroying, requests: ['/set', '/destroy'] }, calls, 'set get destroy'),
    ],
    [
      2,
      'removes the session of an id',
      answer(
        (store, callback) => store.destroy('a', callback),
        (_given, store) => expect(Object.keys(Reflect.get(store, 'sessions'))).toEqual(['b']),
      ),
    ],
    [3, 'calls back when that is done', answer((store, callback) => store.destroy('a', callback), noError)],
    [3, 'its error goes to the error handler', failing('destroy')],
  ],
  'store.clear(callback)': [
    [
      [1, 2],
      'removes all sessions',
      answer(
        (store, callback) => store.clear(callback),
        async (_given, store) => expect(await lengthOf(store)).toBe(0),
      ),
    ],
    [3, 'calls back when that is done', answer((store, callback) => store.clear(callback), noError)],
  ],
  'store.length(callback)': [
    [
      [1, 2],
      'counts the sessions',
      answer(
        (store, callback) => store.length(callback),
        async (_given, store) => expect(await lengthOf(store)).toBe(2),
      ),
    ],
    [
      3,
      'calls back with error and number',
      answer(
        (store, callback) => store.length(callback),
        (given) => expect(given).toEqual([null, 2]),
      ),
    ],
  ],
  'store.get(sid, callback)': [
    [1, 'is called', shows({ handler: show, requests: ['/set', '/'] }, calls, 'set get touch')],
    [
      2,
      'gets the session of an id',
      answer(
        (store, callback) => store.get('b', callback),
        ([, session]) => expect(session).toMatchObject({ n: 2 }),
      ),
    ],
    [3, 'calls back with error and session', failing('get')],
    [
      4,
      'nothing found is a new session',
      shows({ handler: count, requests: ['/', { cookie: '' }, '/'] }, bodies, ['1', '1', '2']),
    ],
    [
      4,
      'nothing is null or undefined',
      answer(
        (store, callback) => store.get('c', callback),
        ([error, session]) => expect([error ?? null, session ?? null]).toEqual([null, null]),
      ),
    ],
    [5, 'an error ENOENT is nothing found', failing('get', 'ENOENT')],
  ],
  'store.set(sid, session, callback)': [
    [1, 'is called', shows({ handler: count, requests: ['/'] }, calls, 'set')],
    [
      2,
      'makes or replaces the session of an id',
      shows({ handler: count, requests: ['/', '/'] }, ({ rows }) => rows, {
        'id-1': expect.objectContaining({ n: 2 }),
      }),
    ],
    [
      3,
      'calls back with an error if it failed',
      shows(
        { store: { fails: { set: 2 } }, handler: count, requests: ['/', '/'] },
        ({ log }) => log.at(-1),
        'error the store failed to set',
      ),
    ],
  ],
  'store.touch(sid, session, callback)': [
    [
      1,
      'is called if it is there',
      shows({ handler: show, requests: ['/set', '/'] }, calls, 'set get touch'),
    ],
    [
      2,
      'gets the id and the session',
      shows(
        {
          options: { cookie: { maxAge: 60_000 } },
          handler: show,
          requests: ['/set', { path: '/', after: 1000 }],
        },
        ({ log }) => log.find((line) => line.startsWith('touch id-1')),
        expect.stringContaining('2030-01-01T00:01:01.000Z'),
      ),
    ],
    [3, 'its error goes to the error handler', failing('touch')],
    [
      4,
      'starts the time of an idle session anew',
      shows(
        {
          options: { cookie: { maxAge: 60_000 } },
          handler: show,
          requests: ['/set', { path: '/', after: 50_000 }],
        },
        ({ rows }) => rows['id-1'],
        expect.objectContaining({ cookie: expect.objectContaining({ expires: '2030-01-01T00:01:50.000Z' }) }),
      ),
    ],
  ],
  'View counter': [
    [
      1,
      'counts views by path',
      shows({ handler: views, requests: ['/foo', '/foo', '/bar', '/foo'] }, bodies, ['1', '2', '1', '3']),
    ],
  ],
  'User login': [
    [
      1,
      'keeps a user until the logout, each under a new id',
      shows(
        { handler: login, requests: ['/', '/login', '/', '/logout', '/'] },
        (seen) => [...bodies(seen).filter((body) => body.startsWith('hello')), ids(seen).length],
        ['hello nobody', 'hello ada', 'hello nobody', 1],
      ),
    ],
  ],
  Debugging: [
    [
      [1, 2],
      'DEBUG=express-session prints what is done',
      async () => {
        expect(await printed('express-session')).toMatch(/express-session \S/)
        expect(await printed('./src/express-session.ts', '--import', 'tsx')).toMatch(/express-session \S/)
      },
    ],
  ],
}
