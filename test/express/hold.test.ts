import { STATUS_CODES } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { type HeaderEdit, holdResponse } from '../../src/express/hold.js'
import {
  barrier,
  closeAll,
  codeOf,
  exchange,
  type Handler,
  holding,
  hooksOf,
  listen,
  slowHooks,
  Wire,
} from './hold-helpers.js'

afterEach(closeAll)

/** Runs the handler without and with a hold; both answers must be the same bytes. */
async function same(handler: Handler, method = 'GET'): Promise<string> {
  const bare = await exchange(await listen(handler), '/', method)
  const held = await exchange(await listen(holding(slowHooks, handler)), '/', method)
  expect(held).toBe(bare)
  return held
}

test('S44: no byte leaves before the commit has settled, and then exactly one header block does', async () => {
  const gate = barrier<HeaderEdit | undefined>()
  const ended = barrier()
  const { hooks, seen } = hooksOf(gate)
  const port = await listen((req, res) => {
    if (req.url === '/other') return void res.end('other')
    holdResponse(res, hooks)
    res.setHeader('Location', '/next')
    res.writeHead(302)
    res.write('a')
    res.end('b')
    ended.open(undefined)
  })
  const wire = new Wire(port).get()
  await ended.promise
  expect(await exchange(port, '/other')).toContain('other')
  expect(wire.text).toBe('')
  gate.open(undefined)
  const text = await wire.until((now) => now.endsWith('0\r\n\r\n'))
  expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1)
  expect(text).toMatch(/^HTTP\/1\.1 302 Found\r\nLocation: \/next\r\n/)
  expect(seen.commits).toBe(1)
})

test('a commit that answers at once sends in the same tick and leaves the original methods', async () => {
  const facts: unknown[] = []
  const port = await listen((_req, res) => {
    const { end, write, writeHead, flushHeaders } = res
    holdResponse(res, { commit: () => () => void res.setHeader('X-Edit', '1'), failed: () => false })
    expect(res.end).not.toBe(end)
    res.write('x')
    facts.push(res.headersSent, res.end === end, res.write === write, res.writeHead === writeHead)
    facts.push(res.flushHeaders === flushHeaders)
    res.end()
  })
  expect(await exchange(port)).toContain('X-Edit: 1\r\n')
  expect(facts).toEqual([true, true, true, true, true])
})

test.each<[string, Handler]>([
  ['end with a text', (_req, res) => void res.end('text')],
  ['end with bytes', (_req, res) => void res.end(Buffer.from('bytes'))],
  ['end with nothing', (_req, res) => void res.end()],
  ['end with an encoding', (_req, res) => void res.end('aGk=', 'base64')],
  [
    'write and end',
    (_req, res) => {
      res.write('a')
      res.write('b', 'utf8')
      res.end('c')
    },
  ],
  [
    'flushHeaders and end',
    (_req, res) => {
      res.flushHeaders()
      res.end('c')
    },
  ],
  ['writeHead, status', (_req, res) => void res.writeHead(201).end('x')],
  ['writeHead, status and message', (_req, res) => void res.writeHead(201, 'Made').end('x')],
  ['writeHead, object', (_req, res) => void res.writeHead(201, { 'X-A': '1', 'X-B': ['2', '3'] }).end('x')],
  ['writeHead, message and object', (_req, res) => void res.writeHead(201, 'Made', { 'X-A': 1 }).end('x')],
  ['writeHead, flat array', (_req, res) => void res.writeHead(201, ['X-A', '1', 'X-B', '2']).end()],
  [
    'writeHead, undefined message',
    (_req, res) => void Reflect.apply(res.writeHead, res, [200, undefined, { a: 'b' }]).end(),
  ],
  [
    'writeHead, a Headers object',
    (_req, res) => void Reflect.apply(res.writeHead, res, [200, new Headers({ a: 'b' })]).end(),
  ],
  [
    'a status message of its own',
    (_req, res) => {
      res.statusMessage = 'Fine'
      res.end('x')
    },
  ],
  ['204', (_req, res) => void res.writeHead(204).end()],
  [
    '304',
    (_req, res) => {
      res.statusCode = 304
      res.setHeader('ETag', '"a"')
      res.end()
    },
  ],
  [
    'trailers',
    (req, res) => {
      if (req.method === 'HEAD') return void res.end()
      res.writeHead(200, { Trailer: 'X-Sum' })
      res.write('body')
      res.addTrailers({ 'X-Sum': 'abc' })
      res.end()
    },
  ],
  [
    'a status that is assigned too late',
    (_req, res) => {
      res.write('x')
      res.statusCode = 500
      res.end()
    },
  ],
])('the wire is the same as without a hold: %s', async (_name, handler) => {
  await same(handler)
  await same(handler, 'HEAD')
})

