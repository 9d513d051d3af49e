import { setImmediate as nextTurn } from 'node:timers/promises'
import { setAtOnce } from '../core/at-once.js'
import type { Clock } from '../core/clock.js'
import type { Owner } from '../core/owner.js'
import type { RecordTimes, SessionRecord } from '../core/record.js'
import type {
  EnumerableStore,
  PageOptions,
  RecordChange,
  StoreContext,
  StorePage,
  UpdateResult,
} from '../core/store.js'
import { SessmwError } from '../errors.js'
import { isAborted } from './deadline.js'
import { changeRecord, holdRecord, keepRecord, touchRecord } from './held-record.js'
import { type MemoryStoreOptions, resolveOptions } from './memory-options.js'
import { FIRST_SLOT, NONE, Slots } from './slots.js'
import { badCursor, badKey, isKey, KEEP_MS, storeClosed } from './store-rules.js'
import { sweep } from './sweep.js'

/** How many records one eviction looks at in search of an expired one. */
const EVICTION_LOOK = 16

/** How many slots an iteration passes before others get a turn of the event loop. */
const TURN_AFTER = 1024

const DONE = Promise.resolve()
const ABSENT = Promise.resolve(null)
const YES = Promise.resolve(true)
const NO = Promise.resolve(false)
const SAVED = Promise.resolve<UpdateResult>('saved')
const MISSING = Promise.resolve<UpdateResult>('missing')
const CONFLICT = Promise.resolve<UpdateResult>('conflict')

const namesIn = ({ set = {}, unset = [] }: RecordChange): Set<string> =>
  new Set([...Object.keys(set), ...unset])

/**
 * Sessions in the memory of this process: for development, tests, and servers that may forget on restart.
 *
 * It is bounded. When `maxSessions` or `maxBytes` is exceeded, sessions make room: expired ones first, then those
 * without an owner, then the others, each from the one seen longest ago; the newest always stays. Records are frozen,
 * so that one can be handed out to everybody. It keeps no process alive.
 */
export class MemoryStore implements EnumerableStore {
  readonly #maxSessions: number
  readonly #maxBytes: number
  readonly #sweepMs: number
  readonly #clock: Clock
  #slots = new Slots()
  #hand = FIRST_SLOT
  #timer: NodeJS.Timeout | undefined
  #closed = false

  /** @throws SessmwError `bad-option` for an unknown option or a value that makes no sense. */
  constructor(options: MemoryStoreOptions = {}) {
    const checked = resolveOptions(options)
    this.#maxSessions = checked.maxSessions
    this.#maxBytes = checked.maxBytes
    this.#sweepMs = checked.sweepMs
    this.#clock = checked.clock
  }

