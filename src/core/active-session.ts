import { inspect } from 'node:util'
import { SessmwError } from '../errors.js'
import type { BagTraps, SessionBag } from './bag.js'
import { type Lifetime, lifetimeOf, timesAt } from './expiry.js'
import type { Incarnation } from './incarnation.js'
import { Operations } from './operations.js'
import type { Owner } from './owner.js'
import type { RecordCookie, RecordHeader, RecordTimes, SessionRecord } from './record.js'
import type { RequestContext } from './request-context.js'
import { handleOf } from './session-id.js'
import type { SessionsCore } from './sessions-core.js'
import { type CookieCode, type LoadCode, type SaveCode, type Verdict, weightier } from './verdict.js'

const NONE: readonly string[] = []

/** The session of one request: what is known of it, and what is to become of it. The face of it is `Session`. */
export class ActiveSession {
  /** The request, whose property `sessionObject` always is the present bag. */
  holder: Record<string, unknown> | undefined
  /** Sessions of other middlewares on the same request. */
  others: ActiveSession[] | undefined
  fields: BagTraps
  /** The header as the store has it; undefined when the session is not stored. */
  header: RecordHeader | undefined
  owner: Owner | undefined
  cookie: RecordCookie | undefined
  readonly operations = new Operations()

  loadCode: LoadCode = 'none'
  saveCode: SaveCode = 'unchanged'
  cookieCode: CookieCode = 'unchanged'
  detail: string | undefined
  /** Why loading failed, when the policy is to fail the request. */
  loadError: SessmwError | undefined

  /** The request brought a cookie of our name. */
  broughtCookie = false
  /** What has to be done about the cookie in this response. */
  cookieDue: 'set' | 're-signed' | 're-sent' | undefined
  /** The cookie of a session that this request ended has to go. */
  clearDue = false
  loaded = true
  /** A load that was begun; all who ask for it share it. */
  loading: Promise<unknown> | undefined
  /** The Cookie header of a session that is not loaded yet. */
  unreadCookie: string | undefined
  readonly = false
  degraded = false
  noTouch = false
  /** The session was ended by somebody else while this request ran. */
  gone = false
  /** A commit failed; nothing more is saved. */
  failed = false
  /** The headers have left. */
  headersSent = false
  /** The client went away before the first byte. */
  clientGone = false
  /** The response has ended; only explicit operations save now. */
  ended = false
  /** Store keys of genuine cookies that the store does not know. */
  unknownKeys: readonly string[] = NONE
  /** The session that this request destroyed. */
  endedHandle: string | undefined
  /** What an operation was to end and could not, after the next one had begun: that one ends it. */
  leftBehind: Incarnation | undefined
  /** The id that the browser has, or will have with this response. */
  toldId: string | undefined
  /** The session that this one replaces under a new id. */
  previousHandle: string | undefined
  /** Grows with each login and logout: whoever ends the session of one life does not end that of the next. */
  life = 0
  private begunAt: number | undefined
  private idText: string | undefined
  private keyText: string | undefined

  constructor(
    readonly core: SessionsCore,
    readonly context: RequestContext,
  ) {
    this.fields = core.newBag(this)
  }

  /** When the session began; of a new one, when that is first asked. */
  get createdAt(): number {
    this.begunAt ??= this.core.now()
    return this.begunAt
  }

  get bag(): SessionBag {
    return this.fields.bag
  }

  /** The session id; made only when it is asked for. */
  get id(): string {
    this.idText ??= this.core.options.generateId()
    return this.idText
  }

  get key(): string {
    this.keyText ??= this.core.keyOf(this.id)
    return this.keyText
  }

  get handle(): string {
    return this.core.store.keyOf === undefined ? this.key : handleOf(this.id)
  }

  /** The handle where there is a session to name; no id is made for it. */
  get knownHandle(): string | undefined {
    return this.idText === undefined ? undefined : this.handle
  }

  get lifetime(): Lifetime {
    return lifetimeOf(this.core.options.lifetime, this.cookie)
  }

  /** There is a record under an id that no browser knows. */
  get isUntold(): boolean {
    return this.header !== undefined && this.idText !== this.toldId
  }

