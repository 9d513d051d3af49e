// Heap after a garbage collection, over 1 000 000 requests of visitors who never come back; every second one is stored.
// npx tsx bench/memory/visitors.ts [requests]
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { MemoryStore, session, sessionOf } from '../../src/index.js'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const requests = Number(process.argv[2] ?? 1_000_000)
const store = new MemoryStore({ maxSessions: 10_000 })
const middleware = session({ secretKey: 'bench-secret-0123456789-abcdefghijklmn', store })

function visit(write: boolean): Promise<void> {
  const request = new IncomingMessage(new Socket())
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
      response.emit('close')
      setImmediate(resolve)
    })
  })
}

async function heapInMiB(): Promise<number> {
  for (let turn = 0; turn < 3; turn++) {
    collectGarbage()
    await nextTurn()
  }
  return process.memoryUsage().heapUsed / 1024 / 1024
}

const begun = performance.now()
for (let n = 1; n <= requests; n++) {
  await visit(n % 2 === 0)
  if (n % Math.ceil(requests / 10) === 0) {
    const seconds = (performance.now() - begun) / 1000
    console.log(
      `${n} requests, ${await store.count()} sessions: ${(await heapInMiB()).toFixed(1)} MiB, ${seconds.toFixed(0)} s`,
    )
  }
}
