import type { Cookie } from './cookie.js'
import type { Callback, SessionRequest, StoreLike } from './types.js'

/** The request of a session, or what `store.load` makes for one that has none. */
export type SessionOwner = Pick<SessionRequest, 'session'> & { sessionID: string; sessionStore: StoreLike }

/**
 * `req.session`: the data of one session as its own properties, and its cookie.
 *
 * Whatever is put on it is stored with it, as JSON. Data whose name is one of its methods is not loaded.
 */
export class Session {
  declare readonly req: SessionOwner
  /** The session id. */
  declare readonly id: string
  declare cookie: Cookie

  constructor(req: SessionOwner, data?: object | null) {
    Object.defineProperty(this, 'req', { value: req })
    Object.defineProperty(this, 'id', { value: req.sessionID })
    if (typeof data !== 'object' || data === null) return
    const target = this as unknown as Record<string, unknown>
    for (const key in data) {
      if (!(key in this)) target[key] = (data as Record<string, unknown>)[key]
    }
  }

  /** Starts the duration of the cookie anew. The middleware does this at the end of each request. */
  touch(): this {
    return this.resetMaxAge()
  }

  /** Sets what remains of the cookie's duration to the whole of it. */
  resetMaxAge(): this {
    this.cookie.maxAge = this.cookie.originalMaxAge
    return this
  }

  /** Stores the session now, with all its data. */
  save(callback?: Callback): this {
    this.req.sessionStore.set(this.id, this, callback || (() => undefined))
    return this
  }

  /** Loads the data again; `req.session` is then another object. The cookie's duration stays as it was stored. */
  reload(callback: Callback): this {
    const { req } = this
    const store = req.sessionStore
    store.get(this.id, (error, row) => {
      if (error) callback(error)
      else if (row) {
        store.createSession(req as SessionRequest, row)
        callback()
      } else callback(new Error('failed to load session'))
    })
    return this
  }

  /** Ends the session: `req.session` is gone at once, and the callback comes when the store has removed it. */
  destroy(callback?: Callback): this {
    Reflect.deleteProperty(this.req, 'session')
    this.req.sessionStore.destroy(this.id, callback)
    return this
  }

  /** Ends the session and begins an empty one under a new id, which `req.session` is when the callback comes. */
  regenerate(callback: Callback): this {
    this.req.sessionStore.regenerate(this.req as SessionRequest, callback)
    return this
  }
}
