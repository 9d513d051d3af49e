import type { ServerResponse } from 'node:http'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HoldHooks, holdResponse } from '../../src/express/hold.js'
import { closeAll, codeOf, exchange, listen, slowHooks } from './hold-helpers.js'

type Call = readonly [name: string, ...args: unknown[]]

const name = fc.constantFrom('X-A', 'x-b', 'Set-Cookie', 'Content-Type', 'Vary', 'Content-Length')
const headers = fc.oneof(
  fc.dictionary(fc.constantFrom('X-A', 'x-c', 'Set-Cookie'), fc.constantFrom<unknown>('1', 2, ['3', '4']), {
    maxKeys: 2,
  }),
  fc.constantFrom<unknown>(
    ['X-A', '5', 'X-D', '6'],
    ['odd'],
    undefined,
    { 'bad name': '1' },
    { 'X-A': 'a\nb' },
  ),
)
const status = fc.constantFrom<unknown>(200, 201, 204, 304, 404, 500, '202', 99, 1000, undefined)
const chunk = fc.constantFrom<unknown>(
  'text',
  '',
  Buffer.from('bytes'),
  'x'.repeat(20_000),
  null,
  undefined,
  5,
  {},
)

const call: fc.Arbitrary<Call> = fc.oneof(
  fc.tuple(fc.constant('setHeader'), name, fc.constantFrom<unknown>('7', ['8', '9'], undefined)),
  fc.tuple(fc.constant('appendHeader'), fc.constantFrom('X-A', 'Set-Cookie'), fc.constant('10')),
  fc.tuple(fc.constant('removeHeader'), name),
  fc.tuple(fc.constant('getHeader'), name),
  fc.tuple(fc.constant('writeHead'), status, headers),
  fc.tuple(fc.constant('writeHead'), status, fc.constantFrom('Message', 'bad\nmessage'), headers),
  fc.tuple(fc.constant('write'), chunk),
  fc.tuple(fc.constant('write'), fc.constant('aGk='), fc.constant('base64')),
  fc.tuple(fc.constant('end'), chunk),
  fc.tuple(fc.constant('flushHeaders')),
  fc.tuple(fc.constant('statusCode'), fc.constantFrom<unknown>(200, 203, 404, 204, 99)),
  fc.tuple(fc.constant('statusMessage'), fc.constantFrom<unknown>('Mine', 'bad\n')),
)

/** Makes one call, and says what could be seen at once. */
function make(res: ServerResponse, [name, ...given]: Call): unknown[] {
  // Node's appendHeader pushes into the array that was set.
  const args = structuredClone(given)
  if (name === 'statusCode' || name === 'statusMessage') Reflect.set(res, name, args[0])
  let result: unknown
  const code = codeOf(() => {
    const method = Reflect.get(res, name)
    if (typeof method === 'function') result = Reflect.apply(method, res, args)
  })
  // A held write asks its caller to wait, which a sent one need not.
  if (name === 'write') result = undefined
  if (result === res) result = 'itself'
  return [
    name,
    code,
    result,
    res.headersSent,
    res.writableEnded,
    res.finished,
    res.statusCode,
    res.statusMessage,
  ]
}

const syncHooks: HoldHooks = { commit: () => undefined, failed: () => false }
const modes: Record<string, HoldHooks | undefined> = {
  '/bare': undefined,
  '/sync': syncHooks,
  '/held': slowHooks,
}

let calls: readonly Call[] = []
let seen: unknown[][] = []
let port = 0
beforeAll(async () => {
  port = await listen((req, res) => {
    const hooks = modes[req.url ?? '']
    res.on('error', () => undefined)
    res.setHeader('X-First', '1')
    if (hooks !== undefined) holdResponse(res, hooks)
    seen = calls.map((one) => make(res, one))
    if (res.writableEnded) return
    res.statusCode = 200
    res.statusMessage = 'OK'
    if (codeOf(() => res.end()) !== 'ok') res.destroy()
  })
})
afterAll(closeAll)

test('any sequence of calls is seen and sent as without a hold', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(call, { maxLength: 8 }),
      fc.constantFrom('GET', 'HEAD'),
      async (sequence, method) => {
        calls = sequence
        const wire = await exchange(port, '/bare', method)
        const bare = seen
        for (const mode of ['/sync', '/held']) {
          const text = await exchange(port, mode, method)
          expect(seen).toEqual(bare)
          expect(text).toBe(wire)
        }
      },
    ),
    { numRuns: 300 },
  )
})
