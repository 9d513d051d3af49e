import { execFileSync, type SpawnOptions } from 'node:child_process'
import { chownSync, existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ServerProcess, startOnFreePort, type TestServer } from './server-process.js'

const DEBIAN_FOLDER = '/usr/lib/postgresql'

/** Where the newest server is installed, as Debian does it. */
const programs = (existsSync(DEBIAN_FOLDER) ? readdirSync(DEBIAN_FOLDER) : [])
  .sort((one, other) => Number(other) - Number(one))
  .map((version) => join(DEBIAN_FOLDER, version, 'bin'))
  .find((folder) => existsSync(join(folder, 'initdb')))

/** Whether PostgreSQL is installed; if not, importing this file says so in one line. */
export const hasPostgres = programs !== undefined
if (!hasPostgres)
  process.stderr.write('Skipped: the PostgreSQL tests need its server (apt-get install postgresql).\n')

/**
 * A PostgreSQL of its own on a free port of 127.0.0.1, empty, its data in a temporary folder.
 *
 * What it has acknowledged survives `kill()`: only flushing to the disk is left to the system.
 */
export async function startPostgres(): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'sessmw-postgres-'))
  const options: SpawnOptions = { cwd: folder, ...serverUser() }
  if (options.uid !== undefined) chownSync(folder, options.uid, Number(options.gid))
  const data = join(folder, 'data')
  const setup = [
    '--pgdata',
    data,
    '--username',
    'postgres',
    '--auth',
    'trust',
    '--encoding',
    'UTF8',
    '--no-sync',
  ]
  execFileSync(program('initdb'), setup, { ...options, stdio: 'pipe' })
  const { server, port } = await startOnFreePort((port) => postgresProcess(folder, data, port, options))
  return {
    port,
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
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

function postgresProcess(folder: string, data: string, port: number, options: SpawnOptions): ServerProcess {
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    fsync: 'off',
    max_connections: 50,
  }
  return new ServerProcess({
    command: program('postgres'),
    args: ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    options,
    ready: /database system is ready to accept connections/,
    // Fast shutdown: clients are disconnected rather than waited for.
    stopSignal: 'SIGINT',
  })
}

function program(name: string): string {
  if (programs === undefined) throw new Error('PostgreSQL is not installed (apt-get install postgresql).')
  return join(programs, name)
}

/** PostgreSQL refuses to run as root; then it runs as the user that its package made. */
function serverUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const idOf = (kind: string): number => Number(execFileSync('id', [kind, 'postgres'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}
