import type { RequestListener } from 'node:http'
import { createSessions } from '../core/create-sessions.js'
import type { Sessions } from '../core/sessions.js'
import type { EnumerableStore } from '../core/store.js'
import { travelClock } from '../core/travel-clock.js'
import { inspector } from '../inspector/inspector.js'
import { MemoryStore } from '../stores/memory.js'
import { type Addresses, addressesOf } from './addresses.js'
import { type DemoData, demoApp } from './demo-app.js'
import { answerBelow, type InspectorWishes, inspectorOptions, planInspector } from './inspector-plan.js'
import { listen } from './listen.js'
import { plantSeeds, type Seed } from './seed.js'

/** Where the server listens unless it is told otherwise. */
export const DEFAULT_PORT = 4000

/** What every server of `sessmw serve` can be told. */
export interface ServerOptions extends InspectorWishes {
  /** Default: 4000, or the next port that is free. A port that is named here and taken is an error; 0 is any free one. */
  readonly port?: number | undefined
}

/** Options of `startDevServer`. */
export interface DevServerOptions extends ServerOptions {
  /** Signs the cookies: one secret, or several with the newest first. */
  readonly secretKey: string | readonly string[]
  /** A store to look at, without any app. Default: the demo app, on a new `MemoryStore`. */
  readonly store?: EnumerableStore | undefined
  /** Sessions to begin with. */
  readonly seeds?: readonly Seed[] | undefined
  /** How far the clock of the demo is ahead, in milliseconds. */
  readonly clockOffsetMs?: number | undefined
}

/** A server that runs. */
export interface DevServer extends Addresses {
  readonly port: number
  /** null when none is needed. */
  readonly token: string | null
  /** Ends all connections; the sessions of the demo end with it. */
  close(): Promise<void>
}

/**
 * Starts the demo app with the inspector, or the inspector alone on a store.
 *
 * Rejects as `planInspector` throws, with `port-in-use` or `io`, or with what the store rejects with.
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const plan = planInspector(options)
  const { host, base, token } = plan
  const sessions = sessionsFor(options)
  try {
    await plantSeeds(sessions as unknown as Sessions<Record<string, unknown>>, options.seeds ?? [])
    const inspect = inspector(sessions, inspectorOptions(plan))
    const handler = options.store === undefined ? demoApp(sessions, inspect, base) : alone(inspect, base)
    const mayMove = options.port === undefined
    const { server, port } = await listen(handler, { host, port: options.port ?? DEFAULT_PORT, mayMove })
    return {
      ...addressesOf({ host, port, base, token }),
      port,
      token,
      async close() {
        const closed = new Promise((resolve) => server.close(resolve))
        server.closeAllConnections()
        await closed
        await sessions.close()
      },
    }
  } catch (error) {
    await sessions.close()
    throw error
  }
}

function sessionsFor({ secretKey, store, clockOffsetMs = 0 }: DevServerOptions): Sessions<DemoData> {
  if (store !== undefined) return createSessions<DemoData>({ secretKey, store, secure: 'auto' })
  const clock = travelClock()
  clock.offsetMs = clockOffsetMs
  return createSessions<DemoData>({ secretKey, clock, store: new MemoryStore({ clock }), secure: 'auto' })
}

function alone(inspect: ReturnType<typeof inspector>, base: string): RequestListener {
  return (request, response) => {
    if (answerBelow(base, inspect, request, response)) return
    if (request.url === '/') response.writeHead(302, { Location: `${base}/` }).end()
    else response.writeHead(404, { 'Content-Type': 'text/plain' }).end(`The inspector is at ${base}/\n`)
  }
}
