import { describe, it } from 'vitest'
import { bothShow, type Handler, type Scenario, type SessionOptions } from './harness.js'
import { count, show } from './scenarios.js'

const YES: Handler = (_req, res) => res.end('yes')
const withCookie = (cookie: unknown) => ({ options: { cookie } as Partial<SessionOptions> })

/** Options that the README does not speak of, and values that apps get there by mistake. */
const cases: Record<string, Scenario> = {
  'cookie options null': { ...withCookie(null), handler: count, requests: ['/'] },
  'cookie options false': { ...withCookie(false), handler: count, requests: ['/'] },
  'cookie function without result': { ...withCookie(() => undefined), handler: count, requests: ['/'] },
  'cookie function that throws': {
    ...withCookie(() => {
      throw new Error('no cookie today')
    }),
    handler: count,
    requests: ['/'],
  },
  'cookie function with auto': {
    ...withCookie(() => ({ secure: 'auto', sameSite: 'auto' })),
    handler: count,
    requests: ['/'],
  },
  'cookie function without path': {
    ...withCookie(() => ({ httpOnly: false })),
    handler: count,
    requests: ['/a', '/b'],
  },
  'a cookie path with a query': {
    ...withCookie({ path: '/a' }),
    handler: count,
    requests: ['/a?x', '/a/#b', '//a'],
  },
  'an expiry that is no date': {
    ...withCookie({ expires: new Date(Number.NaN) }),
    options: { cookie: { expires: new Date(Number.NaN) }, saveUninitialized: true },
    handler: YES,
    requests: ['/'],
  },
  'maxAge 0': { ...withCookie({ maxAge: 0 }), handler: count, requests: ['/', '/'] },
  'maxAge negative': { ...withCookie({ maxAge: -1000 }), handler: count, requests: ['/', '/'] },
  'maxAge huge': { ...withCookie({ maxAge: 3e9 }), handler: count, requests: ['/', { after: 1e9 }] },
  'maxAge infinite': {
    ...withCookie({ maxAge: Number.POSITIVE_INFINITY }),
    handler: count,
    requests: ['/', '/'],
  },
  'originalMaxAge among the options': {
    ...withCookie({ maxAge: 1000, originalMaxAge: 9000 }),
    handler: count,
    requests: ['/', '/'],
  },
  'resave null': { options: { resave: null as never }, handler: show, requests: ['/set', '/'] },
  'resave 0': { options: { resave: 0 as never }, handler: show, requests: ['/set', '/'] },
  'saveUninitialized null': {
    options: { saveUninitialized: null as never },
    handler: show,
    requests: ['/', '/'],
  },
  'rolling as text': { options: { rolling: 'yes' as never }, handler: show, requests: ['/set', '/'] },
  'proxy as text': {
    options: { proxy: 'yes' as never, cookie: { secure: true } },
    trustProxy: true,
    handler: count,
    requests: [{ headers: { 'x-forwarded-proto': 'https' } }, '/'],
  },
  'proxy null': {
    options: { proxy: null as never, cookie: { secure: true } },
    trustProxy: true,
    handler: count,
    requests: [{ headers: { 'x-forwarded-proto': 'https' } }, '/'],
  },
  'unset null': { options: { unset: null as never }, handler: count, requests: ['/'] },
  'name empty': { options: { name: '' }, handler: count, requests: ['/', '/'] },
  'name and key': { options: { name: 'a', key: 'b' } as never, handler: count, requests: ['/', '/'] },
  'secret a number': { options: { secret: 7 as never }, handler: count, requests: ['/'] },
  'secrets without a first': {
    options: { secret: [undefined, 'x'] as never },
    handler: count,
    requests: ['/'],
  },
  'secrets with an empty first': { options: { secret: ['', 'x'] }, handler: count, requests: ['/', '/'] },
  'secret a number and a cookie': {
    options: { secret: 7 as never },
    handler: count,
    requests: [{ cookie: 'connect.sid=s%3Aa.D8Y%2BpkTAmeR0PobOhY4G97PRW%2Bj7bUnP%2F5m6%2FOn1MCU' }],
  },
  'an id with characters that are encoded': {
    options: { genid: () => '% ü"/;' },
    handler: count,
    requests: ['/', '/'],
  },
  'an empty id': { options: { genid: () => '' }, handler: count, requests: ['/'] },
  'an id that is promised': {
    options: { genid: (async () => 'x') as never },
    handler: count,
    requests: ['/'],
  },
}

describe('options are understood alike:', () => {
  it.each(Object.entries(cases))('%s', async (_name, scenario) => void (await bothShow(scenario)))
})
