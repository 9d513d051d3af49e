import { SessmwError } from '../errors.js'

/** What one line of `DEBUG=express-session` says. */
export interface LogLine {
  /** Counts from 1. */
  readonly line: number
  /** Without the id or the cookie behind it. */
  readonly message: string
  /** The session id that it names: a credential. */
  readonly id: string | undefined
}

const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, 'g')
const LINE = /(?:^|\s)express-session (.*?)(?:\s\+\d+(?:ms|s|m|h|d))?\s*$/
/** The messages of express-session that have an id behind them; `set-cookie` has a whole cookie. */
const WITH_ID = /^(fetching|saving|reloading|set-cookie) (\S+)/

/**
 * The lines that express-session wrote into a log of `DEBUG=express-session`, with or without colours.
 *
 * @throws SessmwError `usage` for a log without any
 */
export function readLog(text: string): LogLine[] {
  const lines = text.split(/\r?\n/).flatMap((raw, index) => {
    const found = LINE.exec(raw.replace(COLOURS, ''))
    if (!found) return []
    const [, message = '', id] = WITH_ID.exec(found[1] ?? '') ?? [undefined, found[1]]
    return [{ line: index + 1, message, id: message === 'set-cookie' ? undefined : id }]
  })
  if (lines.length > 0) return lines
  throw new SessmwError(
    'usage',
    'The log has no line of express-session: start the app with DEBUG=express-session, and take its stderr.',
  )
}
