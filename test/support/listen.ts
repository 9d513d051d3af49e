import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

const running = new Set<Server>()

/** Starts a server on the loopback address; answers with its port. */
export function listen(handler: RequestListener): Promise<number> {
  const server = createServer(handler)
  running.add(server)
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

/** For `afterEach`. */
export async function closeAll(): Promise<void> {
  for (const server of running) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  running.clear()
}