test('a buffer that is used again before the release was sent as it was', async () => {
  const gate = barrier<HeaderEdit | undefined>()
  const port = await listen(
    holding(hooksOf(gate).hooks, (_req, res) => {
      const buffer = Buffer.from('first')
      res.write(buffer)
      setImmediate(() => {
        res.end(buffer.fill('x'))
        gate.open(undefined)
      })
    }),
  )
  expect(await exchange(port)).toContain('\r\n5\r\nfirst\r\n5\r\nxxxxx\r\n0\r\n')
})

test('writeHead takes an array of pairs, after setHeader too', async () => {
  const pairs = [
    ['Set-Cookie', 'a=1'],
    ['Set-Cookie', 'b=2'],
  ]
  const port = await listen(
    holding(slowHooks, (_req, res) => {
      res.setHeader('X-Set', '1')
      Reflect.apply(res.writeHead, res, [200, pairs])
      res.end()
    }),
  )
  const text = await exchange(port)
  expect(text).toContain('X-Set: 1\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n')
})

test('S13: adding a cookie leaves an array alone that the app uses for every response', async () => {
  const own = ['a=1', 'b=2']
  const port = await listen((req, res) => {
    const edit = () => void res.appendHeader('Set-Cookie', 'sid=secret')
    holdResponse(res, { commit: () => Promise.resolve(edit), failed: () => false })
    if (req.url === '/set') res.setHeader('Set-Cookie', own)
    else res.writeHead(200, { 'Set-Cookie': own })
    res.end('x')
  })
  expect(await exchange(port)).toContain('Set-Cookie: sid=secret\r\n')
  expect(await exchange(port, '/set')).toContain('Set-Cookie: sid=secret\r\n')
  expect(own).toEqual(['a=1', 'b=2'])
})

test.each<[string, unknown[]]>([
  ['object', [200, { 'set-cookie': ['a=1', 'b=2'], Vary: 'Accept' }]],
  ['flat array', [200, ['Set-Cookie', 'a=1', 'Vary', 'Accept', 'Set-Cookie', 'b=2']]],
  ['message and flat array', [200, 'OK', ['Set-Cookie', ['a=1', 'b=2'], 'Vary', 'Accept']]],
])('S13: an edit sees what writeHead was given and adds to it: %s', async (_name, args) => {
  for (const wait of [true, false]) {
    const port = await listen((_req, res) => {
      const edit = () => {
        res.appendHeader('Set-Cookie', 'sid=3')
        res.setHeader('Vary', `${res.getHeader('Vary')}, Cookie`)
      }
      res.setHeader('X-Powered-By', 'us')
      holdResponse(res, { commit: () => (wait ? Promise.resolve(edit) : edit), failed: () => false })
      Reflect.apply(res.writeHead, res, args)
      res.end('x')
    })
    const text = await exchange(port)
    expect(text.match(/set-cookie: .*/gi)?.map((line) => line.slice(12))).toEqual(['a=1', 'b=2', 'sid=3'])
    expect(text).toContain('Vary: Accept, Cookie\r\n')
  }
})

