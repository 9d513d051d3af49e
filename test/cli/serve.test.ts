import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { sign } from 'cookie-signature'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { runCli } from '../../src/cli/run-cli.js'
import { cookieJar } from '../../src/testing/cookie-jar.js'
import { CommandProcess, startServe } from './serve-process.js'

// Processes take a while to start where others run, too.
vi.setConfig({ testTimeout: 60_000 })

const running: CommandProcess[] = []
const blockers: Server[] = []

afterEach(async () => {
  vi.unstubAllEnvs()
  await Promise.all(running.splice(0).map((command) => command.stop('SIGKILL')))
  for (const server of blockers.splice(0)) await new Promise((resolve) => server.close(resolve))
})

function run(args: readonly string[], env?: Record<string, string>): CommandProcess {
  const command = new CommandProcess(['serve', ...args], env)
  running.push(command)
  return command
}

/** For command lines that end before anything runs. */
async function fail(args: readonly string[], env: Record<string, string> = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const io = { stdin: new PassThrough(), stdout, stderr, env, cwd: import.meta.dirname }
  const exit = await runCli(['serve', ...args], io)
  return { exit, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') }
}

function takePort(port: number): Promise<number | undefined> {
  const server = createServer()
  return new Promise((resolve) => {
    server.on('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () => {
      blockers.push(server)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

describe('sessmw serve', () => {
  it('prints the app, the inspector and a curl line that works, then a line for each request, until Ctrl-C', async () => {
    const command = run(['--port', '0'])
    const [, url = ''] = await command.waitFor(/app +(http:\/\/localhost:\d+\/)/)
    const [, page = ''] = await command.waitFor(/inspector +(\S+#t=[\w-]{43})\n/)
    const [, header = '', dump = ''] = await command.waitFor(/curl -H 'Authorization: (.+)' (http\S+)/)
    expect([page.split('#')[0], dump]).toEqual([`${url}__sessmw/`, `${url}__sessmw/sessions.json`])
    const jar = cookieJar()
    await jar.fetch(`${url}session_test?secret=1`)
    await jar.fetch(`${url}session_test`)
    const shown = (await (await fetch(dump, { headers: { Authorization: header } })).json()) as {
      sessions: { handle: string }[]
    }
    expect(shown).toMatchObject({ count: 1, sessions: [{ data: { test_counter: 2 } }] })
    const handle = shown.sessions[0]?.handle.slice(0, 8)
    await command.waitFor(new RegExp(`\\d\\d:\\d\\d:\\d\\d new +${handle} GET /session_test\\n`))
    await command.waitFor(new RegExp(`save +${handle} GET /session_test  test_counter\\n`))
    await fetch(`${url}session_test`, { headers: { Cookie: 'sid=s%3Aforged.signature' } })
    await command.waitFor(/reject .+ GET \/session_test .+\[malformed: mangled\]/)
    expect(await command.stop('SIGINT')).toBe(0)
    expect(command.notes).toBe('')
  })

  it('--json writes the ready line first, then an event for each request', async () => {
    const { process: command, ready } = await startServe(['--port', '0'])
    running.push(command)
    expect(ready).toEqual({
      event: 'ready',
      url: expect.stringMatching(/^http:\/\/localhost:\d+\/$/),
      inspector: `${ready.url}__sessmw/#t=${ready.token}`,
      dump: `${ready.url}__sessmw/sessions.json`,
      token: expect.stringMatching(/^[\w-]{43}$/),
    })
    await fetch(`${ready.url}session_test`)
    const [line] = await command.waitFor(/.*"event":"request".*(?=\n)/)
    expect(JSON.parse(line)).toMatchObject({
      event: 'request',
      load: 'none',
      save: 'created',
      path: '/session_test',
    })
  })

  it('opens the inspector to this machine with --no-token, and shows all of it with --reveal', async () => {
    const { process: command, ready } = await startServe(['--port', '0', '--no-token', '--reveal'])
    running.push(command)
    expect([ready.token, ready.inspector]).toEqual([null, `${ready.url}__sessmw/`])
    const body = new URLSearchParams({ item: 'x'.repeat(300) })
    await fetch(`${ready.url}cart`, { method: 'POST', body })
    expect(await (await fetch(ready.dump)).text()).toContain('x'.repeat(300))
  })

  it('knows cookies that the secret of the environment signed', async () => {
    const secret = 'a secret of the serve tests, long enough'
    const command = run(['--port', '0'], { SESSION_SECRET: secret })
    const [, url = ''] = await command.waitFor(/app +(\S+)/)
    const cookie = `sid=${encodeURIComponent(`s:${sign('A'.repeat(43), secret)}`)}`
    await fetch(`${url}session_test`, { headers: { Cookie: cookie } })
    await command.waitFor(/reject .+\[unknown: store-lost\]/)
  })

  it('moves on when port 4000 is taken, and warns when other machines can connect', async () => {
    await takePort(4000)
    const command = run(['--host', '0.0.0.0'], { FORCE_COLOR: '1' })
    const [, port] = await command.waitFor(/localhost:(\d+)\/ /)
    expect(Number(port)).toBeGreaterThan(4000)
    await command.waitFor(/Ctrl-C/)
    await command.stop('SIGTERM')
    expect(command.notes).toContain(`Port 4000 is taken, so this is ${port}.`)
    expect(command.notes).toContain('\u001b[31mOther machines can connect.')
  })
})

describe('sessmw serve ends at once', () => {
  it('with 5 when the named port is taken', async () => {
    const port = await takePort(0)
    const { exit, stdout, stderr } = await fail(['--port', String(port)])
    expect([exit, stdout]).toEqual([5, ''])
    expect(stderr).toContain('[port-in-use]')
  })

  it('with 2 for --no-token on an address that others reach', async () => {
    const { exit, stderr } = await fail(['--port', '0', '--host', '0.0.0.0', '--no-token'])
    expect(exit).toBe(2)
    expect(stderr).toContain('0.0.0.0 would show all sessions to other machines')
  })

  it.each(['70000', '-1', 'http', '', '1e3'])('with 2 for the port %j', async (port) => {
    expect((await fail([`--port=${port}`])).exit).toBe(2)
  })

  it.each([[[]], [['serve.test.ts']]])('with 3 in production, speaking of serve: %j', async (entry) => {
    vi.stubEnv('NODE_ENV', 'production')
    const { exit, stdout } = await fail([...entry, '--port', '0', '--json'])
    expect(exit).toBe(3)
    const { error } = JSON.parse(stdout)
    expect(error).toMatchObject({ code: 'inspector-in-production', exit: 3 })
    expect(error.message).toContain('`sessmw serve`')
    expect(error.fix).toContain('NODE_ENV=development')
  })

  it.each([
    [['--seed', '0'], 'from 1 to 1000'],
    [['--seed', '1001'], 'from 1 to 1000'],
    [['--seed', 'serve.test.ts'], 'no JSON'],
    [['--clock', 'tomorrow'], '--clock takes'],
    [['--clock', '+2x'], '--clock'],
    [['--base', 'inspector/'], '--base takes a path'],
    [['--base', '/'], '--base takes a path'],
    [['--store', 'sqlite:x.db', 'serve.test.ts'], 'leave out the entry or --store'],
    [['--store', 'sqlite:x.db', '--clock', '+1h'], 'memory store'],
    [['--store', 'sqlite:x.db', '--seed', '3'], '--no-read-only'],
    [['--store', 'mysql://localhost/app'], 'no URL of a session store'],
  ])('with 2 for %j', async (args, words) => {
    const { exit, stderr } = await fail(args)
    expect([exit, stderr]).toEqual([2, expect.stringContaining(words)])
  })

  it.each([['serve.test.ts'], []])(
    'with 2 for a seed that cannot be stored, naming file and key: %j',
    async (...entry) => {
      const file = join(mkdtempSync(join(tmpdir(), 'sessmw-seed-')), 'seeds.json')
      onTestFinished(() => rmSync(dirname(file), { recursive: true, force: true }))
      writeFileSync(file, '[{"data":{"__proto__":{"admin":true}}}]')
      const { exit, stderr } = await fail([...entry, '--port', '0', '--seed', file])
      expect([exit, stderr]).toEqual([2, expect.stringContaining(`${file}, session 1: "__proto__"`)])
    },
  )

  it.each([
    [['nowhere.ts'], 'There is no file nowhere.ts'],
    [['.'], '"." is a folder, not a file.\n  Name the file that exports the app'],
    [['--seed', 'nowhere.json'], 'cannot be read'],
    [['--store', 'sqlite:nowhere.db'], 'There is no file nowhere.db'],
    [['--store', 'redis://:hunter2@127.0.0.1:1'], 'The session store failed [store-failed]'],
  ])('with 5 for %j', async (args, words) => {
    const { exit, stderr } = await fail(args)
    expect([exit, stderr]).toEqual([5, expect.stringContaining(words)])
    expect(stderr).not.toContain('hunter2')
  })

  it('with 0 after its help, which names every flag', async () => {
    const { exit, stdout } = await fail(['--help'])
    expect(exit).toBe(0)
    const flags = ['--store', '--seed', '--clock', '--read-only', '--base', '--allowed-hosts', '--open']
    for (const flag of [...flags, '--port', '--host', '--no-token', '--reveal'])
      expect(stdout).toContain(flag)
  })
})
