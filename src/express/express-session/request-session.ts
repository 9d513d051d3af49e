import type { CipherKey } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { signValue } from '../../cookie/signed-value.js'
import { editHeaders } from '../edit-headers.js'
import type { HeaderEdit } from '../hold.js'
import { debug } from './debug-log.js'
import { Destroyed } from './destroyed.js'
import { patchResponse, type ResponseHooks } from './patch-response.js'
import { readSessionId } from './read-cookie.js'
import { serializeCookie } from './serialize-cookie.js'
import { isSecure, type Settings } from './settings.js'
import { StoreCall } from './store-call.js'
import { Tracker } from './tracker.js'
import type { Callback, LiveSession, Next, SessionRequest, SessionRow } from './types.js'

/** The session of one request, from the cookie to the end of the response. */
export class RequestSession implements ResponseHooks {
  private readonly destroyed: Destroyed
  private readonly tracker: Tracker
  private cookieId: string | undefined
  private touched = false
  /** Whether the headers have been decided on. */
  private begun = false
  private ended = false
  /** What was there before: the methods of the hold, where there is one. */
  private original: Pick<ServerResponse, 'end' | 'writeHead'>

  constructor(
    private readonly settings: Settings,
    private readonly secrets: readonly CipherKey[],
    private readonly request: SessionRequest,
    private readonly response: ServerResponse,
    private readonly next: Next,
  ) {
    this.destroyed = Destroyed.of(settings.store)
    this.tracker = new Tracker(request, this.destroyed)
    this.original = response
  }

  /** Loads or makes the session and goes on. */
  open(): void {
    const { request, settings } = this
    this.cookieId = readSessionId(request, settings, this.secrets)
    request.sessionID = this.cookieId
    this.holdBack()
    if (!this.cookieId) {
      debug('no session id was sent')
      settings.observer.onLoad?.(request, undefined, 'no-id')
      this.generate()
      this.next()
      return
    }
    const startedAt = this.destroyed.now
    settings.store.get(this.cookieId, (error, row) => this.got(error, row, startedAt))
  }

  private got(error: unknown, row: SessionRow | null | undefined, startedAt: number): void {
    const { request, settings, cookieId } = this
    if (error && (error as { code?: unknown }).code !== 'ENOENT') {
      settings.observer.onLoad?.(request, cookieId, 'store-error')
      this.next(error)
      return
    }
    settings.observer.onLoad?.(request, cookieId, error || !row ? 'unknown' : 'loaded')
    try {
      if (error || !row) this.generate()
      else {
        settings.store.createSession(request, row)
        this.tracker.begin(row, !settings.resave, startedAt)
      }
    } catch (cause) {
      this.next(cause)
      return
    }
    this.next()
  }

  private generate(): void {
    const { request, settings } = this
    settings.store.generate?.(request)
    this.tracker.begin(request.session as LiveSession, false, this.destroyed.now)
  }

  private holdBack(): void {
    const { response } = this
    if (typeof response.getHeaders !== 'function') {
      this.answerUpgrade()
      return
    }
    this.original = patchResponse(response, this)
  }

  /** engine.io hands a WebSocket upgrade a response of its own, which has headers but neither body nor end. */
  private answerUpgrade(): void {
    const { response } = this
    const { writeHead } = response
    response.writeHead = ((...args: unknown[]) => {
      const cookie = this.cookieToSend()
      if (cookie !== undefined) this.addCookie(cookie)
      return Reflect.apply(writeHead, response, args)
    }) as typeof writeHead
  }

  private addCookie(cookie: string): void {
    const { response } = this
    const others = response.getHeader('Set-Cookie')
    response.setHeader('Set-Cookie', others === undefined ? [cookie] : ([others, cookie].flat() as string[]))
  }

  end(args: unknown[]): unknown {
    if (this.ended) return false
    this.ended = true
    // The first byte: whether the headers may leave is decided in `commit`.
    if (!this.begun && !this.response.headersSent) return this.finish(args)
    let call: StoreCall | undefined
    try {
      call = this.storeAtEnd()
    } catch (error) {
      setImmediate(this.next, error)
    }
    if (call === undefined || call.settled) return this.finish(args)
    const [chunk, ...rest] = args
    // Handlers may use a buffer again when `end` has returned.
    const kept = chunk instanceof Uint8Array ? Buffer.from(chunk) : chunk
    call.whenSettled(() => this.finish([kept, ...rest]))
    return this.response
  }

