import type { IncomingMessage } from 'node:http'
import { SessmwError } from '../errors.js'
import type { InspectorAuth } from './access.js'
import type { VisibleSession } from './routes.js'

/** Options of `inspector()`; all may be left out. */
export interface InspectorOptions {
  /**
   * What lets a call see data: a token of at least 16 characters, expected as `Authorization: Bearer`, or a function of
   * the request. With it, other machines may connect too. Default: a new token, whose link is written to stderr.
   */
  readonly auth?: InspectorAuth | undefined
  /** Shows values that are masked otherwise, and long text whole. Default false. */
  readonly reveal?: boolean | undefined
  /** Refuses everything that writes. Default false. */
  readonly readOnly?: boolean | undefined
  /** Further names whose values are masked, at any depth; text is compared without regard to case and punctuation. */
  readonly redact?: readonly (string | RegExp)[] | undefined
  /** Whether a caller may see a session; others do not exist for this caller. Default: all are seen. */
  readonly visible?: ((session: VisibleSession, request: IncomingMessage) => boolean) | undefined
  /**
   * Values of the Host header to answer to, besides `localhost`, `127.0.0.1` and `[::1]` with the server's port. They are
   * compared as text; one without a port also stands for itself with the server's port.
   */
  readonly allowedHosts?: readonly string[] | undefined
  /** Together with `auth`: runs although `NODE_ENV` is `production`. Default false. */
  readonly allowInProduction?: boolean | undefined
}

const CHECKS: Readonly<Record<keyof InspectorOptions, (value: unknown) => boolean>> = {
  auth: () => true,
  readOnly: isFlag,
  reveal: isFlag,
  allowInProduction: isFlag,
  redact: (value) => isListOf(value, (rule) => typeof rule === 'string' || rule instanceof RegExp),
  allowedHosts: (value) => isListOf(value, (host) => typeof host === 'string'),
  visible: (value) => typeof value === 'function',
}

/**
 * Refuses options that mean nothing: a misspelt `readOnly` must not leave an inspector that writes.
 *
 * @throws SessmwError `bad-option`
 */
export function checkOptions(options: InspectorOptions): void {
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof InspectorOptions] : undefined
    if (check === undefined) {
      const known = Object.keys(CHECKS).join(', ')
      throw new SessmwError('bad-option', `inspector: there is no option "${name}". Known options: ${known}.`)
    }
    if (value !== undefined && !check(value))
      throw new SessmwError('bad-option', `inspector: the option ${name} has a value of the wrong kind.`)
  }
}

function isFlag(value: unknown): boolean {
  return typeof value === 'boolean'
}

function isListOf(value: unknown, isPart: (part: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isPart)
}
