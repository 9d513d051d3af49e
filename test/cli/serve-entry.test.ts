import { afterEach, describe, expect, it, vi } from 'vitest'
import { countingApp, UserProject } from '../dev-server/user-project.js'
import { CommandProcess, startServe } from './serve-process.js'

const running: CommandProcess[] = []
afterEach(() => Promise.all(running.splice(0).map((command) => command.stop('SIGKILL'))))

const get = async (url: string): Promise<unknown> => (await fetch(url)).json()

describe('sessmw serve with an app', () => {
  it('starts it anew at a change, says what that costs, and waits while the app cannot run', async () => {
    const project = new UserProject({ 'app.mjs': countingApp('one') })
    const command = new CommandProcess(['serve', 'app.mjs', '--port', '0'], {}, project.root)
    running.push(command)
    const [, url = ''] = await command.waitFor(/app +(\S+)/)
    expect(await get(url)).toEqual({ app: 'one', visits: 1 })
    project.write('app.mjs', 'this is no JavaScript')
    await command.waitForNote(/app\.mjs ended \(1\)\. It starts anew when a file changes\./)
    await expect(fetch(url)).rejects.toThrow('fetch failed')
    project.write('app.mjs', 'export const port = 3000')
    const names =
      /app\.mjs starts no server, and exports no app: port is a number\. Write `export default app`/
    await command.waitForNote(names)
    project.write('app.mjs', countingApp('two'))
    await command.waitFor(/↻ app\.mjs changed\n.*reloaded; the sessions in memory have ended\n/)
    expect(await get(url)).toEqual({ app: 'two', visits: 1 })
    await command.waitFor(/reloaded[\s\S]* new +\S{8} GET \//)
    expect(await command.stop('SIGTERM')).toBe(0)
    await expect(fetch(url)).rejects.toThrow('fetch failed')
  }, 60_000)

  it('tells programs of its requests, shows its token and its secrets to nobody, and takes the app along when it is killed', async () => {
    const secret = 'CANARYsecret-0123456789-abcdefghijklmnop'
    const show = "app.get('/all', (_, res) => res.json([process.env, process.argv, process.execArgv]))"
    const project = new UserProject({ 'app.mjs': countingApp('one', `${show}; export default app`) })
    const env = { SESSION_SECRET: secret }
    const { process: command, ready } = await startServe(['app.mjs', '--port', '0'], env, project.root)
    running.push(command)
    const all = await (await fetch(`${ready.url}all`)).text()
    expect(all).toContain(secret)
    expect(all).not.toContain(ready.token)
    const [cookie = ''] = (await fetch(ready.url)).headers.getSetCookie()
    const pair = cookie.split(';')[0] ?? ''
    await fetch(ready.url, { headers: { Cookie: pair } })
    await command.waitFor(/"event":"changed".*"names":\["visits"\]/)
    await fetch(`${ready.url}?key=CANARYquery`, { headers: { Cookie: `${pair}x` } })
    const [line] = await command.waitFor(/.*"event":"request".*"status":"rejected".*\n/)
    expect(JSON.parse(line)).toMatchObject({ path: '/', problem: { part: 'load' } })
    await command.stop('SIGKILL')
    await vi.waitFor(() => expect(fetch(ready.url)).rejects.toThrow('fetch failed'), 10_000)
    const said = command.text + command.notes
    expect(said.split(ready.token ?? '').length - 1).toBe(2)
    expect(said.indexOf('\n')).toBeGreaterThan(said.lastIndexOf(ready.token ?? ''))
    expect(said).not.toMatch(/CANARY/)
    expect(said).not.toContain(pair.slice('sid='.length))
  }, 60_000)
})
