import { createRequire } from 'node:module'
import type { Response } from 'express'
import { describe, it } from 'vitest'
import { bothShow, type Context, type Scenario } from './harness.js'
import { count } from './scenarios.js'

// The one that compression uses; it brings no types.
const onHeaders: (res: Response, listener: (this: Response) => void) => void = createRequire(
  createRequire(import.meta.url).resolve('compression'),
)('on-headers')

/** Tells when the response finishes, and with how many cookies. */
const noteFinish = (res: Response, { note }: Context) =>
  res.on('finish', () => note(`finished ${res.statusCode} ${[res.getHeader('set-cookie')].flat().length}`))

/** The message of what is thrown. */
const caught = (work: () => unknown): string => {
  try {
    work()
    return 'fine'
  } catch (error) {
    return (error as Error).message
  }
}

/** What apps and other middlewares do with a response. */
const cases: Record<string, Scenario> = {
  'end that is wrapped before it': {
    before: [
      (_req, res, next) => {
        const { end } = res
        res.end = ((...a: unknown[]) => Reflect.apply(end, res, a)) as never
        next()
      },
    ],
    handler: (req, res) => {
      req.session.n = 1
      res.write('hello, ')
      res.end('world')
    },
    requests: ['/', '/'],
  },
  'end and write that are wrapped after it': {
    handler: (req, res, _next, { note }) => {
      for (const name of ['write', 'end'] as const) {
        const method = res[name]
        Object.assign(res, {
          [name](...args: unknown[]) {
            note(name)
            return Reflect.apply(method, res, args)
          },
        })
      }
      if (req.path === '/write') res.write('hello, ')
      req.session.n = 1
      res.end('world')
    },
    requests: ['/', '/', '/write', { path: '/write', cookie: '' }],
  },
  'headers after the end': {
    handler: (req, res, _next, { note }) => {
      req.session.n = 1
      res.end('text')
      note(caught(() => res.setHeader('X-Late', '1')))
      note(caught(() => res.removeHeader('X-Late')))
      note(caught(() => res.writeHead(201)))
      note(caught(() => res.status(500).set('a', 'b')))
    },
    requests: ['/', '/'],
  },
  'ended, then looked at': {
    handler: (req, res, _next, { note }) => {
      req.session.n = 1
      res.end('text')
      note(`${res.headersSent}`)
    },
    requests: ['/', '/'],
  },
  finish: {
    handler: (req, res, _next, context) => {
      noteFinish(res, context)
      req.session.n = 1
      res.end('text')
    },
    requests: ['/', '/'],
  },
  'cookies that on-headers sets in place of all others': {
    handler: (req, res) => {
      onHeaders(res, function () {
        this.setHeader('Set-Cookie', 'a=1')
      })
      req.session.n = 1
      if (req.path === '/write') res.write('hello, ')
      res.end('text')
    },
    requests: ['/', '/', { path: '/write', cookie: '' }],
  },
  'cookies that on-headers adds, put on before it': {
    before: [
      (_req, res, next) => {
        onHeaders(res as Response, function () {
          this.appendHeader('Set-Cookie', 'a=1')
        })
        next()
      },
    ],
    handler: count,
    requests: ['/', '/'],
  },
  'changes that on-headers makes': {
    handler: (req, res) => {
      onHeaders(res, () => {
        req.session.late = 1
      })
      req.session.n = 1
      res.end('text')
    },
    requests: ['/', '/'],
  },
  sendFile: {
    handler: (req, res) => {
      req.session.n = req.path
      res.sendFile('LICENSE', { root: 'node_modules/express-session', lastModified: false })
    },
    requests: ['/', '/', { method: 'HEAD' }, { headers: { range: 'bytes=0-9' } }],
  },
  'sendFile of nothing': {
    handler: (req, res) => {
      req.session.n = req.path
      res.sendFile('nothing', { root: 'node_modules/express-session' })
    },
    requests: ['/', '/'],
  },
  trailers: {
    handler: (req, res) => {
      req.session.n = req.path
      res.set('Trailer', 'X-End')
      res.write('a')
      res.addTrailers({ 'X-End': '1' })
      res.end('b')
    },
    requests: ['/', '/'],
  },
  corked: {
    handler: (req, res) => {
      req.session.n = req.path
      res.cork()
      res.write('a')
      res.write('b')
      res.uncork()
      res.end('c')
    },
    requests: ['/', '/'],
  },
  'Content-Length and several writes': {
    handler: (req, res) => {
      req.session.n = req.path
      res.set('Content-Length', '12')
      res.write('hello, ')
      res.end('world')
    },
    requests: ['/', '/', { method: 'HEAD' }],
  },
  'Content-Length and characters of several bytes': {
    handler: (req, res) => {
      req.session.n = req.path
      res.set('Content-Length', '6')
      res.end('äöü')
    },
    requests: ['/', '/'],
  },
  latin1: {
    handler: (req, res) => {
      req.session.n = req.path
      res.end('äöü', 'latin1')
    },
    requests: ['/', '/'],
  },
  'next without an answer': {
    handler: (req, _res, next) => {
      req.session.n = 1
      next()
    },
    requests: ['/', '/'],
  },
  OPTIONS: { handler: count, requests: [{ method: 'OPTIONS' }, { method: 'POST' }, { method: 'DELETE' }] },
}

describe('responses are the same:', () => {
  it.each(Object.entries(cases))('%s', async (_name, scenario) => void (await bothShow(scenario)))
})
