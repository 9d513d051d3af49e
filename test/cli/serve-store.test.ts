import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSessions } from '../../src/core/create-sessions.js'
import { SqliteStore } from '../../src/sqlite.js'
import { type CommandProcess, startServe } from './serve-process.js'

// Processes take a while to start where others run, too.
vi.setConfig({ testTimeout: 60_000 })

const secretKey = 'a secret of the serve tests, long enough'
const running: CommandProcess[] = []
let folder: string
let url: string

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sessmw-serve-store-'))
  const path = join(folder, 'app.db')
  url = `sqlite:${path}`
  const sessions = createSessions<{ cart: string[] }>({
    secretKey,
    store: new SqliteStore({ path, table: 'mine' }),
  })
  const session = await sessions.open()
  session.data.cart = ['pear']
  await session.login('ada', { keep: ['cart'] })
  await sessions.commit(session)
  await sessions.close()
})

afterEach(async () => {
  await Promise.all(running.splice(0).map((command) => command.stop('SIGKILL')))
  rmSync(folder, { recursive: true, force: true })
})

async function start(...args: string[]) {
  const { process, ready } = await startServe(['--store', url, '--table', 'mine', '--port', '0', ...args])
  running.push(process)
  const call = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(ready.dump.replace('sessions.json', path), {
      ...init,
      headers: { Authorization: `Bearer ${ready.token}`, 'Content-Type': 'application/json' },
    })
  return { process, ready, call }
}

describe('sessmw serve --store', () => {
  it('shows the sessions of a store without an app, read-only', async () => {
    const before = readFileSync(join(folder, 'app.db'))
    const { process: command, ready, call } = await start()
    const dump = (await (await call('sessions.json')).json()) as { sessions: { handle: string }[] }
    expect(dump).toMatchObject({ count: 1, sessions: [{ owner: 'ada', data: { cart: ['pear'] } }] })
    const handle = dump.sessions[0]?.handle
    const refused = await call(`api/v1/sessions/${handle}`, { method: 'DELETE' })
    expect([refused.status, await refused.json()]).toMatchObject([405, { error: { code: 'read-only' } }])
    expect((await fetch(ready.url, { redirect: 'manual' })).headers.get('location')).toBe('/__sessmw/')
    expect(await command.stop()).toBe(0)
    expect(readFileSync(join(folder, 'app.db')).equals(before)).toBe(true)
  })

  it('may write with --no-read-only, and begins with the seeds of a file', async () => {
    const file = join(folder, 'seeds.json')
    writeFileSync(file, '[{"data":{"cart":["fig"]},"owner":"grace"}]')
    const { call } = await start('--no-read-only', '--seed', file)
    const dump = (await (await call('sessions.json')).json()) as {
      sessions: { owner: string; handle: string }[]
    }
    expect(dump.sessions.map(({ owner }) => owner).sort()).toEqual(['ada', 'grace'])
    const { handle } = dump.sessions[0] ?? {}
    expect((await call(`api/v1/sessions/${handle}`, { method: 'DELETE' })).status).toBe(200)
  })
})
