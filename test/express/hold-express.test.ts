import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { gunzipSync } from 'node:zlib'
import compression from 'compression'
import express5, { type NextFunction, type Request, type Response } from 'express'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { type HoldHooks, holdResponse } from '../../src/express/hold.js'
import { closeAll, exchange, type Handler, listen, slowHooks, Wire } from './hold-helpers.js'

afterEach(closeAll)

const folder = mkdtempSync(join(tmpdir(), 'hold-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'big.txt')
const BIG = 'sessions '.repeat(20_000)
writeFileSync(file, BIG)

const express4 = createRequire(import.meta.url)('express4') as typeof express5
const express = { 4: express4, 5: express5 }
const hold = (hooks: HoldHooks | undefined) => (_req: Request, res: Response, next: NextFunction) => {
  if (hooks !== undefined) holdResponse(res, hooks)
  next()
}

type Setup = (app: ReturnType<typeof express5>) => void

function appOf(version: 4 | 5, hooks: HoldHooks | undefined, setup: Setup, around = ''): Handler {
  const app = express[version]()
  app.set('env', 'test')
  if (around.includes('before')) app.use(compression())
  app.use(hold(hooks))
  if (around.includes('after')) app.use(compression())
  setup(app)
  return app as unknown as Handler
}

describe.each([4, 5] as const)('Express %i', (version) => {
  async function same(setup: Setup, headers = '', around = '', method = 'GET'): Promise<string> {
    const bare = await exchange(await listen(appOf(version, undefined, setup, around)), '/', method, headers)
    const held = await exchange(await listen(appOf(version, slowHooks, setup, around)), '/', method, headers)
    expect(held).toBe(bare)
    return held
  }

  test('a handler that throws after its answer still answers', async () => {
    const setup: Setup = (app) =>
      app.get('/', (_req, res) => {
        res.json({ first: true })
        throw new Error('late')
      })
    expect(await same(setup)).toContain('{"first":true}')
  })

  test('in a mounted app too, a handler that throws after its answer still answers', async () => {
    const setup: Setup = (app) => {
      const inner = express[version]()
      inner.get('/', (_req, res) => {
        res.json({ first: true })
        throw new Error('late')
      })
      app.use(inner)
    }
    expect(await same(setup)).toContain('{"first":true}')
  })

  test('res.headersSent guards a second answer, and a second answer without guard throws', async () => {
    const setup: Setup = (app) =>
      app.get('/', (_req, res) => {
        res.json({ first: true })
        if (!res.headersSent) res.json({ second: true })
        expect(() => res.json({ third: true })).toThrow(
          /^Cannot set headers after they are sent to the client$/,
        )
      })
    expect(await same(setup)).toContain('{"first":true}')
  })

  test('redirect, sendStatus, download of a range, HEAD and 304 are the same bytes', async () => {
    await same((app) => app.get('/', (_req, res) => res.redirect('/next')))
    await same((app) => app.get('/', (_req, res) => void res.sendStatus(404)))
    const sends: Setup = (app) => app.get('/', (_req, res) => res.sendFile(file))
    expect(await same(sends, 'Range: bytes=10-19\r\n')).toContain('206 Partial Content')
    expect(await same(sends, '', '', 'HEAD')).toContain(`Content-Length: ${BIG.length}`)
    expect((await same(sends)).length).toBeGreaterThan(BIG.length)
    expect(await same(sends, 'If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT\r\n')).toContain(
      '304 Not Modified',
    )
  })

  test.each(['before', 'after', 'before and after'])(
    'compression() %s the hold gives the same bytes',
    async (around) => {
      const gzip = 'Accept-Encoding: gzip\r\n'
      const json = await same((app) => app.get('/', (_req, res) => void res.json({ big: BIG })), gzip, around)
      expect(unzip(json)).toBe(JSON.stringify({ big: BIG }))
      await same((app) => app.get('/', (_req, res) => void res.json({ small: true })), gzip, around)
      await same((app) => app.get('/', (_req, res) => res.sendFile(file)), gzip, around, 'HEAD')
      const setup: Setup = (app) =>
        app.get('/', (_req, res) => {
          res.type('text')
          res.write('written ')
          res.end(BIG)
        })
      expect(unzip(await same(setup, gzip, around))).toBe(`written ${BIG}`)
    },
  )

  test.each(['before', 'after', 'before and after'])(
    'a source that waits for drain goes on, compression() %s',
    async (around) => {
      const texts = ['a', 'b', BIG, BIG, 'c']
      for (const early of [true, false]) {
        const setup: Setup = (app) =>
          app.get('/', (_req, res) => {
            res.type('text')
            const rest = [...texts]
            const pump = () => {
              while (rest.length > 0) if (res.write(rest.shift()) === false && rest.length > 0) return wait()
              res.end()
            }
            const wait = () => void (early || res.once('drain', pump))
            if (early) res.on('drain', pump)
            pump()
          })
        const port = await listen(appOf(version, slowHooks, setup, around))
        const text = await exchange(port, '/', 'GET', 'Accept-Encoding: gzip\r\n')
        expect(unzip(text)).toBe(texts.join(''))
      }
    },
  )

  test.each(['', 'before', 'after'])(
    '10 MB are piped with bounded memory (compression: %s)',
    async (around) => {
      let [ahead, most] = [0, 0]
      const chunk = Buffer.from(randomBytes(32_768).toString('hex'))
      function* chunks() {
        for (let sent = 0; sent < 160; sent += 1) {
          most = Math.max(most, ++ahead)
          yield chunk
        }
      }
      const setup: Setup = (app) =>
        app.get('/', async (_req, res) => {
          res.type('text')
          await pipeline(Readable.from(chunks(), { highWaterMark: 1 }), res)
        })
      const release: (() => void)[] = []
      const hooks: HoldHooks = {
        commit: () => new Promise((resolve) => release.push(() => resolve(undefined))),
        failed: () => false,
      }
      const port = await listen(appOf(version, hooks, setup, around))
      const wire = new Wire(port).get('/', `Connection: close\r\n${around && 'Accept-Encoding: gzip\r\n'}`)
      while (release.length === 0) await new Promise(setImmediate)
      for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate)
      expect(ahead).toBeLessThan(12)
      for (const open of release) open()
      const text = await wire.end()
      expect(most).toBe(160)
      expect(around ? unzip(text).length : text.length).toBeGreaterThanOrEqual(160 * 65_536)
    },
  )
})

/** The body of a raw answer, unzipped if it is zipped. */
function unzip(text: string): string {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  let body = Buffer.from(rest.join('\r\n\r\n'), 'latin1')
  if (/transfer-encoding: chunked/i.test(head)) body = dechunk(body)
  return /content-encoding: gzip/i.test(head) ? gunzipSync(body).toString() : body.toString()
}

function dechunk(body: Buffer): Buffer<ArrayBuffer> {
  const parts: Buffer[] = []
  for (let at = 0; ; ) {
    const line = body.indexOf('\r\n', at)
    const size = Number.parseInt(body.toString('latin1', at, line), 16)
    if (!(size > 0)) return Buffer.concat(parts)
    parts.push(body.subarray(line + 2, line + 2 + size))
    at = line + 4 + size
  }
}
