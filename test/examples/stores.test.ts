import express from 'express'
import expressSession from 'express-session'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SECRET, serve } from '../support/http.js'
import { hasPostgres } from '../support/postgres-server.js'
import { hasRedis } from '../support/redis-server.js'
import { type Backend, fileBackend, postgresBackend, redisBackend } from './backends.js'
import { Browser, startExample } from './example-process.js'

declare module 'express-session' {
  interface SessionData {
    visits: number
  }
}

/** What the drop-in example is a copy of, but for one line: on express-session itself. */
async function startOriginal({ store }: Backend): Promise<string> {
  const app = express()
  app.use(
    expressSession({
      secret: SECRET,
      store,
      resave: false,
      saveUninitialized: false,
      cookie: { secure: 'auto', sameSite: 'lax' },
    }),
  )
  app.get('/', (req, res) => {
    req.session.visits = (req.session.visits ?? 0) + 1
    res.json({ visits: req.session.visits })
  })
  // The host name of the examples, so that a browser sends the same cookie.
  return (await serve(app)).replace('127.0.0.1', 'localhost')
}

/** The id in a cookie, whose signature begins at the first dot. */
const sidOf = (browser: Browser): string =>
  decodeURIComponent(browser.cookie.replace('connect.sid=', '')).slice('s:'.length).split('.')[0] ?? ''

describe.skipIf(!hasRedis)('examples/connect-redis', () => cases('connect-redis', redisBackend))
describe.skipIf(!hasPostgres)('examples/connect-pg-simple', () => cases('connect-pg-simple', postgresBackend))
describe('examples/session-file-store', () => cases('session-file-store', fileBackend))

function cases(example: string, open: () => Promise<Backend>): void {
  let backend: Backend
  beforeAll(async () => {
    backend = await open()
  })
  afterAll(() => backend?.close())

  const start = (file: 'drop-in.js' | 'native.js'): Promise<string> =>
    startExample(`${example}/${file}`, backend.env)

  it.each([
    'original, drop-in, original, native',
    'drop-in, original, native, drop-in',
    'native, drop-in, original, native',
    'original, native, native, original',
  ])('goes on with the same cookie: %s', async (order) => {
    const [original, dropIn, native] = await Promise.all([
      startOriginal(backend),
      start('drop-in.js'),
      start('native.js'),
    ])
    const urls: Record<string, string> = { original, 'drop-in': dropIn, native }
    const browser = new Browser(original)
    const answers: unknown[] = []
    let cookie: string | undefined
    for (const server of order.split(', ')) {
      const response = await browser.jar.fetch(urls[server] ?? '')
      answers.push(await response.json())
      cookie ??= browser.cookie
    }
    expect(answers).toEqual([{ visits: 1 }, { visits: 2 }, { visits: 3 }, { visits: 4 }])
    expect(browser.cookie).toBe(cookie)
  })

  it('the drop-in writes the row that express-session writes', async () => {
    const original = new Browser(await startOriginal(backend))
    const dropIn = new Browser(await start('drop-in.js'))
    await Promise.all([original.get('/'), dropIn.get('/')])
    // express-session may answer before the file is there.
    await expect
      .poll(() => backend.row(sidOf(original)))
      .toMatchObject({ visits: 1, cookie: { httpOnly: true } })
    const row = await backend.row(sidOf(original))
    expect(JSON.stringify(await backend.row(sidOf(dropIn)))).toBe(JSON.stringify(row))
  })

  it.each(['drop-in.js', 'native.js'] as const)('%s removes the row at the logout', async (file) => {
    const browser = new Browser(await start(file))
    await browser.get('/')
    const sid = sidOf(browser)
    expect(await backend.row(sid)).toMatchObject({ visits: 1 })
    expect(await (await browser.post('/logout')).json()).toEqual({ visits: 1 })
    expect(await backend.row(sid)).toBeUndefined()
    expect(sidOf(browser)).not.toBe(sid)
  })
}
