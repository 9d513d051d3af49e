// Runs a canary id, secret, cookie value and data value through every path of the library, over real HTTP. Raw sockets,
// so that no HTTP client of this process has anything to print.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { sign } from 'cookie-signature'
import express from 'express'
import { createSessions, type Logger, MemoryStore, type Store, session, sessionOf } from '../../src/index.js'
import { EVENTS } from '../support/events.js'

// Put together, because NODE_DEBUG prints the text of this file.
const bird = ['CAN', 'ARY'].join('')
export const CANARY = {
  secret: `${bird}secret-0123456789-abcdefghijklmnop`,
  oldSecret: `${bird}oldsecret-0123456789-abcdefghijkl`,
  id: `${bird}id`,
  value: `${bird}value`,
} as const

/** Every text that must never be seen; the first characters tell them apart. */
export const FORBIDDEN = /CANARY(?:secret|oldsecret|id|value)/

let ids = 0

/** Ids that are recognisable and still of the form that the server issues. */
export const canaryId = (): string => `${CANARY.id}${String(ids++).padStart(43 - CANARY.id.length, '0')}`

/** The cookie of an id; the signature itself is no canary, so `signatures` collects those that were made. */
export const signatures: string[] = []
export function cookieFor(id: string, secret: string = CANARY.secret): string {
  const signed = sign(id, secret)
  signatures.push(signed.slice(signed.lastIndexOf('.') + 1))
  return `sid=${encodeURIComponent(`s:${signed}`)}`
}

/** Everything public that a path leaves behind, for inspection. */
export interface Findings {
  readonly objects: [where: string, object: unknown][]
  readonly errors: unknown[]
  readonly events: unknown[]
}

type Fault = (method: string, key: string) => unknown

function faulty(memory: MemoryStore, fault: () => Fault | undefined): Store {
  const through = <Result>(method: string, key: string, real: () => Promise<Result>): Promise<Result> => {
    const answer = fault()?.(method, key)
    return answer === undefined ? real() : (answer as Promise<Result>)
  }
  return {
    create: (key, record) => through('create', key, () => memory.create(key, record)),
    read: (key) => through('read', key, () => memory.read(key)),
    update: (key, change) => through('update', key, () => memory.update(key, change)),
    touch: (key, times) => through('touch', key, () => memory.touch(key, times)),
    delete: (key) => through('delete', key, () => memory.delete(key)),
  }
}

