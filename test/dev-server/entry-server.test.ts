import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { DevServer, ServerOptions } from '../../src/dev-server/dev-server.js'
import { type EntryEvent, type EntryServerOptions, startEntry } from '../../src/dev-server/entry-server.js'
import { countingApp, UserProject } from './user-project.js'

// Processes take a while to start where others run, too.
vi.setConfig({ testTimeout: 60_000 })

const running: DevServer[] = []
afterEach(() => Promise.all(running.splice(0).map((server) => server.close())))

// The process of an entry runs from source here too.
const { execArgv } = process
beforeAll(() => {
  const tsx = createRequire(import.meta.url).resolve('tsx')
  process.execArgv = [...execArgv, '--import', pathToFileURL(tsx).href]
})
afterAll(() => {
  process.execArgv = execArgv
})

type Start = ServerOptions & Partial<Pick<EntryServerOptions, 'seeds' | 'clockOffsetMs' | 'patienceMs'>>

/** An app that runs, and what is told of it. */
class Running {
  readonly events: EntryEvent[] = []
  #listener: () => void = () => undefined

  private constructor(
    readonly server: DevServer,
    readonly outputs: readonly Promise<string>[],
  ) {}

  static async start(project: UserProject, entry: string, options: Start = {}): Promise<Running> {
    const outputs: Promise<string>[] = []
    let take = (event: EntryEvent): void => expect.unreachable(`too early: ${event.type}`)
    const server = await startEntry({
      ...{ port: 0, ...options, entry: join(project.root, entry), cwd: project.root, env: process.env },
      onOutput: (output) => outputs.push(text(output)),
      onEvent: (event) => take(event),
    })
    running.push(server)
    const app = new Running(server, outputs)
    take = (event) => app.#take(event)
    return app
  }

  #take(event: EntryEvent): void {
    this.events.push(event)
    this.#listener()
  }

  /** Waits for the first event of a type, or for a later one. */
  async event<Type extends EntryEvent['type']>(
    type: Type,
    count = 1,
  ): Promise<Extract<EntryEvent, { type: Type }>> {
    for (;;) {
      const found = this.events.filter((event) => event.type === type)[count - 1]
      if (found !== undefined) return found as Extract<EntryEvent, { type: Type }>
      await new Promise<void>((resolve) => {
        this.#listener = resolve
      })
    }
  }

  async get(path = ''): Promise<unknown> {
    return (await fetch(this.server.url + path)).json()
  }

  /** What the inspector says to a holder of its token. */
  inspect(path = 'sessions.json'): Promise<Response> {
    const { localUrl, token } = this.server
    return fetch(`${localUrl}/${path}`, { headers: { Authorization: `Bearer ${token}` } })
  }
}

describe('an entry that listens itself', () => {
  it('listens where we want with the inspector in front, also when that happens late', async () => {
    const late = `await new Promise((resolve) => setImmediate(resolve))
      app.listen(80, () => console.log('the app believes in 80'))
      process.send('ready')`
    const project = new UserProject({ 'app.mjs': countingApp('own', `void (async () => { ${late} })()`) })
    const app = await Running.start(project, 'app.mjs', { seeds: [{ data: { n: 1 }, owner: 'ada' }] })
    expect(await app.event('listening')).toMatchObject({ mounted: { store: 'MemoryStore', others: 0 } })
    expect(await app.get()).toEqual({ app: 'own', visits: 1 })
    expect(await (await app.inspect()).json()).toMatchObject({ count: 2 })
    expect((await fetch(app.server.dumpUrl)).status).toBe(401)
    await app.server.close()
    expect(await Promise.all(app.outputs)).toEqual(['the app believes in 80\n', ''])
    expect(app.events.map(({ type }) => type)).toEqual(['listening'])
  })

  it('tells when it makes sessions only later', async () => {
    const late = `import { createServer } from 'node:http'
      createServer(async (req, res) => {
        if (req.url === '/make') (await import('./sessions.mjs')).make()
        res.end('1')
      }).listen()`
    const sessions = countingApp('late', 'export const make = () => app')
    const app = await Running.start(new UserProject({ 'app.mjs': late, 'sessions.mjs': sessions }), 'app.mjs')
    expect(await app.event('listening')).toEqual({
      type: 'listening',
      mounted: null,
      hasExpressSession: false,
    })
    expect((await app.inspect()).status).toBe(404)
    expect(await app.get('make')).toBe(1)
    expect(await app.event('mounted')).toMatchObject({ mounted: { store: 'MemoryStore' } })
    expect((await app.inspect()).status).toBe(200)
    expect((await fetch(app.server.dumpUrl)).status).toBe(401)
  })
})

