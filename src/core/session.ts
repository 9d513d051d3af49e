import { reload, save, touch } from './actions.js'
import type { ActiveSession } from './active-session.js'
import { addFlash, takeFlash, type Updater, updateKey } from './atomic.js'
import type { SessionBag } from './bag.js'
import { destroy, type KeepOptions, login, regenerate } from './identity.js'
import { loadLate } from './open.js'
import type { Owner } from './owner.js'
import type { DataOf, SessionData } from './session-data.js'
import type { Verdict } from './verdict.js'

/** The session of one request: `sessionOf(req)`, or what `createSessions().open()` returns. */
export class Session<Data = SessionData> {
  readonly #active: ActiveSession

  /** @internal Made by sessmw. */
  constructor(active: ActiveSession) {
    this.#active = active
  }

  /** @internal */
  static activeOf<Data>(session: Session<Data>): ActiveSession {
    return session.#active
  }

  /** The data; the same object as `req.session`, also after it was swapped. */
  get data(): SessionBag<Data> {
    return this.#active.bag as unknown as SessionBag<Data>
  }

  /** The session id. It is a credential: never log it. */
  get id(): string {
    return this.#read().id
  }

  /** SHA-256 of the id, base64url: names the session to people and opens nothing. */
  get handle(): string {
    return this.#read().handle
  }

  /** Whether the store does not have this session yet. */
  get isNew(): boolean {
    return this.#read().header === undefined
  }

  /** Whose session it is; undefined for an anonymous one. */
  get owner(): Owner | undefined {
    return this.#read().owner
  }

  /** Milliseconds since 1970. */
  get createdAt(): number {
    return this.#read().createdAt
  }

  /** When it ends if it is not used any more; milliseconds since 1970. */
  get expiresAt(): number {
    return (this.#read().header ?? this.#active.timesNow()).expiresAt
  }

  /** The store failed when it was loaded, so the session is empty and cannot be written. */
  get degraded(): boolean {
    return this.#active.degraded
  }

  /** Why the session is what it is; complete when the response has finished. */
  get verdict(): Verdict {
    this.#active.fields.wasRead = true
    return this.#active.verdict
  }

  /** Loads the session where the options are `lazy`; otherwise it is loaded already. Rejects when the store fails. */
  async load(): Promise<this> {
    const active = this.#active
    if (!active.loaded) {
      active.loading ??= loadLate(active)
      await active.loading
    }
    if (active.loadError !== undefined) throw active.loadError
    return this
  }

  /** Remaining seconds, without extending anything. Infinity is never among them. */
  peek(): { idle: number; absolute: number } {
    const active = this.#read()
    const { createdAt, expiresAt, lifetime } = {
      createdAt: active.createdAt,
      expiresAt: this.expiresAt,
      lifetime: active.lifetime,
    }
    const now = active.core.now()
    const seconds = (until: number) => Math.max(0, (until - now) / 1000)
    return { idle: seconds(expiresAt), absolute: seconds(createdAt + lifetime.absoluteMs) }
  }

  /** After a successful check of credentials: a new id, a new absolute lifetime, and an owner; data only as named. */
  login(owner: string | number | bigint, options?: KeepOptions): Promise<void> {
    return login(this.#active, owner, options)
  }

  /** Ends the session and clears its cookie. */
  logout(): Promise<void> {
    return destroy(this.#active)
  }

  /** Changes one key atomically, at once, whatever other requests and processes do; resolves with the new value. */
  update<Key extends keyof DataOf<Data> & string>(
    key: Key,
    updater: Updater<NonNullable<DataOf<Data>[Key]>>,
  ): Promise<DataOf<Data>[Key]> {
    return updateKey(this.#active, key, updater) as Promise<DataOf<Data>[Key]>
  }

  /** Takes the messages of a key, oldest first; each is read exactly once. */
  flash<Value = unknown>(key: string): Promise<Value[]>
  /** Leaves a message for the next reader of the key. */
  flash(key: string, value: unknown): Promise<void>
  flash(key: string, ...values: unknown[]): Promise<unknown> {
    return values.length === 0 ? takeFlash(this.#active, key) : addFlash(this.#active, key, values[0])
  }

  /** From here on this request may not write; an attempt throws. */
  readonly(): this {
    this.#active.readonly = true
    return this
  }

  /** This request does not count as activity: polling, pings. */
  noTouch(): this {
    this.#active.noTouch = true
    return this
  }

  /** Writes what changed now, rather than when the response begins. */
  save(): Promise<void> {
    return save(this.#active)
  }

  /** Reads the session again; unsaved changes are dropped. */
  reload(): Promise<void> {
    return reload(this.#active)
  }

  /** Records activity now, whatever `touchEvery` says. */
  touch(): Promise<void> {
    return touch(this.#active)
  }

  /** Ends the session and clears its cookie. */
  destroy(): Promise<void> {
    return destroy(this.#active)
  }

  /** Goes on under a new id, with only the data that `keep` names. */
  regenerate(options?: KeepOptions): Promise<void> {
    return regenerate(this.#active, options)
  }

  /** Facts, without the id. */
  toJSON(): object {
    const { handle, isNew, owner, createdAt, expiresAt } = this
    return { handle, isNew, owner, createdAt, expiresAt }
  }

  #read(): ActiveSession {
    this.#active.assertLoaded()
    this.#active.fields.wasRead = true
    return this.#active
  }
}