  private finish(args: unknown[]): unknown {
    return Reflect.apply(this.original.end, this.response, args)
  }

  commit(): Promise<HeaderEdit | undefined> | HeaderEdit | undefined {
    this.begun = true
    if (this.ended) {
      this.tracker.closing = true
      const call = this.storeAtEnd()
      return after(call, this.edit(this.cookieToSend()))
    }
    const cookie = this.cookieToSend()
    const { session } = this.request
    // The browser may come back with a new cookie long before a stream ends.
    if (cookie === undefined || !session || !this.shouldSave(session)) return this.edit(cookie)
    const call = this.save(session)
    this.tracker.noteEarly(session)
    return after(call, this.edit(cookie))
  }

  private edit(cookie: string | undefined): HeaderEdit | undefined {
    if (cookie === undefined) return undefined
    return () => editHeaders(this.response, this.original.writeHead, () => this.addCookie(cookie))
  }

  /** A session that cannot be saved at all, such as one with a cycle: the app answers with its own error page. */
  failed(error: unknown, ended: boolean): boolean {
    if (ended) this.next(error)
    return ended
  }

  /** Tells the store what it must know at the end of the response; undefined for nothing. */
  private storeAtEnd(): StoreCall | undefined {
    const { request, settings, tracker } = this
    const { session, sessionID } = request
    // After a load that failed there is nothing to save, and nothing has been unset.
    if (tracker.session === undefined) return undefined
    if (sessionID && settings.unsetDestroys && !session) {
      this.destroyed.add(sessionID)
      return this.call(false, (done) => settings.store.destroy(sessionID, done))
    }
    if (!session) return undefined
    this.touchOnce(session)
    if (typeof sessionID !== 'string' || tracker.isGone(session)) return undefined
    if (tracker.changedSinceEarly(session) ?? this.shouldSave(session)) return this.save(session)
    const mayTouch = this.cookieId === sessionID && tracker.changedSinceEarly(session) === undefined
    if (!mayTouch || !settings.canTouch) return undefined
    return this.call(false, (done) => settings.store.touch?.(sessionID, session, done))
  }

  private save(session: LiveSession): StoreCall {
    return this.call(true, (done) => session.save(done))
  }

  private call(isSave: boolean, start: (done: Callback) => void): StoreCall {
    return new StoreCall(isSave, start, (error) => setImmediate(this.next, error))
  }

  private touchOnce(session: LiveSession): void {
    if (!this.touched) session.touch()
    this.touched = true
  }

  private shouldSave(session: LiveSession): boolean {
    const { request, settings, tracker } = this
    const isOptional = !settings.saveUninitialized && !tracker.hasSaved && this.cookieId !== request.sessionID
    return isOptional ? tracker.isModified(session) : !tracker.isSaved(session)
  }

  private shouldSetCookie(session: LiveSession): boolean {
    const { settings, request, tracker } = this
    if (this.cookieId !== request.sessionID) return settings.saveUninitialized || tracker.isModified(session)
    if (settings.rolling) return true
    const { expires } = session.cookie
    return expires !== null && expires !== undefined && tracker.isModified(session)
  }

  /** The `Set-Cookie` header; undefined when none is sent. */
  private cookieToSend(): string | undefined {
    const { request, settings, tracker } = this
    const { session, sessionID } = request
    if (tracker.session === undefined || !session || typeof sessionID !== 'string') return undefined
    if (tracker.isGone(session) || !this.shouldSetCookie(session)) return undefined
    if (session.cookie.secure && !isSecure(request, settings.trustProxy)) {
      debug('cookie not sent: it is only for HTTPS')
      return undefined
    }
    this.touchOnce(session)
    try {
      const value = signValue(sessionID, settings.preparedSecrets.of(this.secrets[0] as CipherKey))
      return serializeCookie(settings.name, value, session.cookie.data ?? {})
    } catch (error) {
      setImmediate(this.next, error)
      return undefined
    }
  }
}

/** The header edit, once the store has answered; a save that failed gives no cookie. */
function after(
  call: StoreCall | undefined,
  edit: HeaderEdit | undefined,
): Promise<HeaderEdit | undefined> | HeaderEdit | undefined {
  if (call === undefined) return edit
  const outcome = () => (call.saveFailed ? undefined : edit)
  return call.settled ? outcome() : call.whenSettled(outcome)
}
