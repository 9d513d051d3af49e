import { inspect } from 'node:util'
import { reload, save, touch } from './actions.js'
import type { ActiveSession } from './active-session.js'
import type { SessionBag } from './bag.js'
import { destroy, type KeepOptions, regenerate } from './identity.js'
import { type Callback, withCallback } from './operations.js'
import { SessionCookie } from './session-cookie.js'
import type { SessionData } from './session-data.js'

/** Under this the bag answers with its session; registered, so that the ESM and CommonJS builds find each other's. */
export const SESSION_OF_BAG: unique symbol = Symbol.for('sessmw.session-of-bag')

/** What `req.session` has besides the data. Promises also take a node callback. */
export interface SessionMembers<Data = SessionData> {
  /** The bag itself: the data as properties. */
  getSession(): SessionBag<Data>
  /** The session id. It is a credential: show `handle` instead. */
  getSessionId(): string
  /** Empties the data; the session, its id and its owner stay. */
  clearSession(): void
  /** The same as `save`. */
  saveSession(callback?: Callback): Promise<void>
  /** The session id. It is a credential: show `handle` instead. */
  readonly id: string
  readonly cookie: SessionCookie
  /** Writes what changed now, rather than when the response begins. */
  save(callback?: Callback): Promise<void>
  /** Reads the session again; unsaved changes are dropped. */
  reload(callback?: Callback): Promise<void>
  /** Records activity now, whatever `touchEvery` says. */
  touch(callback?: Callback): Promise<void>
  /** Ends the session and clears its cookie. */
  destroy(callback?: Callback): Promise<void>
  /** Goes on under a new id, with only the data that `keep` names. */
  regenerate(callback?: Callback): Promise<void>
  regenerate(options: KeepOptions, callback?: Callback): Promise<void>
  /** The same as `touch`: the full idle timeout from now on. */
  resetMaxAge(callback?: Callback): Promise<void>
}

interface Bag {
  readonly [SESSION_OF_BAG]: ActiveSession
}

/** Before a lazy session is loaded, an id would be a new one. */
function idOf(bag: Bag): string {
  const active = bag[SESSION_OF_BAG]
  active.assertLoaded()
  return active.id
}

const members = {
  getSession(this: Bag) {
    return this[SESSION_OF_BAG].bag
  },
  getSessionId(this: Bag) {
    return idOf(this)
  },
  clearSession(this: Bag) {
    const active = this[SESSION_OF_BAG]
    active.assertWritable()
    for (const name of active.fields.names()) active.fields.remove(name)
  },
  saveSession(this: Bag, callback?: Callback) {
    return withCallback(save(this[SESSION_OF_BAG]), callback)
  },
  get id() {
    return idOf(this as unknown as Bag)
  },
  get cookie() {
    return new SessionCookie((this as unknown as Bag)[SESSION_OF_BAG])
  },
  save(this: Bag, callback?: Callback) {
    return withCallback(save(this[SESSION_OF_BAG]), callback)
  },
  reload(this: Bag, callback?: Callback) {
    return withCallback(reload(this[SESSION_OF_BAG]), callback)
  },
  touch(this: Bag, callback?: Callback) {
    return withCallback(touch(this[SESSION_OF_BAG]), callback)
  },
  destroy(this: Bag, callback?: Callback) {
    return withCallback(destroy(this[SESSION_OF_BAG]), callback)
  },
  regenerate(this: Bag, options?: KeepOptions | Callback, callback?: Callback) {
    const keep = typeof options === 'function' ? undefined : options
    return withCallback(
      regenerate(this[SESSION_OF_BAG], keep),
      typeof options === 'function' ? options : callback,
    )
  },
  resetMaxAge(this: Bag, callback?: Callback) {
    return withCallback(touch(this[SESSION_OF_BAG]), callback)
  },
  /** What console.log prints: the data, never the id. */
  [inspect.custom](this: Partial<Bag>) {
    const loaded = this[SESSION_OF_BAG]?.loaded ?? true
    return loaded ? { ...this } : '[session, not loaded]'
  },
}

/**
 * The prototype of every bag. Its members are not enumerable, so that `for in` and spread see data only; it is frozen,
 * because what a careless merge wrote to it would be in every session (CWE-1321).
 */
export const bagMembers: object = Object.freeze(
  Object.create(
    Object.prototype,
    Object.fromEntries(
      Reflect.ownKeys(members).map((name) => [
        name,
        { ...Object.getOwnPropertyDescriptor(members, name), enumerable: false },
      ]),
    ),
  ),
)
