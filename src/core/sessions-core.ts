import { inspect } from 'node:util'
import { CheckedCookies } from '../cookie/checked-cookies.js'
import { isSessmwError, SessmwError } from '../errors.js'
import type { ActiveSession } from './active-session.js'
import type { BagTraps } from './bag.js'
import { SessionEvents } from './events.js'
import { debugThrough, warnThrough } from './logger.js'
import type { ResolvedOptions } from './resolve-options.js'
import { handleOf, ISSUABLE_ID, isSessionId, newSessionId, shortHandle } from './session-id.js'
import type { Store } from './store.js'
import { Successors } from './successors.js'
import type { LoadCode } from './verdict.js'

/** A session id whose signature is right, and which secret proved it. */
export interface Candidate {
  readonly id: string
  readonly secretIndex: number
  /** The store key of the id. */
  readonly key: string
}

/** What all requests of one `Sessions` share. */
export class SessionsCore {
  readonly events = new SessionEvents()
  readonly successors = new Successors()
  readonly verified = new CheckedCookies<Candidate>(10_000)
  /** Browsers send a value that an abandoned secret has signed with every request. */
  readonly forged = new CheckedCookies<LoadCode>(1000)
  private readonly queues = new Map<string, Promise<unknown>>()

  constructor(
    readonly options: ResolvedOptions,
    /** Replaced only by a tool that watches its calls, which must answer as the store does. */
    public store: Store,
    readonly newBag: (active: ActiveSession) => BagTraps,
    /** The store's class, for people. */
    readonly storeName: string,
  ) {}

  /** What loggers print of it: not the secrets of the options. */
  [inspect.custom](): string {
    return '[sessmw]'
  }

  now(): number {
    return this.options.clock()
  }

  /** The store key of an id. */
  keyOf(id: string): string {
    return this.store.keyOf === undefined ? handleOf(id) : this.store.keyOf(id)
  }

  /** What a store key is called outside: keys of stores with ids of their own are shown to nobody. */
  handleOfKey(key: string): string {
    return this.store.keyOf === undefined ? key : handleOf(key)
  }

  /** Whether an id is worth a store call: only one of the form that this server issues is. */
  accepts(id: string): boolean {
    if (this.store.acceptsId !== undefined) return this.store.acceptsId(id)
    return this.options.generateId === newSessionId ? isSessionId(id) : ISSUABLE_ID.test(id)
  }

  /** Runs work on one key after all earlier work on it, within this process. */
  async inTurn<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.queues.get(key) ?? Promise.resolve()
    const turn = before.then(work, work)
    this.queues.set(key, turn)
    try {
      return await turn
    } finally {
      if (this.queues.get(key) === turn) this.queues.delete(key)
    }
  }

  /** Publishes and logs a fault of the store, and gives it the class that every caller expects. */
  storeFailed(error: unknown, handle: string | undefined): SessmwError {
    const known = isSessmwError(error)
      ? error
      : new SessmwError('store-failed', 'The session store failed; see the cause.', { cause: error })
    const { logger } = this.options
    if (logger !== undefined) warnThrough(logger, `sessmw: ${known.code}: ${known.message}`)
    this.events.publish('store-error', {
      at: this.now(),
      error: known,
      ...(handle !== undefined && { handle }),
    })
    return known
  }

  /** A line for the logger; nothing is put together when there is none. */
  debug(message: string, handle: string | undefined): void {
    const { logger } = this.options
    if (logger === undefined) return
    debugThrough(
      logger,
      handle === undefined ? `sessmw: ${message}` : `sessmw: ${message} (${shortHandle(handle)})`,
    )
  }
}