  /** The times that activity now gives the session. */
  timesNow(): RecordTimes {
    const now = this.core.now()
    if (this.header !== undefined) return timesAt(now, this.header, this.lifetime)
    this.begunAt ??= now
    return timesAt(now, { version: 0, createdAt: this.begunAt, lastSeenAt: 0, expiresAt: 0 }, this.lifetime)
  }

  /** Takes over what the store has. */
  adopt(id: string, key: string, record: SessionRecord): void {
    this.idText = id
    this.keyText = key
    this.header = record
    this.begunAt = record.createdAt
    this.owner = record.owner
    this.cookie = record.cookie
    this.loadCode = 'loaded'
    this.fields.reset(record.fields)
  }

  /** Puts the present bag on the request. */
  show(): void {
    if (this.holder !== undefined) this.holder[this.core.options.sessionObject] = this.bag
  }

  /** Another id, for one that the store already had. */
  renewId(): void {
    this.idText = undefined
    this.keyText = undefined
  }

  /** Puts the present incarnation aside and begins an empty one under a new id. */
  startAnew(
    next: { createdAt?: number; owner?: Owner | undefined; cookie?: RecordCookie | undefined } = {},
  ): Incarnation {
    const { idText: id, header, createdAt, owner, cookie, fields, gone, cookieDue, life } = this
    this.idText = undefined
    this.keyText = undefined
    this.header = undefined
    this.begunAt = next.createdAt ?? this.core.now()
    this.owner = next.owner
    this.cookie = next.cookie
    this.cookieDue = undefined
    this.fields = this.core.newBag(this)
    this.fields.wasRead = fields.wasRead
    this.show()
    return { id, header, createdAt, owner, cookie, fields, gone, cookieDue, life }
  }

  /** Brings an incarnation back whose row could not be deleted. */
  restore(former: Incarnation): void {
    this.idText = former.id
    this.keyText = undefined
    this.header = former.header
    this.begunAt = former.createdAt
    this.owner = former.owner
    this.cookie = former.cookie
    this.fields.abandoned = true
    this.fields = former.fields
    // Who ended it meanwhile ended this one.
    this.gone ||= former.gone
    this.life = former.life
    this.cookieDue = this.isUntold ? 'set' : former.cookieDue
    this.previousHandle = undefined
    this.clearDue = false
    this.show()
  }

  /** @throws SessmwError when this request may not change the session. */
  assertWritable(): void {
    this.assertLoaded()
    if (this.degraded)
      throw new SessmwError(
        'session-degraded',
        'The session cannot be written: the store failed when it was loaded.',
      )
    if (this.readonly)
      throw new SessmwError(
        'session-readonly',
        'The session was changed in a request that called readonly().',
      )
  }

  /** @throws SessmwError when the session has not been loaded yet. */
  assertLoaded(): void {
    if (this.loaded) return
    throw new SessmwError('session-not-loaded', 'The session was used before `await sessionOf(req).load()`.')
  }

  /** The store has the session no more: somebody else ended it while this request ran. */
  ranOut(): void {
    this.gone = true
    this.noteSave('discarded')
  }

  /** Keeps the weightiest of what happened to the session. */
  noteSave(code: SaveCode): void {
    this.saveCode = weightier(this.saveCode, code)
  }

  get verdict(): Verdict {
    const known = this.header !== undefined ? this.knownHandle : undefined
    const handle = known ?? this.endedHandle ?? this.previousHandle
    return {
      load: this.loadCode,
      save: this.saveCode,
      cookie: this.cookieCode,
      ...(handle !== undefined && { handle }),
      ...(this.owner !== undefined && { owner: this.owner }),
      ...(this.detail !== undefined && { detail: this.detail }),
    }
  }

  /** A field that cannot be read counts as absent; its text stays in the store until the key is assigned. */
  fieldCorrupt(name: string): void {
    this.loadCode = 'corrupt'
    this.detail = `the field ${JSON.stringify(name)} cannot be read`
    this.core.events.publish('corrupt', { at: this.core.now(), handle: this.handle, detail: this.detail })
  }

  /** What loggers print of a request that carries it: neither the id nor the secrets of the options. */
  [inspect.custom](): Verdict {
    return this.verdict
  }
}
