import { type Logger, warnThrough } from './logger.js'
import { shared } from './shared.js'

const given = shared('warnings', () => new Set<string>())

/** Warns once per cause and process: to the logger, or as a Node process warning. */
export function warnOnce(cause: string, message: string, logger: Logger | undefined): void {
  if (given.has(cause)) return
  given.add(cause)
  if (logger !== undefined) warnThrough(logger, message)
  else process.emitWarning(message, { type: 'SessmwWarning', code: cause })
}
