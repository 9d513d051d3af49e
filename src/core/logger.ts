/** Where sessmw writes; pino and console fit. Session ids appear only as the first characters of their handle. */
export interface Logger {
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
}

/** A logger that throws must not break a request; its error becomes a process warning. */
function guarded(write: () => void): void {
  try {
    write()
  } catch (error) {
    process.emitWarning(`The logger given to sessmw threw: ${String(error)}`, { type: 'SessmwWarning' })
  }
}

export const debugThrough = (logger: Logger, message: string): void => guarded(() => logger.debug(message))
export const infoThrough = (logger: Logger, message: string): void => guarded(() => logger.info(message))
export const warnThrough = (logger: Logger, message: string): void => guarded(() => logger.warn(message))
