import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createSessions } from '../../src/index.js'
import { SqliteStore } from '../../src/sqlite.js'
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

/** A SQLite file of another program. */
async function foreignDatabase() {
  const folder = mkdtempSync(join(tmpdir(), 'sessmw-foreign-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'foreign.db')
  new Database(path).exec('CREATE TABLE notes (text TEXT)').close()
  return { folder, path, before: await readFile(path) }
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
    const masked = JSON.parse((await run(['sessions', 'show', '--json', '--store', url, handle])).stdout)
    expect(masked).toMatchObject({ handle, owner: 'ada', data: { cart: [0], password: '[masked]' } })
    const { stdout } = await run(['sessions', 'show', '--reveal', '--store', url, handle])
    expect(stdout).toContain('"password": "hunter2"')
  })

  it('sends no control character to the terminal', async () => {
    const { url, nobody } = await filledStore()
    const handle = (await nobody.visit()).session.handle
    const { stdout } = await run(['sessions', 'show', '--reveal', '--store', url, handle])
    expect(stdout).toContain('\\u001b[2J')
    expect(stdout).not.toContain('\u001b')
  })

  it('sends no other control and no mark that turns text either, and stays JSON', async () => {
    const { url, nobody } = await filledStore()
    const data = { '\u009bkey\u202e': ['\u009b31m', '\u202eevil\u2066', '\u007f\u2028\u{e0041}', 'é\n…'] }
    const { session } = await nobody.visit((visited) => void Object.assign(visited.data, data))
    const text = await run(['sessions', 'show', '--reveal', '--store', url, session.handle])
    const json = await run(['sessions', 'show', '--reveal', '--json', '--store', url, session.handle])
    const body = text.stdout.slice(text.stdout.indexOf('\n') + 1)
    for (const shown of [body, json.stdout])
      expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u)
    expect(body).toContain('\\u009bkey\\u202e')
    expect(body).toContain('é\\n…')
    expect([JSON.parse(body), JSON.parse(json.stdout).data]).toMatchObject([data, data])
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
    const answer = await run(['sessions', 'revoke', '--store', url, handle])
    expect([answer.exit, answer.stdout]).toEqual([0, '1 session ended.\n'])
    expect((await browsers[0]?.visit())?.verdict.load).toBe('unknown')
    expect((await run(['sessions', 'revoke', '--store', url, handle])).exit).toBe(1)
  })

  it('takes a handle that begins with a dash, wherever it stands', async () => {
    const { url } = await filledStore()
    const handle = `-${'A'.repeat(42)}`
    expect((await run(['sessions', 'revoke', handle, '--store', url])).exit).toBe(1)
    expect((await run(['sessions', 'show', '--store', url, handle])).exit).toBe(1)
    const but = ['sessions', 'revoke', '--store', url, '--owner', 'nobody', '--except', handle]
    expect((await run(but)).exit).toBe(1)
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

describe('a database without the table', () => {
  it.each([
    ['list', []],
    ['show', ['A'.repeat(43)]],
    ['revoke', ['A'.repeat(43)]],
    ['prune', []],
  ])('stays as it is when sessions %s is called on it', async (action, operands) => {
    const { folder, path, before } = await foreignDatabase()
    const answer = await run(['sessions', action, ...operands, '--store', `sqlite:${path}`])
    expect([answer.exit, answer.stdout]).toEqual([5, ''])
    expect(answer.stderr).toMatch(/There is no table sessmw_sessions in this file\.\n.*--table.*start once/)
    expect([readdirSync(folder), await readFile(path)]).toEqual([['foreign.db'], before])
  })

  it('stays as it is when serve is to show it', async () => {
    const { folder, path, before } = await foreignDatabase()
    for (const flags of [[], ['--no-read-only']]) {
      const answer = await run(['serve', '--port', '0', '--store', `sqlite:${path}`, ...flags])
      expect([answer.exit, answer.stderr]).toEqual([5, expect.stringContaining('There is no table')])
    }
    expect([readdirSync(folder), await readFile(path)]).toEqual([['foreign.db'], before])
  })

  it('is what a wrong --table leads to', async () => {
    const { url, folder } = await filledStore()
    const answer = await run(['sessions', 'list', '--table', 'typo', '--store', url])
    expect([answer.exit, answer.stdout]).toEqual([5, ''])
    expect(answer.stderr).toContain('There is no table typo in this file.')
    const database = new Database(join(folder, 'sessions.db'))
    const names = database.prepare("SELECT name FROM sqlite_schema WHERE name LIKE 'typo%'").all()
    database.close()
    expect(names).toEqual([])
  })

  it('keeps its journal mode also where the table is there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sessmw-journal-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const path = join(folder, 'app.db')
    const database = new Database(path)
    await new SqliteStore({ database }).ready()
    database.close()
    const before = await readFile(path)
    const { exit, stderr } = await run(['sessions', 'list', '--store', `sqlite:${path}`])
    expect([exit, stderr]).toEqual([0, '0 sessions.\n'])
    expect([readdirSync(folder), await readFile(path)]).toEqual([['app.db'], before])
  })
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
      const { stdout } = await run(['sessions', action, '--json', '--store', url, ...operand])
      const validate = await schemaOf(name)
      expect([validate(JSON.parse(stdout)), validate.errors]).toEqual([true, null])
      expect(validate({ ...JSON.parse(stdout), more: 1 })).toBe(false)
    },
  )
})