describe('an entry that cannot be served', () => {
  it('tells how it ended, and starts anew at a change', async () => {
    const project = new UserProject({ 'app.mjs': 'throw new Error("the database is down")' })
    const app = await Running.start(project, 'app.mjs')
    expect(await app.event('ended')).toEqual({ type: 'ended', exit: 1 })
    expect((await Promise.all(app.outputs)).join('')).toContain('the database is down')
    project.write('lib/data.mjs', 'export default 1')
    expect(await app.event('changed')).toEqual({ type: 'changed', file: join('lib', 'data.mjs') })
    project.write('app.mjs', countingApp('mended', 'export const createApp = async () => app'))
    await app.event('listening')
    expect(await app.get()).toEqual({ app: 'mended', visits: 1 })
  })

  it('is told of when it does not listen, and is ended by force when it does not end by itself', async () => {
    const stubborn = "process.on('SIGTERM', () => undefined); setInterval(() => undefined, 1000)"
    const app = await Running.start(new UserProject({ 'app.mjs': stubborn }), 'app.mjs', { patienceMs: 1 })
    await app.event('silent')
    await app.server.close()
    expect(app.events).toEqual([{ type: 'silent' }])
    expect(await Promise.all(app.outputs)).toEqual(['', ''])
  })

  it('says so when another program takes its port while it starts anew, without a stack', async () => {
    const project = new UserProject({ 'app.mjs': countingApp('one', 'app.listen(3000)') })
    const app = await Running.start(project, 'app.mjs')
    await app.event('listening')
    project.write('app.mjs', 'throw new Error("half written")')
    await app.event('ended')
    const other = createServer().listen(app.server.port, '127.0.0.1')
    await once(other, 'listening')
    project.write('app.mjs', countingApp('two', 'app.listen(3000)'))
    expect(await app.event('port-taken')).toEqual({ type: 'port-taken', port: app.server.port })
    await new Promise((resolve) => other.close(resolve))
    const types = app.events.map(({ type }) => type)
    expect(types).toEqual(['listening', 'changed', 'ended', 'changed', 'port-taken'])
    expect((await Promise.all(app.outputs)).join('')).not.toMatch(/EADDRINUSE|take-server/)
    project.write('app.mjs', countingApp('three', 'app.listen(3000)'))
    await app.event('listening', 2)
    expect(await app.get()).toEqual({ app: 'three', visits: 1 })
  })

  it.each(['import', 'require'])(
    'with express-session alone is told from one without sessions: %s',
    async (form) => {
      const load = {
        import: "import session from 'express-session'",
        require: "const session = require('express-session')",
      }
      const server = form === 'import' ? "import http from 'node:http'" : "const http = require('node:http')"
      const code = `${load[form as 'import']}\n${server}\nhttp.createServer((req, res) => res.end(typeof session)).listen()`
      const name = form === 'import' ? 'app.mjs' : 'app.cjs'
      const app = await Running.start(new UserProject({ [name]: code }, ['express-session']), name)
      expect(await app.event('listening')).toEqual({
        type: 'listening',
        mounted: null,
        hasExpressSession: true,
      })
    },
  )

  it('does not start where the inspector must not be, or cannot run', async () => {
    const project = new UserProject({ 'app.mjs': '', 'app.tsx': '' }, [])
    onTestFinished(() => void vi.unstubAllEnvs())
    await expect(Running.start(project, 'app.mjs', { token: false, host: '0.0.0.0' })).rejects.toMatchObject({
      code: 'usage',
    })
    await expect(Running.start(project, 'app.tsx')).rejects.toMatchObject({ code: 'no-typescript' })
    vi.stubEnv('NODE_ENV', 'production')
    await expect(Running.start(project, 'app.mjs')).rejects.toMatchObject({
      code: 'inspector-in-production',
    })
  })
})

