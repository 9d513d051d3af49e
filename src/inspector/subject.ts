import type { Owner } from '../core/owner.js'

/** What lists know of a session: all but its values. Times are milliseconds since 1970; null where a store has none. */
export interface Item {
  readonly handle: string
  /** Where the store keeps it; a credential with stores that are keyed by ids. */
  readonly key: string
  /** Another one after each change; opaque. */
  readonly version: string
  readonly owner: Owner | null
  readonly createdAt: number | null
  readonly lastSeenAt: number | null
  readonly expiresAt: number | null
  readonly cookieMaxAgeMs: number | null
  /** Names of the data. */
  readonly names: readonly string[]
  /** Of names and values, as they are stored. */
  readonly bytes: number
}

/** A session as it lies in the store. */
export interface FullItem extends Item {
  /** Name -> JSON text, of the data alone. */
  readonly fields: Readonly<Record<string, string>>
  /** Keys with waiting flash messages. */
  readonly flash: readonly string[]
  /** What `restore` puts back. */
  readonly stored: unknown
}

/** What an inspector may do with a session of this store. */
export interface Capabilities {
  /** `seen`: the store cannot list, so lists have what was used since the start. */
  readonly list: 'all' | 'seen'
  readonly edit: boolean
  readonly expire: boolean
  readonly destroy: boolean
  readonly cookie: boolean
  readonly clock: boolean
  readonly seed: boolean
  readonly history: boolean
  /** `load`: requests tell what became of their cookie, but not what was saved. */
  readonly verdicts: 'full' | 'load'
}

/** What one edit changes; `ifVersion`: only if the session still has this version. */
export interface Edit {
  readonly set?: Readonly<Record<string, string>>
  readonly unset?: readonly string[]
  readonly expiresAt?: number | undefined
  readonly ifVersion?: string | undefined
}

/** Settings of the app as `info` shows them; what is unknown is null. */
export interface OptionsSummary {
  readonly cookieName: string
  readonly httpOnly: boolean | null
  readonly secure: boolean | 'auto' | null
  readonly sameSite: string | boolean | null
  readonly path: string | null
  readonly domain: string | null
  readonly partitioned: boolean | null
  readonly idleSeconds: number | null
  readonly absoluteSeconds: number | null
  readonly touchEverySeconds: number | null
  readonly persistent: boolean | null
  readonly lazy: boolean | null
  readonly maxBytes: number | null
  /** How many there are. */
  readonly secrets: number
}

/** Whether a session lives; if not, why. */
export type State = 'alive' | 'expired-idle' | 'expired-absolute' | 'from-the-future'

/**
 * The sessions that an inspector shows, whatever keeps them. Looking creates, touches and extends nothing. Every method
 * rejects with what the store rejects with.
 */
export interface Subject {
  readonly kind: 'sessmw' | 'express-session'
  readonly storeName: string
  readonly capabilities: Capabilities
  readonly options: OptionsSummary
  /** Of the app: newest first. Needed to check a pasted cookie; shown to nobody. */
  readonly secrets: readonly string[]
  now(): number
  /** What the clock of the app is ahead of the real one; undefined where it cannot travel. */
  offsetMs: number | undefined
  stateOf(item: Item): State
  /** When it ends whatever happens. */
  absoluteExpiryOf(item: Item): number | null
  /** All that the store holds, or all that were seen, a few at a time. */
  items(): AsyncIterable<readonly FullItem[]>
  /** How many the store holds, ended ones included; null when it cannot tell. */
  count(): Promise<number | null>
  find(handle: string): Promise<FullItem | 'corrupt' | undefined>
  /** The handle of a session id. */
  handleOf(id: string): string
  edit(item: FullItem, edit: Edit): Promise<'saved' | 'missing' | 'conflict'>
  /** False when there was none. */
  remove(item: FullItem): Promise<boolean>
  /** Puts back what `remove` took. False when there is one again. */
  restore(item: FullItem): Promise<boolean>
  /**
   * The text of a field as the store would keep it.
   *
   * @throws SessmwError `bad-key`, `unstorable-value`
   */
  encode(name: string, value: unknown): string
  /** @throws SessmwError `session-too-large` */
  checkSize(item: FullItem, edit: Edit): void
  /** A new session with these fields; undefined where that is not possible. */
  mint?(
    fields: Readonly<Record<string, string>>,
    owner: Owner | null,
  ): Promise<{ handle: string; cookie: string }>
}
