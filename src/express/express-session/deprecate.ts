import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const NAMESPACE = 'express-session'
const given = new Set<string>()

/** Whether a list such as that of `NO_DEPRECATION` names this module. */
function isNamed(list: string | undefined): boolean {
  return (list ?? '').split(/[ ,]+/).some((name) => name === '*' || name.toLowerCase() === NAMESPACE)
}

/** What listeners of `deprecation` get, as from the `depd` package. */
function toError(message: string, stack: string): Error {
  const error = new Error(message)
  error.name = 'DeprecationError'
  error.stack = `DeprecationError: ${NAMESPACE} deprecated ${message}\n${stack}`
  return Object.assign(error, { namespace: NAMESPACE })
}

/**
 * Warns that something should not be used any more, once for each place that uses it: as the process event
 * `deprecation` if somebody listens, else on stderr. `NO_DEPRECATION=express-session` and `--no-deprecation` silence it.
 *
 * @param depth How many calls away the app is: 1 when it has called the function that warns.
 */
export function deprecate(message: string, depth = 1): void {
  const listening = process.listenerCount('deprecation') > 0
  const silent = process.noDeprecation === true || isNamed(process.env.NO_DEPRECATION)
  if (silent && !listening) return
  const frames = callers().slice(depth)
  const place = placeOf(frames[0])
  if (given.has(`${message} ${place}`)) return
  given.add(`${message} ${place}`)
  if (listening) {
    process.emit('deprecation' as never, toError(message, frames.join('\n')) as never)
    return
  }
  const traced = process.traceDeprecation === true || isNamed(process.env.TRACE_DEPRECATION)
  const where = traced ? `\n${frames.join('\n')}` : place === undefined ? '' : ` at ${place}`
  process.stderr.write(`${new Date().toUTCString()} ${NAMESPACE} deprecated ${message}${where}\n`)
}

/** File, line and column of a stack frame. */
function placeOf(frame = ''): string | undefined {
  const [, file, position] = /\(?([^\s()]+)(:\d+:\d+)\)?$/.exec(frame) ?? []
  if (file === undefined) return undefined
  const path = file.startsWith('file:') ? fileURLToPath(file) : file
  return `${relative(process.cwd(), path)}${position}`
}

function callers(): string[] {
  const holder: { stack?: string } = {}
  Error.captureStackTrace(holder, deprecate)
  return (holder.stack ?? '').split('\n').slice(1)
}
