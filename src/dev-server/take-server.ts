import { type IncomingMessage, Server, type ServerResponse } from 'node:http'

/** Where the app is to be reached, whatever it asks for. */
export interface Place {
  readonly host: string
  readonly port: number
}

/**
 * Makes the first HTTP server of this process listen at a place of our choice, so that an app that calls `listen` itself
 * needs no change. Further servers listen where they want to.
 *
 * @param taken Called with the server before it listens.
 */
export function takeFirstServer({ host, port }: Place, taken: (server: Server) => void): void {
  const { listen } = Server.prototype
  function listenHere(this: Server, ...parameters: unknown[]): unknown {
    Server.prototype.listen = listen
    taken(this)
    const callback = parameters.findLast((parameter) => typeof parameter === 'function')
    return Reflect.apply(listen, this, [{ host, port }, callback])
  }
  Server.prototype.listen = listenHere as typeof listen
}

/** Calls `taken` instead of telling the server that another program listens there: the app did not choose the place. */
export function onPlaceTaken(server: Server, taken: () => void): void {
  const { emit } = server
  server.emit = (name: string | symbol, ...parameters: unknown[]) => {
    const [error] = parameters
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
    if (name !== 'error' || !isTaken) return Reflect.apply(emit, server, [name, ...parameters])
    taken()
    return true
  }
}

/** Shows each request of a server to `answer` first; what it answers goes no further. */
export function answerFirst(
  server: Server,
  answer: (request: IncomingMessage, response: ServerResponse) => boolean,
): void {
  const { emit } = server
  server.emit = (name: string | symbol, ...parameters: unknown[]) => {
    const [request, response] = parameters as [IncomingMessage, ServerResponse]
    if (name === 'request' && answer(request, response)) return true
    return Reflect.apply(emit, server, [name, ...parameters])
  }
}