test('while held the response answers as if it had been sent', async () => {
  const look: Handler = (_req, res) => {
    const facts: unknown[] = [res.headersSent, res.writableEnded, res.finished]
    facts.push(res.write('x'.repeat(70_000)), res.headersSent)
    facts.push(
      codeOf(() => res.setHeader('a', 'b')),
      codeOf(() => res.appendHeader('a', 'b')),
    )
    facts.push(
      codeOf(() => res.removeHeader('a')),
      codeOf(() => res.writeHead(200)),
    )
    facts.push(codeOf(() => res.setHeaders(new Headers({ a: 'b' }))))
    facts.push(
      codeOf(() => res.write(null as never)),
      codeOf(() => res.write(5 as never)),
    )
    facts.push(
      codeOf(() => res.end({} as never)),
      res.statusMessage,
      res.writableEnded,
    )
    res.end()
    facts.push(res.writableEnded, res.finished, res.writableNeedDrain)
    all.push(facts)
  }
  const all: unknown[][] = []
  await exchange(await listen(look))
  await exchange(await listen(holding(slowHooks, look)))
  const [bare, held] = all
  expect(bare?.slice(4)).toEqual(held?.slice(4))
  expect(held?.slice(0, 5)).toEqual([false, false, false, false, true])
})

test('what throws without a hold throws with it, and the response can still be answered', async () => {
  const codes: string[][] = []
  const handler: Handler = (_req, res) => {
    const seen = [
      codeOf(() => res.writeHead(99)),
      codeOf(() => res.writeHead(200, { 'bad name': 'x' })),
      codeOf(() => res.writeHead(200, ['odd'])),
      codeOf(() => res.writeHead(200, 'bad\nmessage')),
    ]
    res.statusMessage = STATUS_CODES[200] as string
    res.statusCode = 1000
    seen.push(
      codeOf(() => res.flushHeaders()),
      codeOf(() => res.write({} as never)),
      String(res.headersSent),
    )
    res.statusCode = 200
    res.end('answered')
    codes.push(seen)
  }
  await same(handler)
  expect(codes[1]).toEqual(codes[0])
  expect(codes[0]).toContain('ERR_HTTP_INVALID_STATUS_CODE')
})

test('F20: informational answers pass through without a commit', async () => {
  const gate = barrier<HeaderEdit | undefined>()
  const { hooks, seen } = hooksOf(gate)
  const port = await listen(
    holding(hooks, (req, res) => {
      res.writeEarlyHints({ link: '</a.css>; rel=preload' })
      res.writeProcessing()
      expect(seen.commits).toBe(0)
      req.on('data', (body) => res.end(body))
    }),
  )
  const wire = new Wire(port)
  wire.socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n')
  await wire.until(
    (text) => text.includes('100 Continue') && text.includes('103 Early') && text.includes('102'),
  )
  wire.socket.write('hi')
  gate.open(undefined)
  expect(await wire.until((text) => text.endsWith('hi'))).toContain('HTTP/1.1 200 OK')
  expect(seen.commits).toBe(1)
})

test('two holds on one response wait together, each with its own edit', async () => {
  const first = barrier<HeaderEdit | undefined>()
  const second = barrier<HeaderEdit | undefined>()
  const seen: number[] = []
  const port = await listen((_req, res) => {
    for (const gate of [first, second]) {
      const commit = () => {
        seen.push(seen.length)
        return gate.promise
      }
      holdResponse(res, { commit, failed: () => false })
    }
    res.end('x')
    expect(seen).toEqual([0, 1])
    second.open(() => void res.setHeader('X-Second', '2'))
    first.open(() => void res.setHeader('X-First', '1'))
  })
  expect(await exchange(port)).toContain('X-First: 1\r\nX-Second: 2\r\n')
})

test('F21: callbacks, a second end and a write after end do what Node does', async () => {
  const logs: string[][] = []
  const handler: Handler = (_req, res) => {
    const log: string[] = []
    logs.push(log)
    const note = (name: string) => (error?: Error | null) =>
      log.push(`${name} ${(error as { code?: string } | null | undefined)?.code ?? 'ok'}`)
    res.on('error', note('error'))
    res.on('close', note('close'))
    res.write('a', note('write'))
    res.end('b', note('end'))
    res.end(note('end again'))
    res.end('c', note('end with a chunk'))
    log.push(String(res.write('d', note('late write'))))
  }
  expect(await same(handler)).toContain('b\r\n0\r\n\r\n')
  // Node answers the second end() within the call, a held one cannot yet.
  expect(logs[1]?.sort()).toEqual(logs[0]?.sort())
})
