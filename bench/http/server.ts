// A child process under load: Express 5 with one subject. Arguments: the subject and the URL of its store. Sends its port.
import type { AddressInfo } from 'node:net'
import express, { type RequestHandler } from 'express'
import type { BenchRequest, Holder, Use } from '../exchange.js'
import { processorClock } from '../measure.js'
import { CachedFloor, Floor, type Loaded } from '../subjects/floor.js'
import type { Middleware } from '../subjects/mounted.js'
import { dataOf } from '../workloads.js'
import { type Mounting, mountExpressSession, mountSessmw } from './backends.js'

const [subject = 'bare', url = 'memory:'] = process.argv.slice(2)
const app = express()

const seed: Use = ({ session }) => void Object.assign(session ?? {}, dataOf(1024))
const seedLarge: Use = ({ session }) => void Object.assign(session ?? {}, dataOf(16 * 1024))
const read: Use = ({ session }) => {
  if (typeof session?.field3 !== 'string') throw new Error('the session was not loaded')
}
const write: Use = ({ session }) => {
  if (session) session.counter = Number(session.counter ?? 0) + 1
}
const nothing: Use = () => {}

if (subject === 'bare') mount(undefined)
else if (subject.startsWith('floor'))
  mountFloor(subject === 'floor' ? new Floor(false) : new CachedFloor(false))
else mount(await (subject === 'sessmw' ? mountSessmw(url) : mountExpressSession(url)))

function mount(mounting: Mounting | undefined): void {
  const route = (path: string, middleware: Middleware | undefined, use: Use): void => {
    const handlers = middleware === undefined ? [] : [middleware as RequestHandler]
    app.get(path, ...handlers, (request, response) => {
      use(request as Holder)
      response.send('ok')
    })
  }
  route('/read', mounting?.each, mounting === undefined ? nothing : read)
  route('/untouched', mounting?.untouched, nothing)
  route('/write', mounting?.each, write)
  route('/seed', mounting?.each, seed)
  route('/seed-large', mounting?.each, seedLarge)
  if (mounting === undefined) return
  app.get('/counter', mounting.each as RequestHandler, (request, response) => {
    response.send(String((request as Holder).session?.counter ?? 0))
  })
}

function mountFloor(floor: Floor): void {
  const route = (path: string, use: (loaded: Loaded) => string, writes = false): void => {
    app.get(path, (request, response) => {
      const loaded = floor.load(request as BenchRequest)
      const body = use(loaded)
      floor.save(loaded, response, writes)
      response.send(body)
    })
  }
  const ok =
    (use: Use) =>
    (loaded: Loaded): string => {
      use(loaded)
      return 'ok'
    }
  route('/read', ok(read))
  route('/untouched', ok(nothing))
  route('/write', ok(write), true)
  route('/seed', ok(seed), true)
  route('/counter', ({ session }) => String(session.counter ?? 0))
}

// A failure is answered, not printed: whoever sends the load counts it.
const failed: express.ErrorRequestHandler = (error, _request, response, _next) =>
  void response.status(500).send(String(error))
app.use(failed)
const server = app.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.on('message', () => process.send?.(processorClock()))
process.once('disconnect', () => process.exit())
