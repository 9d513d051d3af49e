import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Whoever calls at once: connections of the load, each with a session of its own. */
export const CONNECTIONS = 32

/** A server under load, and the cookies of the sessions in it. */
export interface BenchServer {
  readonly subject: string
  readonly url: string
  readonly cookies: readonly string[]
  /** Microseconds that the process has had of the processors. */
  processorTime(): Promise<number>
  /** Ends the process. */
  stop(): Promise<void>
}

/** Starts one and checks that it does what its routes say. */
export async function startServer(subject: string, storeUrl = 'memory:'): Promise<BenchServer> {
  // Load that ends in the middle of a request gives warnings.
  const execArgv = ['--import', 'tsx', '--no-warnings']
  const path = fileURLToPath(new URL('./server.ts', import.meta.url))
  const child = fork(path, [subject, storeUrl], { execArgv })
  const url = `http://127.0.0.1:${await portOf(child)}`
  const server: BenchServer = {
    subject,
    url,
    cookies: await seed(url, 'seed'),
    async processorTime() {
      child.send('processor time')
      return Number((await once(child, 'message'))[0])
    },
    async stop() {
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
  if (subject !== 'bare') await check(server)
  return server
}

/** The same server with other sessions. */
export async function seeded(server: BenchServer, path: string): Promise<BenchServer> {
  return { ...server, cookies: await seed(server.url, path) }
}

async function portOf(child: ChildProcess): Promise<number> {
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('The server ended.')))
  const [port] = await Promise.race([once(child, 'message'), ended])
  return Number(port)
}

async function seed(url: string, path: string): Promise<string[]> {
  const cookies: string[] = []
  for (let n = 0; n < CONNECTIONS; n++) {
    const response = await fetch(`${url}/${path}`)
    await response.text()
    cookies.push(response.headers.getSetCookie()[0]?.split(';')[0] ?? '')
  }
  return cookies
}

/** The text of an answer. Rejects unless it is one of success. */
export async function ask({ url, cookies }: BenchServer, path: string, index = 0): Promise<string> {
  const response = await fetch(`${url}/${path}`, { headers: { cookie: cookies[index] ?? '' } })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
  return text
}

async function check(server: BenchServer): Promise<void> {
  const before = Number(await ask(server, 'counter'))
  for (const path of ['read', 'untouched', 'write']) await ask(server, path)
  const after = Number(await ask(server, 'counter'))
  if (after !== before + 1) throw new Error(`${server.subject}: a write was not kept`)
}
