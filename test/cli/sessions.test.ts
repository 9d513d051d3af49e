import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createSessions } from '../../src/index.js'
import { openStore } from '../../src/stores/open-store.js'
import { Browser } from '../core/harness.js'
import { SECRET } from '../support/http.js'
import { root } from '../support/sources.js'
import { run } from './run-in-process.js'

/** A SQLite file with sessions of ada (3), bob (1) and one of nobody. */
async function filledStore() {
  const folder = mkdtempSync(join(tmpdir(), 'sessmw-sessions-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const url = `sqlite:${join(folder, 'sessions.db')}`
  const sessions = createSessions({ secretKey: SECRET, store: await openStore(url) })
  onTestFinished(() => sessions.close())
  const browsers = ['ada', 'ada', 'ada', 'bob'].map(() => new Browser(sessions))
  for (const [n, browser] of browsers.entries())
    await browser.visit(async (session) => {
      await session.login(n < 3 ? 'ada' : 'bob')
      Object.assign(session.data, { cart: [n], password: 'hunter2' })
    })
  const nobody = new Browser(sessions)
  await nobody.visit((session) => void Object.assign(session.data, { note: '\u001b[2J' }))
  const handles = (await sessions.list()).sessions.map(({ handle }) => handle)
  return { url, folder, sessions, browsers, nobody, handles }
}

const lines = (text: string): string[] => text.trimEnd().split('\n')

async function schemaOf(name: string) {
  const text = await readFile(join(root, 'docs', 'cli-schemas', `${name}.json`), 'utf8')
  return new Ajv2020({ strict: true }).compile(JSON.parse(text))
}

describe('sessmw sessions list', () => {
  it('has a line for each living session, and none of the ids', async () => {
    const { url, handles, browsers } = await filledStore()
    const { exit, stdout, stderr } = await run(['sessions', 'list', '--store', url])
    expect([exit, stderr]).toEqual([0, '5 sessions.\n'])
    expect(
      lines(stdout)
        .map((line) => line.slice(0, 43))
        .sort(),
    ).toEqual([...handles].sort())
    expect(stdout.match(/ {2}ada {2}seen \d s ago, ends in 24 h$/gm)).toHaveLength(3)
    for (const { cookie } of browsers) expect(stdout).not.toContain(cookie?.slice(4, 30))
  })

  it('pages, by owner too', async () => {
    const { url } = await filledStore()
    const seen: string[] = []
    let cursor: string[] = []
    for (let page = 0; page < 3; page++) {
      const { stdout } = await run(['sessions', 'list', '--json', '--limit', '2', '--store', url, ...cursor])
      const answer = JSON.parse(stdout)
      seen.push(...answer.sessions.map(({ handle }: { handle: string }) => handle))
      cursor = ['--cursor', answer.cursor]
    }
    expect([new Set(seen).size, cursor[1]]).toEqual([5, null])
    const bob = await run(['sessions', 'list', '--owner', 'bob', '--json', '--store', url])
    expect(JSON.parse(bob.stdout).sessions).toMatchObject([{ owner: 'bob' }])
  })

  it('takes the store from SESSMW_STORE, and a path below the folder', async () => {
    const { folder } = await filledStore()
    const { exit, stdout } = await run(['sessions', 'list'], {
      cwd: folder,
      env: { SESSMW_STORE: 'sqlite:sessions.db' },
    })
    expect([exit, lines(stdout)]).toEqual([0, expect.objectContaining({ length: 5 })])
  })
})

describe('sessmw sessions show', () => {
  it('masks what is nobody’s business, unless it is asked to reveal it', async () => {
    const { url, browsers } = await filledStore()
    const handle = (await browsers[0]?.visit())?.session.handle ?? ''
    const masked = JSON.parse((await run(['sessions', 'show', handle, '--json', '--store', url])).stdout)
    expect(masked).toMatchObject({ handle, owner: 'ada', data: { cart: [0], password: '[masked]' } })
    const { stdout } = await run(['sessions', 'show', handle, '--reveal', '--store', url])
    expect(stdout).toContain('"password": "hunter2"')
  })

  it('sends no control character to the terminal', async () => {
    const { url, nobody } = await filledStore()
    const handle = (await nobody.visit()).session.handle
    const { stdout } = await run(['sessions', 'show', handle, '--reveal', '--store', url])
    expect(stdout).toContain('\\u001b[2J')
    expect(stdout).not.toContain('\u001b')
  })

  it('answers no for a session that is not there', async () => {
    const { url } = await filledStore()
    const { exit, stderr } = await run(['sessions', 'show', 'A'.repeat(43), '--store', url])
    expect([exit, stderr]).toEqual([1, expect.stringContaining('There is no session with this handle')])
  })
})

describe('sessmw sessions revoke', () => {
  it('ends one session by its handle, at once', async () => {
    const { url, browsers } = await filledStore()
    const handle = (await browsers[0]?.visit())?.session.handle ?? ''
    const answer = await run(['sessions', 'revoke', handle, '--store', url])
    expect([answer.exit, answer.stdout]).toEqual([0, '1 session ended.\n'])
    expect((await browsers[0]?.visit())?.verdict.load).toBe('unknown')
    expect((await run(['sessions', 'revoke', handle, '--store', url])).exit).toBe(1)
  })

  it('ends all of an owner but one', async () => {
    const { url, browsers } = await filledStore()
    const except = (await browsers[1]?.visit())?.session.handle ?? ''
    const args = ['sessions', 'revoke', '--owner', 'ada', '--except', except, '--json', '--store', url]
    const answer = await run(args)
    expect(JSON.parse(answer.stdout)).toEqual({ schema: 'sessmw/sessions-revoke@1', revoked: 2 })
    const loads = await Promise.all(browsers.map(async (browser) => (await browser.visit()).verdict.load))
    expect(loads).toEqual(['unknown', 'loaded', 'unknown', 'loaded'])
  })
})

it('sessmw sessions prune removes nothing that is alive or has just expired', async () => {
  const { url, browsers } = await filledStore()
  const answer = await run(['sessions', 'prune', '--json', '--store', url])
  expect(JSON.parse(answer.stdout)).toEqual({ schema: 'sessmw/sessions-prune@1', removed: 0 })
  expect((await browsers[0]?.visit())?.verdict.load).toBe('loaded')
})

describe('what cannot be done', () => {
  it.each([
    [['list'], 2, 'There is no store'],
    [['list', '--store', 'mysql://root:geheim@host/db'], 2, 'no URL of a session store'],
    [['list', '--store', 'sqlite:/nonexistent/sessions.db'], 5, 'There is no file'],
    [['list', '--store', 'sqlite:x', '--limit', '0'], 5, 'There is no file'],
    [['forget', '--store', 'sqlite:x'], 2, 'list, show, revoke, prune'],
    [[], 2, "missing required argument 'action'"],
    [['show', '--store', 'redis://127.0.0.1:1'], 2, 'takes a handle'],
    [['revoke', 'short', '--store', 'redis://127.0.0.1:1'], 2, 'takes a handle'],
    [['revoke', '--store', 'redis://127.0.0.1:1'], 2, 'or --owner'],
    [['list', '--store', 'redis://:geheim@127.0.0.1:1'], 5, 'The session store failed'],
  ])('%j ends with %i and says why', async (args, exit, words) => {
    const answer = await run(['sessions', ...args])
    expect([answer.exit, answer.stdout]).toEqual([exit, ''])
    expect(answer.stderr).toContain(words)
    expect(answer.stderr).not.toContain('geheim')
  })
})

describe('the JSON of sessmw sessions', () => {
  it.each(['sessions-list', 'sessions-show', 'sessions-revoke', 'sessions-prune'])(
    'fits the schema %s',
    async (name) => {
      const { url, handles } = await filledStore()
      const action = name.replace('sessions-', '')
      const operand = ['show', 'revoke'].includes(action) ? [handles[0] ?? ''] : []
      const { stdout } = await run(['sessions', action, ...operand, '--json', '--store', url])
      const validate = await schemaOf(name)
      expect([validate(JSON.parse(stdout)), validate.errors]).toEqual([true, null])
      expect(validate({ ...JSON.parse(stdout), more: 1 })).toBe(false)
    },
  )
})
