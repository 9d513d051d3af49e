// What grows and what does not, through the library.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createSessions, MemoryStore, session, sessionOf } from '../src/index.js'
import { settleMemory } from './faults/support.js'
import { SECRET } from './support/http.js'

const MiB = 1024 * 1024

describe('S47: the bound of the memory store', () => {
  it('keeps 100 000 of 200 000 sessions, and all of those that are logged in', async () => {
    const store = new MemoryStore({ maxSessions: 100_000, maxBytes: 1024 * MiB })
    const sessions = createSessions({ secretKey: SECRET, store })
    const cookies: string[] = []
    for (let n = 0; n < 200_000; n++) {
      const visitor = await sessions.open()
      if (n % 4 === 0) await visitor.login(`user-${n}`)
      else visitor.data.n = n
      const cookie = await sessions.commit(visitor)
      if (n % 1000 === 0 || n === 199_999) cookies.push(cookie?.split(';', 1)[0] as string)
    }
    expect(await store.count()).toBe(100_000)
    const owners = await Promise.all(cookies.map(async (cookie) => (await sessions.open(cookie)).owner))
    expect(owners.slice(0, -1)).toEqual(Array.from({ length: 200 }, (_, n) => `user-${n * 1000}`))
    expect((await sessions.open(cookies.at(-1))).data.n).toBe(199_999)
  }, 120_000)
})

/** Drives the middleware with one request of a new visitor, on a socket that goes nowhere. */
function visit(middleware: ReturnType<typeof session>, write: boolean): Promise<void> {
  const socket = new Socket()
  const request = new IncomingMessage(socket)
  request.url = '/'
  request.method = 'GET'
  request.headers = { host: 'localhost' }
  const response = new ServerResponse(request)
  return new Promise((resolve, reject) => {
    middleware(request, response, (error) => {
      if (error !== undefined) return reject(error)
      const { data } = sessionOf(request)
      if (write) data.visits = 1
      else void data.visits
      response.end('page')
      // As the server does once the response is out; earlier it would be a client that has gone.
      setImmediate(() => {
        response.emit('close')
        resolve()
      })
    })
  })
}

describe('memory over many requests of new visitors', () => {
  it.each([
    ['100 000 that only read', 100_000, false],
    ['50 000 that are stored, in a bound of 5000 sessions', 50_000, true],
  ])(
    'stays flat for %s',
    async (_what, count, write) => {
      const store = new MemoryStore({ maxSessions: 5000 })
      const middleware = session({ secretKey: SECRET, store, logger: { debug() {}, info() {}, warn() {} } })
      const heap: number[] = []
      for (let n = 1; n <= count; n++) {
        await visit(middleware, write)
        if (n !== Math.ceil(count / 3) && n !== count) continue
        await settleMemory()
        heap.push(process.memoryUsage().heapUsed)
      }
      expect(await store.count()).toBe(write ? 5000 : 0)
      const [third = 0, end = 0] = heap
      // A request that left only 100 bytes behind would make 3 MiB of them, and 6.
      expect((end - third) / MiB).toBeLessThan(2)
    },
    120_000,
  )
})

describe('memory for the cookies of browsers that come again', () => {
  it.each([
    ['as they were set', (cookie: string) => cookie],
    ['percent-decoded by the client', decodeURIComponent],
  ])('holds nothing of the headers that they came in: %s', async (_what, asSent) => {
    const sessions = createSessions({ secretKey: SECRET, store: new MemoryStore() })
    const visitor = async () => {
      const opened = await sessions.open()
      opened.data.n = 1
      return asSent((await sessions.commit(opened))?.split(';', 1)[0] as string)
    }
    await settleMemory()
    const before = process.memoryUsage().heapUsed
    for (let n = 0; n < 2000; n++) {
      const header = Buffer.from(`other=${'x'.repeat(15_000)}; ${await visitor()}; n=${n}`).toString('latin1')
      expect((await sessions.open(header)).data.n).toBe(1)
    }
    await settleMemory()
    // The headers are 30 MB.
    expect((process.memoryUsage().heapUsed - before) / MiB).toBeLessThan(10)
  })
})

describe('S47: the process', () => {
  it('ends by itself after using session() and MemoryStore', async () => {
    const index = fileURLToPath(new URL('../src/index.ts', import.meta.url))
    const script = `
      import { createServer } from 'node:http'
      import { session, MemoryStore } from ${JSON.stringify(index)}
      const store = new MemoryStore()
      const middleware = session({ secretKey: ${JSON.stringify(SECRET)}, store })
      const server = createServer(async (req, res) => {
        await middleware(req, res)
        req.session.user = 'u1'
        res.end('page')
      })
      server.listen(0, '127.0.0.1', async () => {
        const answer = await fetch('http://127.0.0.1:' + server.address().port, { headers: { connection: 'close' } })
        await answer.text()
        server.close()
        console.log(await store.count())
      })`
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    const begun = performance.now()
    const [code] = await once(child, 'exit')
    expect([code, output]).toEqual([0, '1\n'])
    expect(performance.now() - begun).toBeLessThan(15_000)
  }, 30_000)
})
