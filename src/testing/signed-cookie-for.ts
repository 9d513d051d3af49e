import type { DataOf, SessionData } from '../core/session-data.js'
import type { Sessions } from '../core/sessions.js'
import { SessmwError } from '../errors.js'

/** Options of `signedCookieFor`. */
export interface SignedCookieOptions {
  /** Whose session it is, as after `login(owner)`. */
  readonly owner?: string | number | bigint
}

/**
 * Stores a session with these data, and answers with the `Cookie` header of a browser that has it: tests start logged
 * in, without a login route.
 *
 * @throws SessmwError `bad-option` where there is neither data nor owner: nothing would be stored.
 *
 * @example
 * const cookie = await signedCookieFor(middleware.sessions, { cart: ['tea'] }, { owner: 'u1' })
 * const response = await fetch(url, { headers: { cookie } })
 */
export async function signedCookieFor<Data = SessionData>(
  sessions: Sessions<Data>,
  data: DataOf<Data>,
  { owner }: SignedCookieOptions = {},
): Promise<string> {
  const session = await (await sessions.open()).load()
  if (owner !== undefined) await session.login(owner)
  Object.assign(session.data, data)
  const setCookie = await sessions.commit(session)
  if (setCookie === undefined) {
    throw new SessmwError('bad-option', 'signedCookieFor() needs some data or an owner to store.')
  }
  return setCookie.slice(0, setCookie.indexOf(';'))
}
