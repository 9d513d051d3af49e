import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import compression from 'compression'
import express5, { type Request, type Response } from 'express'
import { afterEach, expect, test } from 'vitest'
import { type HeaderEdit, type HoldHooks, holdResponse } from '../../src/express/hold.js'
import { barrier, closeAll, exchange, type Handler, holding, hooksOf, listen, Wire } from './hold-helpers.js'

afterEach(closeAll)

const down = new Error('store down')
const failing = (answers = false) =>
  hooksOf({ ...barrier<HeaderEdit | undefined>(), promise: rejected() }, answers)

function rejected(): Promise<never> {
  const promise = Promise.reject(down)
  promise.catch(() => undefined)
  return promise
}

const PLAIN_503 =
  /^HTTP\/1\.1 503 Service Unavailable\r\nX-Before: 1\r\nContent-Type: text\/plain; charset=utf-8\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 20\r\n\r\nService Unavailable\n$/i

const before =
  (hooks: HoldHooks, handler: Handler): Handler =>
  (req, res) => {
    res.setHeader('X-Before', '1')
    holding(hooks, handler)(req, res)
  }

test('S43: a failed commit gives a plain 503 and none of the headers and bytes of the handler', async () => {
  const { hooks, seen } = failing()
  const port = await listen(
    before(hooks, (_req, res) => {
      res.removeHeader('X-Before')
      res.setHeader('Set-Cookie', 'secret=1')
      res.appendHeader('Date', 'never')
      res.writeHead(201, 'Made', { 'Content-Length': 4 })
      res.end('body')
    }),
  )
  expect(await exchange(port)).toMatch(PLAIN_503)
  expect(seen.failures).toEqual([[down, true]])
})

test('a commit or a header edit that throws is a failed commit, and nothing is thrown out of end()', async () => {
  const thrower = () => {
    throw down
  }
  for (const commit of [thrower, () => thrower, () => Promise.resolve(thrower)] as HoldHooks['commit'][]) {
    const port = await listen(before({ commit, failed: () => false }, (_req, res) => void res.end('body')))
    expect(await exchange(port)).toMatch(PLAIN_503)
  }
})

test('a handler that is still streaming is cut off: its pipeline fails, what it does later has no effect', async () => {
  const outcome = barrier<unknown>()
  let destroyed = false
  const source = new Readable({
    read: () => void source.push('x'.repeat(1000)),
    destroy(error, done) {
      destroyed = true
      done(error)
    },
  })
  const { hooks, seen } = failing()
  const closes: string[] = []
  const port = await listen(
    before(hooks, (_req, res) => {
      res.on('close', () => closes.push('close'))
      pipeline(source, res).catch((error) => {
        res.statusCode = 500
        res.setHeader('X-Late', '1')
        const answers = [res.write('late'), res.end('late') === res, res.writeHead(200) === res]
        res.destroy()
        outcome.open([error.code, ...answers])
      })
    }),
  )
  expect(await exchange(port)).toMatch(PLAIN_503)
  expect(await outcome.promise).toEqual(['ERR_STREAM_PREMATURE_CLOSE', false, true, true])
  expect([destroyed, seen.failures, closes]).toEqual([true, [[down, false]], ['close']])
})

test('a piped source is unpiped', async () => {
  const source = new Readable({ read: () => undefined })
  const unpiped = barrier<unknown>()
  const port = await listen(
    before(failing().hooks, (_req, res) => {
      res.on('unpipe', unpiped.open)
      source.pipe(res)
      source.push('x')
    }),
  )
  expect(await exchange(port)).toMatch(PLAIN_503)
  expect(await unpiped.promise).toBe(source)
})

test('queued callbacks get the error', async () => {
  const errors: unknown[] = []
  const port = await listen(
    before(failing().hooks, (_req, res) => {
      res.write('a', (error) => errors.push(error))
      res.end('b', ((error: unknown) => errors.push(error)) as unknown as () => void)
    }),
  )
  expect(await exchange(port)).toMatch(PLAIN_503)
  expect(errors).toEqual([down, down])
})

test('of two holds only the one whose commit failed is told', async () => {
  const good = hooksOf({ ...barrier<HeaderEdit | undefined>(), promise: Promise.resolve(undefined) })
  const bad = failing()
  const port = await listen((_req, res) => {
    holdResponse(res, good.hooks)
    holdResponse(res, bad.hooks)
    res.end('x')
  })
  expect(await exchange(port)).toContain('503')
  expect([good.seen.failures.length, bad.seen.failures.length]).toEqual([0, 1])
})

test.each(['', 'before', 'after', 'before and after'])(
  'the error handler of the app answers (compression: %s)',
  async (around) => {
    const big = 'error '.repeat(1000)
    const commits: unknown[] = []
    const app = express5()
    if (around.includes('before')) app.use(compression())
    app.use((_req, res, next) => {
      const commit = async () => {
        commits.push(1)
        throw down
      }
      const failed = (error: unknown) => {
        next(error)
        return true
      }
      holdResponse(res, { commit, failed })
      next()
    })
    if (around.includes('after')) app.use(compression())
    app.get('/', (_req, res) => void res.cookie('a', 'b').status(201).json({ big }))
    app.get('/throws', (_req, res) => {
      res.json({ big })
      throw new Error('late')
    })
    app.use((_error: unknown, _req: Request, res: Response, next: (error: unknown) => void) => {
      if (res.headersSent) return next(_error)
      expect([res.writableEnded, res.finished, res.statusCode]).toEqual([false, false, 200])
      res.status(503).type('text').send(`custom ${big}`)
    })
    const port = await listen(app as unknown as Handler)
    const text = await exchange(port)
    expect(text).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/)
    expect(text).toContain('custom error')
    expect(text).toContain(`Content-Length: ${big.length + 7}\r\n`)
    // The error that was thrown late has used up the error handlers, so Express answers by itself.
    const late = await exchange(port, '/throws')
    expect(late).toMatch(/^HTTP\/1\.1 50[03] /)
    for (const answer of [text, late]) {
      expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1)
      expect(answer).not.toMatch(/set-cookie|"big"/i)
    }
    const zipped = await exchange(port, '/', 'GET', 'Accept-Encoding: gzip\r\n')
    expect(zipped).toMatch(/^HTTP\/1\.1 503 /)
    expect(zipped.includes('Content-Encoding: gzip')).toBe(around.includes('before'))
    expect(commits).toHaveLength(3)
  },
)

test('the connection lives on after a failed commit', async () => {
  const port = await listen(before(failing().hooks, (_req, res) => void res.end('x')))
  const wire = new Wire(port)
  for (let count = 1; count <= 3; count += 1) {
    await wire.get().until((text) => text.split('Unavailable\n').length > count)
  }
  expect(wire.text.match(/HTTP\/1\.1 503/g)).toHaveLength(3)
})
