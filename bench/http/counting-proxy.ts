import { type AddressInfo, connect, createServer } from 'node:net'

/** Between a client and its database: counts what goes through. */
export interface CountingProxy {
  readonly port: number
  /** Commands that the client has sent. */
  commands: number
  /** Bytes from the client, and from the database. */
  sent: number
  received: number
  close(): void
}

/** How many commands one more piece of a connection begins. Made anew for each connection. */
type Counter = () => (part: Buffer) => number

/** Starts a proxy on a free port of 127.0.0.1. */
export async function startProxy(database: number, counter: Counter): Promise<CountingProxy> {
  const server = createServer((client) => {
    const upstream = connect(database, '127.0.0.1')
    const count = counter()
    client.on('data', (part) => {
      proxy.commands += count(part)
      proxy.sent += part.length
      upstream.write(part)
    })
    upstream.on('data', (part) => {
      proxy.received += part.length
      client.write(part)
    })
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on('error', () => other.destroy())
      socket.on('close', () => other.destroy())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const proxy: CountingProxy = { port, commands: 0, sent: 0, received: 0, close: () => server.close() }
  return proxy
}

/** Redis: each command is an array that begins with its name. A script counts once, whatever it does. */
export const redisCommands: Counter = () => (part) =>
  [...part.toString('latin1').matchAll(/\*\d+\r\n\$\d+\r\n[A-Za-z]+\r\n/g)].length

/** PostgreSQL: each `Query` or `Execute` message is a statement. The first message of a connection has no type. */
export const postgresStatements: Counter = () => {
  let rest: Buffer = Buffer.alloc(0)
  let typeBytes = 0
  return (part) => {
    rest = Buffer.concat([rest, part])
    let statements = 0
    while (rest.length >= typeBytes + 4) {
      const length = typeBytes + rest.readUInt32BE(typeBytes)
      if (rest.length < length) break
      if (typeBytes === 1 && 'QE'.includes(rest.toString('latin1', 0, 1))) statements++
      rest = rest.subarray(length)
      typeBytes = 1
    }
    return statements
  }
}
