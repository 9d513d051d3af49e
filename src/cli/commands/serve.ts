import { randomBytes } from 'node:crypto'
import { relative } from 'node:path'
import { isLoopbackHost } from '../../dev-server/addresses.js'
import { DEFAULT_PORT, type DevServer, startDevServer } from '../../dev-server/dev-server.js'
import { EXIT } from '../exit-code.js'
import type { Io } from '../io.js'
import { openBrowser } from '../open-browser.js'
import { type Output, outputOf } from '../output.js'
import { findSecrets } from '../secret-source.js'
import { EntryStory } from '../serve-entry.js'
import { hasKeys, listenToKeys } from '../serve-keys.js'
import { type ServeOptions, type ServeSettings, settingsOf } from '../serve-options.js'
import { ServeView, type ViewInfo } from '../serve-view.js'

/** What a run works with. */
interface Run {
  readonly options: ServeOptions
  readonly settings: ServeSettings
  readonly io: Io
  readonly out: Output
}

/** Runs the app, the demo or a store with the inspector until Ctrl-C, with one line per request. */
export async function serve(options: ServeOptions, io: Io): Promise<number> {
  const run: Run = { options, settings: settingsOf(options, io), io, out: outputOf(io, options) }
  const { stopped, stop } = untilStopped(io)
  try {
    const started = await (run.settings.entry === undefined ? startOwn(run) : startApp(run))
    await runUntil(stopped, stop, started, run)
    return EXIT.ok
  } finally {
    stop()
  }
}

async function runUntil(
  stopped: Promise<void>,
  stop: () => void,
  { server, view, ready }: Started,
  run: Run,
): Promise<void> {
  const { options, io } = run
  let restore = (): void => undefined
  const begin = async (): Promise<void> => {
    printReady(server, await ready, run)
    if (options.open) await openPage(server, run)
    if (hasKeys(io) && !options.json) restore = listenToKeys(io, keysOf(view, server, run, stop))
  }
  try {
    await Promise.race([stopped, begin()])
    await stopped
  } finally {
    restore()
    view.stop()
    await server.close()
  }
}

/** A server that was started; `ready` when it can be used. */
interface Started {
  readonly server: DevServer
  readonly view: ServeView
  readonly ready: Promise<ViewInfo | undefined>
}

async function startOwn(run: Run): Promise<Started> {
  const { options, settings, io, out } = run
  const store =
    options.store === undefined ? undefined : await (await import('./sessions.js')).storeOf(options, io)
  const { seeds, clockOffsetMs } = settings
  const secretKey = await secretsOf(io, out)
  const server = await startDevServer({ ...settings.server, secretKey, store, seeds, clockOffsetMs })
  const view = new ServeView(server, out, options.json === true)
  return { server, view, ready: view.follow() }
}

async function startApp({ options, settings, io, out }: Run): Promise<Started> {
  const { startEntry } = await import('../../dev-server/entry-server.js')
  const { entry = '', seeds, clockOffsetMs } = settings
  const story = new EntryStory(relative(io.cwd, entry), out)
  const server = await startEntry({
    ...{ ...settings.server, entry, cwd: io.cwd, env: envFor(io, out), seeds, clockOffsetMs },
    // stdout is for the events.
    onOutput: (output) => output.pipe(io.stderr, { end: false }),
    onEvent: (event) => story.tell(event),
  })
  const view = new ServeView(server, out, options.json === true)
  return { server, view, ready: story.begin(view) }
}

/** The app writes to a pipe here, so that it cannot see that somebody with colours reads it. */
function envFor({ env, stderr }: Io, { paintNote }: Output): Io['env'] {
  const isColoured = stderr.isTTY === true && paintNote.red('x') !== 'x'
  return isColoured ? { FORCE_COLOR: '1', ...env } : env
}