  create(key: string, record: SessionRecord, context?: StoreContext): Promise<void> {
    if (this.#refuses(context)) return this.#refusal(context)
    if (!isKey(key)) return Promise.reject(badKey())
    if (this.#insert(key, holdRecord(record))) return DONE
    return Promise.reject(new SessmwError('store-exists', 'There is a session under this key already.'))
  }

  read(key: string, context?: StoreContext): Promise<SessionRecord | null> {
    if (this.#refuses(context)) return this.#refusal(context)
    const record = this.#slots.recordAt(this.#slots.find(key))
    return record === undefined ? this.#absent(key, ABSENT) : Promise.resolve(record)
  }

  update(key: string, change: RecordChange, context?: StoreContext): Promise<UpdateResult> {
    if (this.#refuses(context)) return this.#refusal(context)
    if (this.#change(key, change)) return SAVED
    return this.#slots.find(key) === NONE ? this.#absent(key, MISSING) : CONFLICT
  }

  touch(key: string, times: RecordTimes, context?: StoreContext): Promise<boolean> {
    if (this.#refuses(context)) return this.#refusal(context)
    const slot = this.#slots.find(key)
    const old = this.#slots.recordAt(slot)
    if (old === undefined) return this.#absent(key, NO)
    this.#slots.replace(slot, old, touchRecord(old, times), [])
    return YES
  }

  delete(key: string, context?: StoreContext): Promise<boolean> {
    if (this.#refuses(context)) return this.#refusal(context)
    const slot = this.#slots.find(key)
    if (slot === NONE) return this.#absent(key, NO)
    this.#slots.remove(slot)
    return YES
  }

  async *entries(context?: StoreContext): AsyncGenerator<readonly [key: string, record: SessionRecord]> {
    for (let slot = FIRST_SLOT; ; slot++) {
      if (this.#refuses(context)) await this.#refusal(context)
      if (slot >= this.#slots.end) return
      const record = this.#slots.recordAt(slot)
      if (record !== undefined) yield [this.#slots.keyAt(slot), record]
      if (slot % TURN_AFTER === 0) await nextTurn()
    }
  }

  page({ limit, cursor }: PageOptions, context?: StoreContext): Promise<StorePage> {
    if (this.#refuses(context)) return this.#refusal(context)
    const from = cursor === undefined ? FIRST_SLOT : Number(cursor)
    if (!Number.isSafeInteger(from) || from < FIRST_SLOT) return Promise.reject(badCursor())
    const records: (readonly [string, SessionRecord])[] = []
    let slot = from
    for (; slot < this.#slots.end && records.length < limit; slot++) {
      const record = this.#slots.recordAt(slot)
      if (record !== undefined) records.push([this.#slots.keyAt(slot), record])
    }
    return Promise.resolve(slot < this.#slots.end ? { records, cursor: `${slot}` } : { records })
  }

  count(context?: StoreContext): Promise<number> {
    return this.#refuses(context) ? this.#refusal(context) : Promise.resolve(this.#slots.count)
  }

  clear(context?: StoreContext): Promise<void> {
    if (this.#refuses(context)) return this.#refusal(context)
    this.#slots = new Slots()
    return DONE
  }

  findByOwner(owner: Owner, context?: StoreContext): Promise<string[]> {
    return this.#refuses(context) ? this.#refusal(context) : Promise.resolve(this.#slots.ownedBy(owner))
  }

  deleteByOwner(owner: Owner, options: { except?: string } = {}, context?: StoreContext): Promise<string[]> {
    if (this.#refuses(context)) return this.#refusal(context)
    const gone = this.#slots.ownedBy(owner).filter((key) => key !== options.except)
    for (const key of gone) this.#slots.remove(this.#slots.find(key))
    return Promise.resolve(gone)
  }

  /**
   * Removes every record whose hour after expiry is over, in slices of a few milliseconds; answers with how many
   * there were. A timer calls it by itself; call it to sweep at a known moment, as with a clock of your own.
   */
  async sweep(): Promise<number> {
    if (this.#closed) await this.#refusal()
    return sweep(this.#slots, this.#clock() - KEEP_MS, true)
  }

  /** Forgets all sessions and stops the sweeps. Afterwards every call rejects with `store-closed`; a second close is none. */
  close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#slots = new Slots()
    return DONE
  }

  static {
    setAtOnce(MemoryStore.prototype, 'create', function (this: MemoryStore, key, record) {
      return this.#insert(key, keepRecord(record))
    })
    setAtOnce(MemoryStore.prototype, 'read', function (this: MemoryStore, key) {
      return this.#slots.recordAt(this.#slots.find(key))
    })
    setAtOnce(MemoryStore.prototype, 'update', function (this: MemoryStore, key, change) {
      return this.#change(key, change)
    })
  }

  #insert(key: string, record: SessionRecord): boolean {
    if (this.#closed || !isKey(key) || this.#slots.find(key) !== NONE) return false
    const slot = this.#slots.add(key, record)
    if (this.#isOver) this.#makeRoom(slot, () => this.#slots.remove(slot))
    this.#timer ??= this.#startTimer()
    return true
  }

  #change(key: string, change: RecordChange): boolean {
    const slot = this.#slots.find(key)
    const old = this.#slots.recordAt(slot)
    if (old === undefined || (change.ifVersion ?? old.version) !== old.version) return false
    const record = changeRecord(old, change)
    const names = namesIn(change)
    this.#slots.replace(slot, old, record, names)
    if (this.#isOver) this.#makeRoom(slot, () => this.#slots.replace(slot, record, old, names))
    return true
  }

  #refuses(context: StoreContext | undefined): boolean {
    return this.#closed || (context !== undefined && isAborted(context))
  }

  #refusal(context?: StoreContext): Promise<never> {
    if (!this.#closed) return Promise.reject(context?.signal?.reason)
    return Promise.reject(storeClosed('memory store'))
  }

  /** Keys are checked only where nothing was found: those in the store were checked when they came. */
  #absent<T>(key: string, answer: Promise<T>): Promise<T> {
    return isKey(key) ? answer : Promise.reject(badKey())
  }

  get #isOver(): boolean {
    return this.#slots.count > this.#maxSessions || this.#slots.bytes > this.#maxBytes
  }

  /** @param undo Takes the newest back, for a clock of the application that throws. */
  #makeRoom(newest: number, undo: () => void): void {
    try {
      while (this.#isOver) {
        const slot = this.#expired(newest) ?? this.#slots.oldest(newest)
        if (slot === NONE) return
        this.#slots.remove(slot)
      }
    } catch (error) {
      undo()
      throw error
    }
  }

  /** Goes on round the slots from where the last search ended, so that each eviction costs the same. */
  #expired(newest: number): number | undefined {
    const now = this.#clock()
    for (let looked = 0; looked < EVICTION_LOOK; looked++) {
      const slot = this.#hand
      this.#hand = slot + 1 < this.#slots.end ? slot + 1 : FIRST_SLOT
      if (slot !== newest && this.#slots.expiryAt(slot) <= now) return slot
    }
    return undefined
  }

  #startTimer(): NodeJS.Timeout {
    const swept = async () => {
      await sweep(this.#slots, this.#clock() - KEEP_MS, false)
      this.#timer = this.#closed || this.#slots.count === 0 ? undefined : this.#startTimer()
    }
    return setTimeout(swept, this.#sweepMs).unref()
  }
}
