import { createHmac } from 'node:crypto'
import { type Context, type Handler, type Observation, type Scenario, SECRET } from './harness.js'
import { breakOff } from './random-scenario.js'
import { count, show } from './scenarios.js'

/** Something in which ours differs from express-session on purpose. */
export interface Difference {
  readonly what: string
  readonly reason: string
  readonly scenario: Scenario
  /** What is looked at. */
  readonly of: (observation: Observation) => unknown
  /** What express-session shows; `no answer` when the browser waits for ever. */
  readonly original: unknown
  readonly ours: unknown
}

const setCalls = ({ log }: Observation) => log.filter((line) => line.startsWith('set id')).length
const body = (index: number) => (observation: Observation) => observation.answers[index]?.body
const PUT = { cookie: { originalMaxAge: null, expires: null, httpOnly: true, path: '/' }, n: 7 }

const withRow =
  (sid: string) =>
  ({ store }: Context) => {
    store.put(sid, PUT)
    return {}
  }

function signed(sid: string): string {
  const mac = createHmac('sha256', SECRET).update(sid).digest('base64').replace(/=+$/, '')
  return encodeURIComponent(`s:${sid}.${mac}`)
}

const ending: Handler = (req, res) => {
  req.session.n = 1
  res.end('text')
}

const streaming: Handler = (req, res) => {
  req.session.n = 1
  res.write('first ')
  req.session.n = 2
  res.end('last')
}

const reloading: Handler = (req, res) => {
  req.session.n = 1
  res.write('first ')
  req.session.reload((error) => res.end(error ? error.message : 'found'))
}

const cyclic: Handler = (req, res) => {
  req.session.self = req.session
  res.send('text')
}

const unsetAfterFailure: Scenario = {
  options: { unset: 'destroy' },
  store: { fails: { get: 1 } },
  handler: count,
  requests: ['/', '/'],
}

