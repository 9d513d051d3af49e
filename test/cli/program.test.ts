import { PassThrough, Readable, Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { exitCodeOf } from '../../src/cli/exit-code.js'
import { runCli } from '../../src/cli/run-cli.js'
import { SessmwError } from '../../src/errors.js'
import { run } from './run-in-process.js'

const COMMANDS = ['init', 'sign', 'verify', 'secret', 'serve']

describe('--help', () => {
  it.each([[], ...COMMANDS.map((command) => [command])])(
    'begins with three examples: %s',
    async (...path) => {
      const { exit, stdout, stderr } = await run([...path, '--help'])
      expect([exit, stderr]).toEqual([0, ''])
      const [first, ...lines] = stdout.split('\n')
      expect(first).toBe('Examples:')
      expect(lines.slice(0, 4).map((line) => line.startsWith('  $ '))).toEqual([true, true, true, false])
    },
  )

  it('wins over flags that are wrong or missing', async () => {
    expect((await run(['sign', '--bogus', '--help'])).exit).toBe(0)
  })

  it('comes on stderr, with exit 2, when there is no command', async () => {
    const { exit, stdout, stderr } = await run([])
    expect([exit, stdout]).toEqual([2, ''])
    expect(stderr).toContain('Usage: sessmw')
  })
})

describe('the program', () => {
  it('suggests the nearest command for a typo and does not run it', async () => {
    const { exit, stdout, stderr } = await run(['verfy', 'abc'])
    expect([exit, stdout]).toEqual([2, ''])
    expect(stderr).toContain('Did you mean verify?')
  })

  it('prints its version', async () => {
    const { exit, stdout } = await run(['--version'])
    expect(exit).toBe(0)
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it.each([
    [['sign', 'a', '--bogus'], 2, 'usage'],
    [['sign', '--as', 'poem', 'a'], 2, 'usage'],
    [['sign', 'a', 'b'], 2, 'usage'],
    [['nothing'], 2, 'usage'],
    [['sign', 'a'], 2, 'no-secret'],
    [['sign', 'a', '--secret-file', 'absent'], 5, 'io'],
    [['init'], 3, 'no-project'],
  ])('answers %j --json with exit %i and code %s', async (args, exit, code) => {
    const result = await run([...args, '--json'], { cwd: import.meta.dirname })
    expect(result.exit).toBe(exit)
    const { schema, error } = JSON.parse(result.stdout)
    expect([schema, error.code, error.exit]).toEqual(['sessmw/error@1', code, exit])
    expect(error.message.length * error.fix.length).toBeGreaterThan(0)
    expect(result.stderr).toContain(error.fix)
  })

  it('colours a terminal, and obeys NO_COLOR, FORCE_COLOR and --no-color', async () => {
    const escapes = async (args: string[], env: Record<string, string>, tty: boolean) =>
      (await run(['sign', ...args], { env, tty })).stderr.includes('\u001b[')
    expect(await escapes([], {}, true)).toBe(true)
    expect(await escapes([], {}, false)).toBe(false)
    expect(await escapes([], { NO_COLOR: '1' }, true)).toBe(false)
    expect(await escapes([], { TERM: 'dumb' }, true)).toBe(false)
    expect(await escapes([], { NO_COLOR: '1', FORCE_COLOR: '1' }, false)).toBe(true)
    expect(await escapes(['--no-color'], { FORCE_COLOR: '1' }, true)).toBe(false)
  })

  it('exits with 5 when the answer cannot be written, as on a full disk', async () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    const stdout = new Writable({ write: (_chunk, _encoding, done) => setImmediate(done, full) })
    const stderr = new PassThrough()
    const io = { stdin: Readable.from([]), stdout, stderr, env: { SESSION_SECRET: 'x' }, cwd: '/' }
    expect(await runCli(['sign', 'abc'], io)).toBe(5)
    expect(String(stderr.read())).toContain('ENOSPC')
  })

  it('refuses a --cwd that is no folder', async () => {
    const { exit, stderr } = await run(['sign', 'x', '--cwd', '/nonexistent'], {
      env: { SESSION_SECRET: 'x' },
    })
    expect(exit).toBe(2)
    expect(stderr).toContain('there is no folder /nonexistent')
  })

  it('survives a reader that went away', async () => {
    const stdout = new PassThrough()
    const stderr = new PassThrough()
    stdout.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    const io = { stdin: Readable.from([]), stdout, stderr, env: { SESSION_SECRET: 'x' }, cwd: '/' }
    expect(await runCli(['sign', 'abc'], io)).toBe(0)
    expect(stderr.read()).toBe(null)
  })

  it('does not call a cookie valid because nobody read the answer', async () => {
    const stdout = new PassThrough()
    stdout.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    const io = { stdin: Readable.from([]), stdout, stderr: new PassThrough(), env: {}, cwd: '/' }
    expect(await runCli(['verify', 'forged', '--secret', 'x'], io)).toBe(1)
    expect(await runCli(['verify'], io)).toBe(2)
  })

  it('keeps its exit code when stderr cannot be written', async () => {
    const stderr = new PassThrough()
    stderr.destroy(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }))
    const io = { stdin: Readable.from([]), stdout: new PassThrough(), stderr, env: {}, cwd: '/' }
    expect(await runCli(['bogus'], io)).toBe(2)
  })
})

describe('exitCodeOf', () => {
  it('calls what no command expects a bug', () => {
    expect([exitCodeOf(new TypeError('x')), exitCodeOf(new SessmwError('session-gone', 'x'))]).toEqual([
      70, 70,
    ])
  })
})
