import type { IncomingMessage } from 'node:http'
import { SessmwError } from '../errors.js'
import { hasToken, newToken } from './token.js'

/** A token that calls must carry, or a function that decides. */
export type InspectorAuth = string | ((request: IncomingMessage) => boolean | Promise<boolean>)

/** Decides whether a call may see data. */
export type Access = (request: IncomingMessage) => boolean | Promise<boolean>

const MIN_TOKEN = 16

/**
 * What lets calls in: the application's own `auth`, or a new token whose link is written once.
 *
 * @throws SessmwError `bad-option` for a token that could be guessed.
 */
export function accessBy(auth: InspectorAuth | undefined, write: (text: string) => void): Access {
  if (typeof auth === 'function') return auth
  if (auth === undefined) return newAccess(write)
  if (typeof auth !== 'string' || auth.length < MIN_TOKEN || /\s/.test(auth)) {
    const message = `inspector: auth must be a token of at least ${MIN_TOKEN} characters without spaces, or a function.`
    throw new SessmwError('bad-option', message)
  }
  return ({ headers }) => hasToken(headers.authorization, auth)
}

function newAccess(write: (text: string) => void): Access {
  const token = newToken()
  // Port and path are known to the application alone.
  const example = `http://localhost:${process.env.PORT ?? 3000}/__sessmw/#t=${token}`
  write(`sessmw inspector: open the address it is mounted at with #t=${token}, such as ${example}\n`)
  return ({ headers }) => hasToken(headers.authorization, token)
}
