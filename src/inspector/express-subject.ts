import { encodeField } from '../core/field-codec.js'
import { handleOf } from '../core/session-id.js'
import { SessmwError } from '../errors.js'
import type { Settings } from '../express/express-session/settings.js'
import { nativeOf } from '../express/express-session/to-express-store.js'
import { CallbackRows } from './callback-rows.js'
import type { Rows } from './express-rows.js'
import { NativeRows } from './native-rows.js'
import type { Capabilities, Edit, FullItem, Item, OptionsSummary, State, Subject } from './subject.js'

const MAX_DEPTH = 100

/** Names of a row that are no data. */
const RESERVED = ['cookie', '__proto__', 'constructor', 'prototype']

/**
 * The sessions of an app on `sessmw/express-session`. A row tells less than a record: neither owner nor creation nor last
 * use; one that ended is gone; and ids cannot be minted, since they belong to the app (`genid`).
 */
export class ExpressSubject implements Subject {
  readonly kind = 'express-session'
  readonly storeName: string
  readonly capabilities: Capabilities
  readonly options: OptionsSummary
  readonly secrets: readonly string[]
  readonly offsetMs = undefined
  private readonly rows: Rows

  constructor(
    settings: Settings,
    seen: { get(handle: string): string | undefined; ids(): Iterable<string> },
  ) {
    const { store, secrets = [] } = settings
    const native = nativeOf(store)
    const keyOf = (sid: string): string => native?.keyOf?.(sid) ?? handleOf(sid)
    this.rows = native === undefined ? new CallbackRows(store, seen) : new NativeRows(native, seen, keyOf)
    this.storeName = (native ?? store).constructor.name
    this.secrets = secrets.filter((secret) => typeof secret === 'string')
    this.options = summaryOf(settings)
    this.capabilities = {
      ...{ list: this.rows.canList ? 'all' : 'seen', edit: true, expire: false, destroy: true },
      ...{ cookie: false, clock: false, seed: false, history: false, verdicts: 'load' },
    }
  }

  now(): number {
    return Date.now()
  }

  stateOf({ expiresAt }: Item): State {
    return expiresAt !== null && expiresAt <= this.now() ? 'expired-idle' : 'alive'
  }

  absoluteExpiryOf(): null {
    return null
  }

  items(): AsyncIterable<readonly FullItem[]> {
    return this.rows.items()
  }

  count(): Promise<number | null> {
    return this.rows.count()
  }

  find(handle: string): Promise<FullItem | 'corrupt' | undefined> {
    return this.rows.find(handle)
  }

  handleOf(id: string): string {
    return handleOf(id)
  }

  edit(item: FullItem, edit: Edit): Promise<'saved' | 'missing' | 'conflict'> {
    return this.rows.edit(item, edit)
  }

  remove(item: FullItem): Promise<boolean> {
    return this.rows.remove(item)
  }

  restore(item: FullItem): Promise<boolean> {
    return this.rows.restore(item)
  }

  /** Plain JSON, as express-session stores it. */
  encode(name: string, value: unknown): string {
    if (RESERVED.includes(name))
      throw new SessmwError('bad-key', `"${name}" is reserved, so it cannot be a data key.`)
    return encodeField(value, `session.${name}`, { maxDepth: MAX_DEPTH })
  }

  /** express-session has no limit. */
  checkSize(): void {}
}

function summaryOf({ name, cookie, secrets = [] }: Settings): OptionsSummary {
  const fixed = typeof cookie === 'function' ? undefined : cookie
  const maxAge = typeof fixed?.maxAge === 'number' ? fixed.maxAge : undefined
  return {
    cookieName: name,
    httpOnly: fixed === undefined ? null : (fixed.httpOnly ?? true),
    secure: fixed?.secure ?? null,
    sameSite: fixed?.sameSite ?? null,
    path: fixed?.path ?? (fixed === undefined ? null : '/'),
    domain: fixed?.domain ?? null,
    partitioned: fixed?.partitioned ?? null,
    idleSeconds: maxAge === undefined ? null : maxAge / 1000,
    absoluteSeconds: null,
    touchEverySeconds: null,
    persistent: fixed === undefined ? null : maxAge !== undefined,
    lazy: null,
    maxBytes: null,
    secrets: secrets.length,
  }
}
