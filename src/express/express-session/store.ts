import { EventEmitter } from 'node:events'
import { Cookie } from './cookie.js'
import { Session, type SessionOwner } from './session.js'
import type { Callback, GetCallback, SessionRequest, SessionRow } from './types.js'

/**
 * A class that can also be called without `new`, as `Class.call(this)`: stores written before there were classes
 * inherit that way.
 */
export function callable<Class extends abstract new () => object>(
  base: Class,
  initialize: (self: object) => void,
): Class {
  return new Proxy(base, { apply: (_base, self: object) => initialize(self) })
}

/** What a store inherits from `Store`; how sessions are kept is up to each. */
abstract class BaseStore extends EventEmitter {
  abstract get(sid: string, callback: GetCallback): void
  abstract set(sid: string, session: object, callback?: Callback): void
  abstract destroy(sid: string, callback?: Callback): void

  /** Put there by the middleware: a new empty session for a request. */
  declare generate: (request: SessionRequest) => void

  /** Removes the session of a request and gives it a new one. */
  regenerate(request: SessionRequest, callback: Callback): void {
    this.destroy(request.sessionID as string, (error) => {
      this.generate(request)
      callback(error)
    })
  }

  /** Gives the session of an id outside of any request, as for a WebSocket. */
  load(sid: string, callback: (error?: unknown, session?: Session) => void): void {
    this.get(sid, (error, row) => {
      if (error) callback(error)
      else if (!row) callback()
      else callback(null, this.createSession({ sessionID: sid, sessionStore: this }, row))
    })
  }

  /** Makes `req.session` of what was stored. */
  createSession(request: SessionOwner | SessionRequest, row: SessionRow): Session {
    const expires = row.cookie.expires
    const originalMaxAge = row.cookie.originalMaxAge
    const cookie = new Cookie(row.cookie)
    if (typeof expires === 'string') cookie.expires = new Date(expires)
    // Setting the expiry has made what remains of the duration the whole of it.
    cookie.originalMaxAge = originalMaxAge
    const session = new Session(request as SessionOwner, Object.assign(row, { cookie }))
    Object.assign(request, { session })
    return session
  }
}

/** The base of every store: an EventEmitter that knows how sessions are made from what is stored. */
export const Store = callable(BaseStore, (self) => EventEmitter.call(self as EventEmitter))
/** A store of sessions. */
export type Store = BaseStore
