// The process of an entry: runs the user's own app, with the inspector in front of it.
import { createServer, type RequestListener, Server } from 'node:http'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { EntryMessage, EntryOrder } from './entry-messages.js'
import { type App, appIn, exportsOf } from './exported-app.js'
import { onSessionsMade } from './made-sessions.js'
import type { MountedInspector } from './mounted-inspector.js'
import { answerFirst, onPlaceTaken, takeFirstServer } from './take-server.js'

process.once('message', (order: EntryOrder) => run(order))
// Nobody is left to stop this process.
process.once('disconnect', () => process.exit())
// Ctrl-C reaches all processes of a terminal; the one that started this one ends it.
process.on('SIGINT', () => undefined)

async function run(order: EntryOrder): Promise<void> {
  let mount: MountedInspector | undefined
  onSessionsMade((made) => mount?.add(made))
  // Everything else of the package is loaded behind that.
  const { MountedInspector: Mounted, ownCopyOf } = await import('./mounted-inspector.js')
  const make = ownCopyOf(order.entry) ?? (await import('../inspector/inspector.js')).inspector
  let server: Server | undefined
  const mounted = new Mounted(order, make, () => {
    if (server?.listening) tellMounted(mounted)
  })
  mount = mounted
  takeFirstServer(order, (taken) => {
    server = taken
    answerFirst(taken, (request, response) => mounted.answer(request, response))
    onPlaceTaken(taken, () => tellLast({ type: 'port-taken', port: order.port }))
    taken.once('listening', () => tellListening(mounted, order.entry))
  })
  await load(order.entry, () => server !== undefined)
}

/** What the entry throws is left to Node, which shows where. */
async function load(entry: string, isServing: () => boolean): Promise<void> {
  process.argv[1] = entry
  // The app alone decides how long its process lives.
  process.channel?.unref()
  const exported = (await import(pathToFileURL(entry).href)) as Record<string, unknown>
  const app = isServing() ? undefined : await appIn(exported)
  if (app !== undefined && !isServing()) serverOf(app).listen()
  process.once('beforeExit', () => {
    if (!isServing()) tellLast({ type: 'no-app', exports: exportsOf(exported) })
  })
}

function serverOf(app: App): Server {
  return app instanceof Server ? app : createServer(app as RequestListener)
}

async function tellListening(mount: MountedInspector, entry: string): Promise<void> {
  const mounted = (await mount.facts) ?? null
  if (mounted !== null) return tell({ type: 'listening', mounted })
  const loaded = Object.keys(createRequire(entry).cache)
  const hasExpressSession = loaded.some((path) => /[\\/]node_modules[\\/]express-session[\\/]/.test(path))
  tell({ type: 'listening', mounted, hasExpressSession })
}

async function tellMounted(mount: MountedInspector): Promise<void> {
  const mounted = await mount.facts
  if (mounted !== undefined) tell({ type: 'mounted', mounted })
}

/** After this message the process has nothing left to do. */
const tellLast = (message: EntryMessage): void => tell(message, () => process.exit(1))

function tell(message: EntryMessage, sent: () => void = () => undefined): void {
  process.send?.({ sessmw: message }, sent)
}
