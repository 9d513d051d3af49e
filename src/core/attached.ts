import { SessmwError } from '../errors.js'
import type { ActiveSession } from './active-session.js'
import { Session } from './session.js'
import type { SessionData } from './session-data.js'

/** The request's session; registered, so that the ESM and CommonJS builds find each other's. */
const ATTACHED = Symbol.for('sessmw.session')

type Holder = Record<string | symbol, unknown>

const faces = new WeakMap<ActiveSession, Session>()

/** The one `Session` of an active session. */
export function faceOf<Data>(active: ActiveSession): Session<Data> {
  let face = faces.get(active)
  if (face === undefined) {
    face = new Session(active)
    faces.set(active, face)
  }
  return face as unknown as Session<Data>
}

/** The sessions on a request, in the order in which their middlewares ran. */
export function attachedTo(request: object): ActiveSession[] {
  const first = (request as Holder)[ATTACHED] as ActiveSession | undefined
  return first === undefined ? [] : [first, ...(first.others ?? [])]
}

/** Puts a session on its request. Under a symbol, no JSON has it, and loggers that show symbols print its verdict. */
export function attach(request: object, active: ActiveSession): void {
  const first = (request as Holder)[ATTACHED] as ActiveSession | undefined
  if (first === undefined) (request as Holder)[ATTACHED] = active
  else first.others = [...(first.others ?? []), active]
}

/**
 * The session of a request; of several, that of the middleware that ran first.
 *
 * @throws SessmwError `session-missing`
 */
export function sessionOf<Data = SessionData>(request: object): Session<Data> {
  const [active] = attachedTo(request)
  if (active === undefined) throw missing()
  return faceOf<Data>(active)
}

/** The error for a request that has no session. */
export function missing(): SessmwError {
  return new SessmwError('session-missing', 'This request has no session: session() did not run for it.')
}