/** Those of the app, so that its cookies are known here too; else a new one, since the sessions end with the server anyway. */
async function secretsOf(io: Io, out: Output): Promise<string | string[]> {
  const found = await findSecrets({}, { ...io, canAsk: false }, out)
  return found.length > 0 ? found.map(({ value }) => value) : randomBytes(32).toString('base64url')
}

function printReady(
  server: DevServer,
  info: ViewInfo | undefined,
  { options, settings, io, out }: Run,
): void {
  const { paint, paintNote } = out
  const { url, inspectorUrl, dumpUrl, token } = server
  const { host, port, json } = options
  if (port === undefined && server.port !== DEFAULT_PORT)
    out.warn(`Port ${DEFAULT_PORT} is taken, so this is ${server.port}.`)
  if (host !== undefined && !isLoopbackHost(host))
    out.warn(paintNote.red('Other machines can connect. Whoever has the token sees all sessions.'))
  if (json) {
    out.json({ event: 'ready', url, inspector: inspectorUrl, dump: dumpUrl, token })
    return
  }
  const mark = paint.green('▶')
  const header = token === null ? '' : `-H 'Authorization: Bearer ${token}' `
  if (options.store === undefined)
    out.answer(
      `  ${mark} app        ${url}  ${paint.dim(settings.entry === undefined ? DEMO_ROUTES : '')}`.trimEnd(),
    )
  else out.answer(`  ${mark} store      ${info?.store.name}${info?.readOnly ? ', read-only' : ''}`)
  out.answer(`  ${mark} inspector  ${paint.cyan(inspectorUrl)}`)
  out.answer(`  ${mark} dump       curl ${header}${dumpUrl}`)
  out.answer(paint.dim(`  ${hasKeys(io) ? keysText(info) : endText(info)}`))
}

const DEMO_ROUTES = '/session_test /login /cart /logout'

function endText(info: ViewInfo | undefined): string {
  return `Ctrl-C stops it${info?.store.name === 'MemoryStore' ? '; the sessions end with it' : ''}.`
}

function keysText(info: ViewInfo | undefined): string {
  const clear = info?.capabilities.destroy ? ' · c clear store' : ''
  const clock = info?.capabilities.clock ? ' · + - clock ±1 h' : ''
  return `o open${clear} · p pause${clock} · q quit`
}

/** What each key does; of two keys in a row the second waits for the first. */
function keysOf(view: ServeView, server: DevServer, run: Run, stop: () => void): (key: string) => void {
  const { out } = run
  let isAsking = false
  let turn: Promise<void> = Promise.resolve()
  const actions: Readonly<Record<string, () => void | Promise<void>>> = {
    o: () => openPage(server, run),
    p: () => view.pause(),
    '+': () => view.travel(1),
    '-': () => view.travel(-1),
    async c() {
      out.answer(`  End all ${await view.count()} sessions? y ends them, any other key does not.`)
      isAsking = true
    },
  }
  const answer = async (key: string): Promise<void> => {
    isAsking = false
    out.answer(key === 'y' ? `  ${await view.clear()} sessions ended.` : '  Nothing was ended.')
  }
  return (key) => {
    if (key === 'q' || key === '\u0003' || key === '\u0004') return stop()
    turn = turn
      .then(() => (isAsking ? answer(key) : Object.hasOwn(actions, key) ? actions[key]?.() : undefined))
      .catch((error: unknown) => view.problem(error))
  }
}

async function openPage({ inspectorUrl }: DevServer, { io, out }: Run): Promise<void> {
  if (!(await openBrowser(inspectorUrl, io))) out.note('No browser could be started: open the link above.')
}

/** Ctrl-C, a polite request to end, a terminal that was closed, or a reader of the output that went away. */
function untilStopped({ stdout }: Io): { stopped: Promise<void>; stop: () => void } {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const { promise: stopped, resolve } = withResolvers()
  const stop = (): void => {
    for (const signal of signals) process.removeListener(signal, stop)
    stdout.removeListener('error', stop)
    resolve()
  }
  for (const signal of signals) process.on(signal, stop)
  stdout.on('error', stop)
  return { stopped, stop }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
