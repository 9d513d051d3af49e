import { SessmwError } from '../errors.js'
import { attachedTo, faceOf, missing } from './attached.js'
import { commit } from './commit.js'
import type { SessionEvents } from './events.js'
import { type ListOptions, listSessions, type SessionPage } from './list.js'
import { open, openLazily } from './open.js'
import { endOwner, type Owner, toOwner } from './owner.js'
import type { RequestContext } from './request-context.js'
import { Session } from './session.js'
import type { SessionData } from './session-data.js'
import { handleOf, isSessionId } from './session-id.js'
import type { SessionsCore } from './sessions-core.js'
import { shared } from './shared.js'
import { type EnumerableStore, isEnumerable, type Store } from './store.js'

const cores = shared('cores', () => new WeakMap<object, SessionsCore>())

/** The inside of a `Sessions`, from either build of the package; undefined for anything else. */
export function coreOf(value: unknown): SessionsCore | undefined {
  return typeof value === 'object' && value !== null ? cores.get(value) : undefined
}

/** All sessions of an application, without any framework. Made by `createSessions()`. */
export class Sessions<Data = SessionData> {
  readonly #core: SessionsCore

  /** @internal */
  constructor(core: SessionsCore) {
    this.#core = core
    cores.set(this, core)
  }

  /** What happens to sessions, as a Node `EventEmitter`. Payloads name sessions by handle, never by id. */
  get events(): SessionEvents {
    return this.#core.events
  }

  /** The store, with the deadline of `storeTimeout`. */
  get store(): Store {
    return this.#core.store
  }

  /**
   * The session that a Cookie header stands for, or a new empty one.
   *
   * Rejects with `store-failed` or `store-timeout` when the store fails, unless `onStoreError` allows an anonymous one.
   */
  async open(cookieHeader?: string, context: RequestContext = {}): Promise<Session<Data>> {
    const core = this.#core
    if (cookieHeader !== undefined && cookieHeader !== null && typeof cookieHeader !== 'string') {
      throw new SessmwError(
        'bad-option',
        'open() takes the Cookie header as text, such as request.headers.cookie.',
      )
    }
    const active = core.options.lazy
      ? openLazily(core, cookieHeader, context)
      : await open(core, cookieHeader, context)
    if (active.loadError !== undefined) throw active.loadError
    return faceOf<Data>(active)
  }

  /**
   * Saves what changed. Resolves with the value of a `Set-Cookie` header, or undefined when none is to be sent. A response
   * that carries it belongs in no cache.
   */
  async commit(session: Session<Data>): Promise<string | undefined> {
    const active = Session.activeOf(session)
    const edit = await commit(active)
    // Only the caller knows when the headers leave, so a later commit may still send a cookie.
    active.headersSent = false
    return edit?.setCookie
  }

  /**
   * The session that this middleware put on a request.
   *
   * @throws SessmwError `session-missing`
   */
  of(request: object): Session<Data> {
    const active = attachedTo(request).find(({ core }) => core === this.#core)
    if (active === undefined) throw missing()
    return faceOf<Data>(active)
  }

  /**
   * Living sessions, page by page: of one owner, or of all.
   *
   * Rejects with `store-incapable` when the store cannot list.
   */
  async list(options: ListOptions = {}): Promise<SessionPage> {
    return listSessions(this.#core, this.#enumerable('list sessions'), options)
  }

  /** Ends the session with this handle, from outside it. Resolves with whether there was one. */
  async revoke(handle: string): Promise<boolean> {
    if (!isSessionId(handle)) {
      throw new SessmwError(
        'store-bad-key',
        'revoke() takes a handle: 43 characters of base64url, as list() gives it.',
      )
    }
    const key = await this.#keyOfHandle(handle)
    if (key === undefined) return false
    const { store, successors } = this.#core
    if (!(await store.delete(key)) && !(await successors.end(store, key))) return false
    this.events.publish('revoked', { at: this.#core.now(), handle })
    return true
  }

  /** Ends all sessions of an owner but the one with the handle `except`. Resolves with how many there were. */
  async revokeOwner(owner: string | number | bigint, { except }: { except?: string } = {}): Promise<number> {
    const name: Owner = toOwner(owner)
    const store = this.#enumerable('end the sessions of an owner')
    const exceptKey = except === undefined ? undefined : await this.#keyOfHandle(except)
    const options = exceptKey === undefined ? {} : { except: exceptKey }
    await this.#core.successors.endOwner(name, exceptKey)
    let revoked = 0
    for await (const key of endOwner(store, name, options)) {
      this.events.publish('revoked', {
        at: this.#core.now(),
        handle: this.#core.handleOfKey(key),
        owner: name,
      })
      revoked++
    }
    return revoked
  }

  /** Closes the store. */
  async close(): Promise<void> {
    await this.#core.store.close?.()
  }

  #enumerable(purpose: string): EnumerableStore {
    const { store } = this.#core
    if (isEnumerable(store)) return store
    throw new SessmwError('store-incapable', `This store cannot ${purpose}: it does not list what it holds.`)
  }

  /** Where keys are hashes, key and handle are the same; other stores are searched. */
  async #keyOfHandle(handle: string): Promise<string | undefined> {
    if (this.#core.store.keyOf === undefined) return handle
    for await (const [key] of this.#enumerable('find a session by handle').entries())
      if (handleOf(key) === handle) return key
    return undefined
  }
}
