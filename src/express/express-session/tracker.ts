import { SessmwError } from '../../errors.js'
import type { Destroyed } from './destroyed.js'
import { Snapshot } from './snapshot.js'
import type { Callback, LiveSession, SessionRequest } from './types.js'

/** What is known of the session of one request: what it was when it was loaded, and what has been saved of it. */
export class Tracker {
  /** The session object that was loaded or made; undefined before. */
  session: LiveSession | undefined
  private loadedAt = 0
  private id: string | undefined
  private original: Snapshot | undefined
  private saved: Snapshot | undefined
  /** Whether the response is ending, so that what is saved now is not compared with anything any more. */
  closing = false
  private wasModified = false
  /** What was saved before the first byte of a stream. */
  private early: { readonly id: string; readonly text: string } | undefined

  constructor(
    private readonly request: SessionRequest,
    private readonly destroyed: Destroyed,
  ) {}

  /**
   * Begins with what is now `request.session`.
   *
   * @param data What was loaded.
   * @param isSaved Whether that counts as saved, so that it need not be saved again.
   * @param loadedAt When loading it began, as `Destroyed` tells it.
   */
  begin(data: object, isSaved: boolean, loadedAt: number): void {
    this.id = this.request.sessionID
    this.original = new Snapshot(data)
    if (isSaved) this.saved = this.original
    this.watch(this.request.session as LiveSession, loadedAt)
  }

  /** Whether anything of this request's session has been saved, or was loaded and counts as saved. */
  get hasSaved(): boolean {
    return this.saved !== undefined
  }

  isModified(session: LiveSession): boolean {
    // At the end the answer is asked for twice, before and after the store was called.
    if (this.closing && this.wasModified) return true
    this.wasModified = this.id !== session.id || this.original?.matches(session) !== true
    return this.wasModified
  }

  isSaved(session: LiveSession): boolean {
    return this.id === session.id && this.saved?.matches(session) === true
  }

  /** Whether the session has been destroyed since this request loaded it. */
  isGone(session: LiveSession): boolean {
    return session === this.session && this.destroyed.since(this.loadedAt, session.id)
  }

  /** Notes what was saved before the first byte; the cookie counts too, because it is stored as well. */
  noteEarly(session: LiveSession): void {
    this.early = { id: session.id, text: JSON.stringify(session) }
    const { save } = session
    const tracker = this
    hide(session, 'save', function (this: LiveSession, ...args: [Callback?]) {
      tracker.early = undefined
      return save.apply(this, args)
    })
  }

  /** Whether a session that was saved early has changed since; undefined when there was no early save. */
  changedSinceEarly(session: LiveSession): boolean | undefined {
    return this.early?.id === session.id ? this.early.text !== JSON.stringify(session) : undefined
  }

  /** Learns of what the app does with the session itself. */
  private watch(session: LiveSession, loadedAt: number): void {
    const { save, reload, destroy, regenerate } = session
    this.session = session
    this.loadedAt = loadedAt
    const tracker = this
    hide(session, 'save', function (this: LiveSession, ...args: [Callback?]) {
      if (tracker.isGone(this)) return refuse(this, args[0])
      if (!tracker.closing) tracker.saved = new Snapshot(this)
      return save.apply(this, args)
    })
    hide(session, 'reload', function (this: LiveSession, callback: Callback) {
      return reload.call(this, tracker.afterReload(this, callback))
    })
    hide(session, 'destroy', function (this: LiveSession, ...args: [Callback?]) {
      return destroy.apply(this, tracker.ending(this.id, args))
    })
    hide(session, 'regenerate', function (this: LiveSession, ...args: [Callback]) {
      return regenerate.apply(this, tracker.ending(this.id, args) as [Callback])
    })
  }

  /** Notes that a session is being destroyed; where the app asks for the answer, a failure takes that back. */
  private ending(id: string, args: [Callback?]): [Callback?] {
    const [callback] = args
    this.destroyed.add(id)
    if (typeof callback !== 'function') return args
    const told: Callback = (error) => {
      if (error) this.destroyed.takeBack(id)
      callback(error)
    }
    return [told]
  }

  private afterReload(session: LiveSession, callback: Callback): Callback {
    const startedAt = this.destroyed.now
    const { request } = this
    return (...args) => {
      if (request.session && request.session !== session) this.watch(request.session, startedAt)
      callback(...args)
    }
  }
}

function refuse(session: LiveSession, callback: Callback | undefined): LiveSession {
  const message = 'The session was destroyed by another request while this one was using it; it is not saved.'
  if (callback !== undefined) setImmediate(callback, new SessmwError('session-gone', message))
  return session
}

/** Sets a method that is neither stored nor shown. */
function hide(session: LiveSession, name: string, value: unknown): void {
  Object.defineProperty(session, name, { value, configurable: true, enumerable: false, writable: true })
}
