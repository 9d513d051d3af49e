import { accessSync, constants } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { ServerProcess, startOnFreePort, type TestServer } from './server-process.js'

/** Whether Redis is installed; if not, importing this file says so in one line. */
export const hasRedis = (process.env.PATH ?? '').split(delimiter).some((folder) => {
  try {
    accessSync(join(folder, 'redis-server'), constants.X_OK)
    return true
  } catch {
    return false
  }
})
if (!hasRedis)
  process.stderr.write('Skipped: the Redis tests need redis-server (apt-get install redis-server).\n')

/**
 * A Redis of its own on a free port of 127.0.0.1, empty, its data in a temporary folder.
 *
 * What it has acknowledged survives `kill()`: every write goes to its append-only file first.
 *
 * @param settings More settings of redis.conf.
 */
export async function startRedis(settings: Record<string, string> = {}): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'sessmw-redis-'))
  const { server, port } = await startOnFreePort((port) => redisProcess(folder, port, settings))
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    start: () => server.start(),
    stop: () => server.stop(),
    kill: () => server.kill(),
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    async remove() {
      await server.kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function redisProcess(folder: string, port: number, more: Record<string, string>): ServerProcess {
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'yes',
    // Written before the answer, left to the system to flush: the process may die, the machine need not.
    appendfsync: 'no',
    ...more,
  }
  return new ServerProcess({
    command: 'redis-server',
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    ready: /Ready to accept connections/,
    stopSignal: 'SIGTERM',
  })
}