describe("an entry with the app's own copy of sessmw", () => {
  const packages = ['express', 'sessmw', 'tsx']

  it('in CommonJS, which listens when it is run', async () => {
    const code = `const express = require('express')
      const { session } = require('sessmw')
      const app = (module.exports = express())
      app.use(session({ secretKey: 'a secret of the serve tests, long enough' }))
      app.use('/admin', session({ secretKey: 'another secret of the serve tests', sessionCookie: 'admin' }))
      app.get('/', (req, res) => { req.session.n = 1; res.json(Object.keys(require.cache)) })
      if (!module.parent) app.listen(process.env.PORT || 3000)`
    const app = await Running.start(new UserProject({ 'app.cjs': code }, packages), 'app.cjs')
    expect(await app.event('listening')).toMatchObject({ mounted: { others: 1 } })
    const loaded = (await app.get()) as string[]
    expect(loaded).toContainEqual(expect.stringMatching(/dist.cjs.index\.js$/))
    expect(await (await app.inspect()).json()).toMatchObject({ count: 1, sessions: [{ data: { n: 1 } }] })
  })

  it('in TypeScript, by the tsx of the project, with a clock that travels', async () => {
    const code = `import express, { type Express } from 'express'
      import { MemoryStore, session } from 'sessmw'
      import { travelClock } from 'sessmw/inspector'
      enum Answer { Yes = 'yes' }
      const clock = travelClock()
      export const app: Express = express()
      app.use(session({ secretKey: 'a secret of the serve tests, long enough', clock, store: new MemoryStore({ clock }) }))
      app.get('/', (_req, res) => { res.json({ answer: Answer.Yes }) })`
    const project = new UserProject({ 'src/app.ts': code, 'package.json': '{"type":"module"}' }, packages)
    const options = { clockOffsetMs: 7_200_000, readOnly: true, base: '/look' }
    const app = await Running.start(project, 'src/app.ts', options)
    expect(await app.event('listening')).toMatchObject({ mounted: { problems: [] } })
    expect(await app.get()).toEqual({ answer: 'yes' })
    expect(app.server.dumpUrl).toBe(`${app.server.url}look/sessions.json`)
    expect(await (await app.inspect('api/v1/info')).json()).toMatchObject({
      ...{ readOnly: true, kind: 'sessmw', clock: { offsetMs: 7_200_000 } },
    })
  })

  it('on sessmw/express-session', async () => {
    const code = `const app = require('express')()
      const session = require('sessmw/express-session')
      app.use(session({ secret: 'a secret of the serve tests', resave: false, saveUninitialized: false }))
      app.get('/', (req, res) => { req.session.n = 1; res.json({}) })
      exports.app = app`
    const project = new UserProject({ 'app.js': code }, packages)
    const app = await Running.start(project, 'app.js', { clockOffsetMs: 1, seeds: [{ data: {} }] })
    const { mounted } = await app.event('listening')
    expect(mounted?.problems).toEqual([
      expect.stringContaining('--clock has no effect'),
      expect.stringContaining('--seed has no effect'),
    ])
    await app.get()
    expect(await (await app.inspect()).json()).toMatchObject({ sessions: [{ data: { n: 1 } }] })
  })
})
