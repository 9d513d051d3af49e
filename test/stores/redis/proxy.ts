import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** Between a client and its server: counts what the client sends, and can be silent. */
export interface Proxy {
  readonly url: string
  /** The names of the commands since `reset`, without those of connecting. */
  readonly commands: string[]
  /** What they took in bytes. */
  bytes: number
  reset(): void
  /** From now on nothing comes through, or no answers, as in a network that loses packets. */
  silence(what?: 'all' | 'answers'): void
  /** Ends all connections. */
  cut(): void
  /** Connections from now on come through again; those before stay silent. */
  restore(): void
}

const GREETINGS = ['HELLO', 'CLIENT', 'INFO', 'SELECT', 'COMMAND']

/** Starts a proxy to a Redis server; it ends with the test. */
export async function startProxy(port: number): Promise<Proxy> {
  const sockets = new Set<Socket>()
  let silent: 'all' | 'answers' | undefined
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    let lost = silent
    const loses = () => {
      lost ??= silent
      return lost
    }
    client.on('data', (part) => {
      note(part)
      if (loses() !== 'all') upstream.write(part)
    })
    upstream.on('data', (part) => loses() === undefined && client.write(part))
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => other.destroy())
    }
  })
  const proxy: Proxy = {
    url: '',
    commands: [],
    bytes: 0,
    reset: () => {
      proxy.commands.length = 0
      proxy.bytes = 0
    },
    silence: (what = 'all') => {
      silent = what
    },
    cut: () => {
      for (const socket of sockets) socket.destroy()
    },
    restore: () => {
      silent = undefined
    },
  }
  function note(part: Buffer): void {
    const text = part.toString('latin1')
    const names = [...text.matchAll(/\*\d+\r\n\$\d+\r\n([A-Za-z]+)\r\n/g)].map(([, name = '']) =>
      name.toUpperCase(),
    )
    const sent = names.filter((name) => !GREETINGS.includes(name))
    proxy.commands.push(...sent)
    if (sent.length > 0) proxy.bytes += part.length
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return Object.assign(proxy, { url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}` })
}
