import { judge, lifetimeOf } from '../core/expiry.js'
import { checkSize } from '../core/field-change.js'
import { encodeField } from '../core/field-codec.js'
import { mint } from '../core/mint.js'
import { checkDataKey } from '../core/names.js'
import type { Owner } from '../core/owner.js'
import type { RecordHeader, SessionRecord } from '../core/record.js'
import { isRecord } from '../core/record.js'
import { handleOf } from '../core/session-id.js'
import type { SessionsCore } from '../core/sessions-core.js'
import { type EnumerableStore, isEnumerable, type Store } from '../core/store.js'
import { isTravelClock } from '../core/travel-clock.js'
import { isSessmwError } from '../errors.js'
import { itemOf } from './core-item.js'
import type { Capabilities, Edit, FullItem, Item, OptionsSummary, State, Subject } from './subject.js'

/** Records that are asked for at once. */
const PAGE = 500

/** The sessions of `createSessions()`. */
export class CoreSubject implements Subject {
  readonly kind = 'sessmw'
  readonly storeName: string
  readonly capabilities: Capabilities
  readonly options: OptionsSummary
  readonly secrets: readonly string[]

  /**
   * @param store The store itself: calls of the inspector are no calls of the app.
   * @param seen What the app has used since the start, for stores that cannot list.
   */
  constructor(
    private readonly core: SessionsCore,
    private readonly store: Store,
    private readonly seen: () => Iterable<readonly [key: string, record: SessionRecord]>,
  ) {
    this.storeName = core.storeName
    this.secrets = core.options.secrets
    this.options = summaryOf(core)
    this.capabilities = {
      ...{
        list: isEnumerable(store) ? 'all' : 'seen',
        edit: true,
        expire: true,
        destroy: true,
        history: true,
      },
      ...{ cookie: true, seed: true, verdicts: 'full' },
      clock: isTravelClock(core.options.clock) && core.storeName === 'MemoryStore',
    }
  }

  now(): number {
    return this.core.now()
  }

  get offsetMs(): number | undefined {
    const { clock } = this.core.options
    return this.capabilities.clock && isTravelClock(clock) ? clock.offsetMs : undefined
  }

  set offsetMs(offset: number) {
    const { clock } = this.core.options
    if (isTravelClock(clock)) clock.offsetMs = offset
  }

  stateOf(item: Item): State {
    return judge(headerOf(item), this.now(), this.#lifetime(item))
  }

  absoluteExpiryOf(item: Item): number {
    return (item.createdAt ?? 0) + this.#lifetime(item).absoluteMs
  }

  async *items(): AsyncGenerator<readonly FullItem[]> {
    try {
      yield* this.#allItems()
    } catch (error) {
      // Iterations go past the deadline of the store, which gives every other fault its class.
      throw isSessmwError(error) ? error : this.core.storeFailed(error, undefined)
    }
  }

  async *#allItems(): AsyncGenerator<readonly FullItem[]> {
    if (!isEnumerable(this.store)) yield this.#itemsOf([...this.seen()])
    else if (this.store.page === undefined) yield* this.#fromEntries(this.store)
    else {
      let cursor: string | undefined
      do {
        const page = await this.store.page({ limit: PAGE, ...(cursor !== undefined && { cursor }) })
        yield this.#itemsOf(page.records)
        cursor = page.cursor
      } while (cursor !== undefined)
    }
  }

  async count(): Promise<number | null> {
    return isEnumerable(this.store) ? this.store.count() : null
  }

  async find(handle: string): Promise<FullItem | 'corrupt' | undefined> {
    const key = await this.#keyOf(handle)
    if (key === undefined) return undefined
    const found = await this.store.read(key)
    if (found === null) return undefined
    return isRecord(found) ? itemOf(key, handle, found) : 'corrupt'
  }

  handleOf(id: string): string {
    return handleOf(id)
  }

  edit(
    item: FullItem,
    { set, unset, expiresAt, ifVersion }: Edit,
  ): Promise<'saved' | 'missing' | 'conflict'> {
    return this.store.update(item.key, {
      ...(set && { set }),
      ...(unset && { unset }),
      ...(expiresAt !== undefined && { expiresAt }),
      ...(ifVersion !== undefined && { ifVersion: Number(ifVersion) }),
    })
  }

  async remove({ key, handle, owner }: FullItem): Promise<boolean> {
    const { core, store } = this
    if (!(await store.delete(key)) && !(await core.successors.end(store, key))) return false
    core.events.publish('revoked', { at: core.now(), handle, ...(owner !== null && { owner }) })
    return true
  }

  async restore({ key, stored }: FullItem): Promise<boolean> {
    try {
      await this.store.create(key, stored as SessionRecord)
      return true
    } catch (error) {
      if (isSessmwError(error) && error.code === 'store-exists') return false
      throw error
    }
  }

  encode(name: string, value: unknown): string {
    checkDataKey(name)
    return encodeField(value, `session.${name}`, { maxDepth: this.core.options.limits.maxDepth })
  }

  checkSize({ stored }: FullItem, { set = {}, unset = [] }: Edit): void {
    checkSize((stored as SessionRecord).fields, { set, unset }, this.core.options.limits)
  }

  mint(fields: Readonly<Record<string, string>>, owner: Owner | null) {
    return mint(this.core, { fields, ...(owner !== null && { owner }) })
  }

  async *#fromEntries(store: EnumerableStore): AsyncGenerator<readonly FullItem[]> {
    let batch: FullItem[] = []
    for await (const [key, record] of store.entries()) {
      batch.push(itemOf(key, this.core.handleOfKey(key), record))
      if (batch.length < PAGE) continue
      yield batch
      batch = []
    }
    yield batch
  }

  #itemsOf(records: readonly (readonly [string, SessionRecord])[]): FullItem[] {
    return records.map(([key, record]) => itemOf(key, this.core.handleOfKey(key), record))
  }

  /** Where keys are hashes, key and handle are the same; in other stores it is searched for. */
  async #keyOf(handle: string): Promise<string | undefined> {
    if (this.store.keyOf === undefined) return handle
    for await (const batch of this.items())
      for (const item of batch) if (item.handle === handle) return item.key
    return undefined
  }

  #lifetime({ cookieMaxAgeMs }: Item) {
    return lifetimeOf(
      this.core.options.lifetime,
      cookieMaxAgeMs === null ? undefined : { maxAge: cookieMaxAgeMs },
    )
  }
}

function headerOf({ version, createdAt, lastSeenAt, expiresAt }: Item): RecordHeader {
  return {
    version: Number(version),
    createdAt: createdAt ?? 0,
    lastSeenAt: lastSeenAt ?? 0,
    expiresAt: expiresAt ?? 0,
  }
}

function summaryOf({ options }: SessionsCore): OptionsSummary {
  const { cookie, cookieName, lifetime, touchEveryMs, lazy, limits, secrets } = options
  return {
    cookieName,
    httpOnly: cookie.httpOnly ?? null,
    secure: cookie.secure ?? null,
    sameSite: cookie.sameSite ?? null,
    path: cookie.path ?? null,
    domain: cookie.domain ?? null,
    partitioned: cookie.partitioned ?? null,
    idleSeconds: lifetime.idleMs / 1000,
    absoluteSeconds: lifetime.absoluteMs / 1000,
    touchEverySeconds: touchEveryMs / 1000,
    persistent: lifetime.persistent,
    lazy,
    maxBytes: limits.maxBytes,
    secrets: secrets.length,
  }
}