/** Every known one. What is not here is the same, as the other tests of this folder show. */
export const differences: readonly Difference[] = [
  {
    what: 'a session that could not be saved gives no cookie',
    reason:
      'The browser would come back with the id of a session that does not exist, or that lacks what it was told was done. Status, body and the error that goes to the error handler are the same.',
    scenario: { store: { fails: { set: 1 } }, handler: count, requests: ['/'] },
    of: ({ answers, log }) => [answers[0]?.status, answers[0]?.setCookies.length, log.at(-1)],
    original: [200, 1, 'error the store failed to set'],
    ours: [200, 0, 'error the store failed to set'],
  },
  {
    what: 'a response that a handler ends in one go keeps its Content-Length',
    reason:
      'The headers of express-session leave before the body is known, which turns the response into a chunked one. Ours wait for the save, so the framing is that of an app without sessions.',
    scenario: { handler: ending, requests: ['/'] },
    of: ({ answers }) => answers[0]?.framing,
    original: ['Transfer-Encoding: chunked'],
    ours: ['Content-Length: 4'],
  },
  {
    what: 'a stream that carries a cookie is saved before its first byte, and again at its end if it has changed',
    reason:
      'A cookie must not name a session that is not stored yet: a stream may go on for hours. Without a cookie there is one save, at the end.',
    scenario: { handler: streaming, requests: ['/'] },
    of: setCalls,
    original: 1,
    ours: 2,
  },
  {
    what: 'a reload in such a stream finds what was saved before its first byte',
    reason: 'It follows from the early save.',
    scenario: { handler: reloading, requests: ['/'] },
    of: body(0),
    original: 'first failed to load session',
    ours: 'first found',
  },
  {
    what: 'the headers of a response whose client has gone are decided on at its first byte, too',
    reason:
      'Node writes none then, so express-session is not asked for a cookie. Nobody gets it, but a bad one is reported.',
    scenario: {
      options: { cookie: { sameSite: 'never' as never } },
      handler: async (req, res) => {
        await breakOff(req, res)
        req.session.n = 1
        res.end('text')
      },
      requests: [{ breaks: true }],
      store: { sync: true },
    },
    of: ({ log }) => log.includes('error option sameSite is invalid'),
    original: false,
    ours: true,
  },
  {
    what: 'data that JSON cannot hold are an error for the error handler',
    reason: 'express-session throws out of res.end, and the error page cannot be sent any more either.',
    scenario: { handler: cyclic, requests: ['/'] },
    of: ({ answers }) => [answers[0]?.status, answers[0]?.body.slice(0, 35)],
    original: 'no answer',
    ours: [500, 'error: Converting circular structur'],
  },
  {
    what: 'cookie options that fail when the session is made are an error for the error handler',
    reason: 'express-session leaves a session without cookie on the request, on which the error page fails.',
    scenario: { options: { cookie: { maxAge: 'soon' as never } }, handler: count, requests: ['/'] },
    of: body(0),
    original: 'no answer',
    ours: 'error: maxAge must be a number or Date',
  },
  {
    what: 'an expiry that is no Date is an error for the error handler',
    reason: 'As above.',
    scenario: { options: { cookie: { expires: 'soon' as never } }, handler: count, requests: ['/'] },
    of: body(0),
    original: 'no answer',
    ours: 'error: maxAge must be a number or Date',
  },
  {
    what: "unset: 'destroy' does not destroy a session that could not be loaded",
    reason: 'A store that fails to read once would lose the session of everybody who comes by.',
    scenario: unsetAfterFailure,
    of: ({ rows }) => Object.keys(rows),
    original: [],
    ours: ['id-1'],
  },
  {
    what: 'save and reload of the loaded session return it, as the types say',
    reason: 'express-session documents a chain, but its wrappers return nothing.',
    scenario: {
      handler: (req, res) => res.send(String(req.session.save() === req.session)),
      requests: ['/'],
    },
    of: body(0),
    original: 'false',
    ours: 'true',
  },
  {
    what: 'end returns the response, as Node documents',
    reason: 'express-session returns what its last write has returned.',
    scenario: {
      options: { saveUninitialized: true },
      handler: (_req, res, _next, { note }) => note(typeof res.end('text')),
      requests: ['/'],
    },
    of: ({ log }) => log.find((line) => line === 'boolean' || line === 'object'),
    original: 'boolean',
    ours: 'object',
  },
  {
    what: 'after end a response has ended, and its callback comes',
    reason:
      'Node documents both. express-session ends the response when the session is saved, and forgets the callback.',
    scenario: {
      options: { saveUninitialized: true },
      handler: (_req, res, _next, { note }) => {
        res.end('text', 'utf8', () => note('finished'))
        note(`ended ${res.writableEnded}`)
      },
      requests: ['/'],
    },
    of: ({ log }) => [log.includes('ended true'), log.includes('finished')],
    original: [false, false],
    ours: [true, true],
  },
  {
    what: 'the cookie is on the response when its headers leave, not before',
    reason: 'They wait for the save, which may fail. Whoever looks when the response has finished sees it.',
    scenario: {
      handler: (req, res, _next, { note }) => {
        req.session.n = 1
        res.on('finish', () => note(`finished with ${typeof res.getHeader('set-cookie')}`))
        res.end('text')
        note(`ended with ${typeof res.getHeader('set-cookie')}`)
      },
      requests: ['/'],
    },
    of: ({ log }) => log.filter((line) => line.includes(' with ')),
    original: ['ended with object', 'finished with object'],
    ours: ['ended with undefined', 'finished with object'],
  },
  {
    what: 'end takes a callback as its only argument, as Node documents',
    reason: 'express-session takes it for text and throws.',
    scenario: {
      options: { saveUninitialized: true },
      handler: (_req, res, _next, { note }) => {
        try {
          res.end(() => note('finished'))
        } catch (error) {
          note((error as Error).name)
          res.destroy()
        }
      },
      requests: ['/'],
    },
    of: ({ log }) => log.includes('finished'),
    original: 'no answer',
    ours: true,
  },
  {
    what: 'a JSON cookie of the name of ours is no session',
    reason: 'express-session takes it for text and throws: any client can do that.',
    scenario: {
      before: [(req, _res, next) => next(void Object.assign(req, { cookies: { 'connect.sid': { a: 1 } } }))],
      handler: show,
      requests: ['/'],
    },
    of: ({ answers }) => answers[0]?.status,
    original: 500,
    ours: 200,
  },
  {
    what: 'a cookie that is longer than any browser keeps is no session',
    reason: 'RFC 6265bis 5.6: 4096 octets. It costs no HMAC.',
    scenario: {
      options: withRow('x'.repeat(5000)),
      handler: count,
      requests: [{ cookie: `connect.sid=${signed('x'.repeat(5000))}` }],
    },
    of: body(0),
    original: '8',
    ours: '1',
  },
  {
    what: 'blanks between the name of the cookie and = make another name',
    reason: 'No client sends them (RFC 6265bis 4.2.1).',
    scenario: {
      options: withRow('known'),
      handler: count,
      requests: [{ cookie: `connect.sid =${signed('known')}` }],
    },
    of: body(0),
    original: '8',
    ours: '1',
  },
]
