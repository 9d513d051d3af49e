import type { ChalkInstance } from 'chalk'
import type { Io } from './io.js'

/** Options that every command has. */
export interface OutputOptions {
  readonly json?: boolean
  readonly quiet?: boolean
  /** False with `--no-color`. */
  readonly color?: boolean
}

/** Where a command speaks: answers on stdout, everything else on stderr. */
export interface Output {
  /** Colours for stdout. */
  readonly paint: ChalkInstance
  /** Colours for stderr. */
  readonly paintNote: ChalkInstance
  /** A line of the answer. */
  answer(text: string): void
  /** The whole answer as one line of JSON. */
  json(value: object): void
  /** A line about the answer; none with `--quiet`. */
  note(text: string): void
  /** A line that `--quiet` keeps. */
  warn(text: string): void
}

/** Paints nothing, so that chalk need not be loaded where there are no colours: it takes a tenth of the start. */
const plain: ChalkInstance = new Proxy(String, { get: () => plain }) as unknown as ChalkInstance
let colors = plain

/** To be called before `outputOf`: loads chalk if stdout or stderr gets colours. */
export async function loadColors(io: Io, options: OutputOptions): Promise<void> {
  if (colors !== plain || ![io.stdout, io.stderr].some((stream) => hasColor(stream, io, options))) return
  const { Chalk } = await import('chalk')
  colors = new Chalk({ level: 1 })
}

/** The output of one run of a command. */
export function outputOf(io: Io, options: OutputOptions): Output {
  const paintNote = hasColor(io.stderr, io, options) ? colors : plain
  const warn = (text: string) => void io.stderr.write(`${text}\n`)
  return {
    paint: hasColor(io.stdout, io, options) ? colors : plain,
    paintNote,
    answer: (text) => void io.stdout.write(`${text}\n`),
    json: (value) => void io.stdout.write(`${jsonText(value)}\n`),
    note: (text) => (options.quiet ? undefined : warn(text)),
    warn: (text) => warn(`${paintNote.yellow('warning')} ${text}`),
  }
}

/**
 * JSON for a terminal: `JSON.stringify` escapes no control characters from U+007F on and no marks that turn the direction
 * of text (CWE-150, CVE-2021-42574). It stays JSON of the same value.
 */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(/[^\P{Cc}\n]|[\p{Cf}\u2028\u2029]/gu, (char) =>
    char.replace(/./gs, escapeUnit),
  )
}

const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

/** Whether a stream gets colours: `--no-color`, then `FORCE_COLOR`, then `NO_COLOR` (no-color.org), then whether it is a terminal. */
function hasColor(stream: { readonly isTTY?: boolean }, { env }: Io, options: OutputOptions): boolean {
  if (options.color === false) return false
  const { FORCE_COLOR: forced, NO_COLOR: refused, TERM } = env
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false'
  if (refused !== undefined && refused !== '') return false
  return stream.isTTY === true && TERM !== 'dumb'
}
