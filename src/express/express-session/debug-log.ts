const NAMESPACE = 'express-session'

/** Whether one comma-separated pattern list, as the `debug` package reads it from `DEBUG`, names this module. */
function isNamed(list: string): boolean {
  const patterns = list.split(/[\s,]+/).filter((pattern) => pattern !== '')
  const matches = (pattern: string): boolean =>
    pattern === NAMESPACE || (pattern.endsWith('*') && NAMESPACE.startsWith(pattern.slice(0, -1)))
  if (patterns.some((pattern) => pattern.startsWith('-') && matches(pattern.slice(1)))) return false
  return patterns.some(matches)
}

const enabled = isNamed(process.env.DEBUG ?? '')

/** Writes a line to stderr when `DEBUG=express-session` is set. No line holds a session id, a cookie value or a secret. */
export function debug(message: string): void {
  if (enabled) process.stderr.write(`${new Date().toUTCString()} ${NAMESPACE} ${message}\n`)
}