/** Runs every path; `look` sees the request and the response while the handler runs. */
export async function runPaths(logger: Logger | undefined, look: (where: string, object: unknown) => void) {
  let now = Date.UTC(2030, 0, 1)
  let fault: Fault | undefined
  const memory = new MemoryStore({ clock: () => now })
  const findings: Findings = { objects: [], errors: [], events: [] }
  const middleware = session({
    secretKey: [CANARY.secret, CANARY.oldSecret],
    store: faulty(memory, () => fault),
    clock: () => now,
    generateId: canaryId,
    storeTimeout: 0.05,
    maxAge: '1h',
    ...(logger && { logger }),
  })
  const { sessions } = middleware
  for (const name of EVENTS) sessions.events.on(name, (event: unknown) => findings.events.push(event))

  const app = express()
  app.set('env', 'test')
  app.use(middleware)
  app.use((req, res, next) => {
    look(`request of ${req.path}`, req)
    look(`response of ${req.path}`, res)
    look(`session of ${req.path}`, sessionOf(req))
    look(`verdict of ${req.path}`, sessionOf(req).verdict)
    look(`cookie of ${req.path}`, req.session.cookie)
    next()
  })
  const caught = async (work: () => unknown) => {
    try {
      await work()
    } catch (error) {
      findings.errors.push(error)
    }
  }
  const routes: Record<string, (req: express.Request, res: express.Response) => unknown> = {
    login: async (req) => {
      await sessionOf(req).login('u1')
      req.session.data = CANARY.value
      await sessionOf(req).flash('notice', CANARY.value)
    },
    read: (req) => req.session.data,
    write: (req) => {
      req.session.data = `${CANARY.value}${now}`
    },
    renew: (req) => req.session.regenerate({ keep: ['data'] }),
    logout: (req) => req.session.destroy(),
    throw: (req) => {
      req.session.data = CANARY.value
      throw new Error('of the handler')
    },
    late: (req, res) => {
      res.write('first')
      req.session.data = CANARY.value
      return caught(() => req.session.save())
    },
    large: (req) => {
      req.session.large = CANARY.value.repeat(10_000)
    },
    refused: async (req) => {
      await caught(() => sessionOf(req).update('data', () => (() => CANARY.value) as never))
      await caught(() => Object.assign(req.session, { save: CANARY.value }))
      await caught(() => Object.assign(req.session, JSON.parse(`{"__proto__":"${CANARY.value}"}`)))
      await caught(() => Object.defineProperty(req.session, 'x', { get: () => CANARY.value }))
      await caught(() => Reflect.set(req.session, Symbol('s'), CANARY.value))
      await caught(() => sessionOf(req).readonly() && Object.assign(req.session, { x: CANARY.value }))
      await caught(() => sessionOf(req).reload())
      await caught(() => sessions.revoke(`${CANARY.id}x`))
    },
    unstorable: (req) => {
      req.session.data = { deep: [{ value: CANARY.value, run: () => CANARY.value }] }
    },
    replace: (req) => {
      Reflect.set(req, 'session', { data: CANARY.value })
    },
  }
  for (const [name, route] of Object.entries(routes)) {
    app.get(`/${name}`, async (req, res) => {
      await route(req, res)
      res.end('page')
    })
  }
  app.use((error: unknown, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
    findings.errors.push(error)
    res.statusCode = 500
    res.end('error')
  })

  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  /** One request; answers with the Cookie header of the session that the response set, or with the one sent. */
  const ask = async (path: string, cookie = '', host = 'localhost'): Promise<string> => {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nCookie: ${cookie}\r\n\r\n`)
    let text = ''
    for await (const chunk of socket) text += chunk
    const sent = /^Set-Cookie: (sid=s%3A[^;]+)/im.exec(text)?.[1]
    if (sent !== undefined) signatures.push(decodeURIComponent(sent).split('.')[1] ?? '')
    return sent ?? cookie
  }
  const withFault = async (broken: Fault, work: () => Promise<unknown>) => {
    fault = broken
    await work()
    fault = undefined
  }
  const fails = (method: string, answer: () => unknown) => (called: string) =>
    called === method ? answer() : undefined
  const down = () => Promise.reject(Object.assign(new Error('down'), { code: 'ECONNREFUSED' }))
  const hung = () => new Promise(() => {})

  let cookie = await ask('/login')
  for (const path of [
    '/read',
    '/write',
    '/throw',
    '/large',
    '/refused',
    '/unstorable',
    '/replace',
    '/late?q=1',
  ]) {
    await ask(path, cookie)
  }
  for (const [method, path] of [
    ['read', '/read'],
    ['update', '/write'],
    ['delete', '/renew'],
    ['delete', '/logout'],
    ['create', '/renew'],
  ] as const) {
    cookie = await ask('/login')
    await withFault(fails(method, down), () => ask(path, cookie))
    cookie = await ask('/login')
    await withFault(fails(method, hung), () => ask(path, cookie))
  }
  cookie = await ask('/login')
  now += 600_000
  await withFault(fails('touch', down), () => ask('/read', cookie))
  for (const garbage of ['corrupt', CANARY.value, { fields: CANARY.value }]) {
    await withFault(
      fails('read', () => Promise.resolve(garbage)),
      () => ask('/read', cookie),
    )
  }
  for await (const [key] of memory.entries())
    await memory.update(key, { set: { data: `{"${CANARY.value}`, save: `"${CANARY.value}"` } })
  await ask('/read', cookie)
  // Withheld, late, forged, foreign, re-signed, ambiguous, unknown, expired.
  await ask('/login', '', 'shop.example')
  await ask('/late')
  const id = canaryId()
  for (const value of [
    cookieFor(id),
    cookieFor(id, CANARY.oldSecret),
    cookieFor(id, 'not-the-secret-0123456789-abcdefghijkl'),
    `sid=${id}`,
    `sid=s%3A${id}.short`,
    `sid=${CANARY.value}%`,
    cookieFor(`${id}-too-long`),
  ]) {
    await ask('/read', value)
  }
  const both = [await ask('/login'), await ask('/login')]
  await ask('/read', both.join('; '))
  cookie = await ask('/login')
  const signed = decodeURIComponent(cookie.slice(4)).slice(2)
  await ask('/write', cookieFor(signed.slice(0, signed.indexOf('.')), CANARY.oldSecret))
  cookie = await ask('/renew', cookie)
  await ask('/logout', cookie)
  cookie = await ask('/login')
  now += 3_700_000
  await ask('/read', cookie)
  await new Promise((resolve) => server.close(resolve))

  const bare = await sessions.open()
  bare.data.data = CANARY.value
  await sessions.commit(bare)
  const listing = createSessions({ secretKey: CANARY.secret, store: memory, clock: () => now })
  findings.objects.push(
    ['middleware', middleware],
    ['sessions', sessions],
    ['store', sessions.store],
    ['events', sessions.events],
    ['open session', bare],
    ['page of a list', await listing.list({ owner: 'u1' })],
  )
  await caught(() => sessions.list())
  await caught(() => createSessions({ secretKey: [CANARY.secret, ''] }))
  await caught(() => createSessions({ secretKey: CANARY.secret, sessionCookie: 'a b' }))
  await caught(() =>
    createSessions({ secretKey: CANARY.secret, ...({ secret: CANARY.oldSecret } as object) }),
  )
  return findings
}
