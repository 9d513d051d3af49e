import type { FieldDiff } from './field-diff.js'

/** One change of a session. */
export interface Change {
  readonly at: number
  readonly version: string | null
  readonly kind: 'created' | 'updated' | 'ended' | 'restored' | 'revealed'
  readonly by: 'app' | 'inspector'
  /** The request that made it, once its response has finished. */
  request: { readonly method: string; readonly path: string } | null
  /** There when it changed. */
  readonly owner?: string | null | undefined
  readonly diff: readonly FieldDiff[]
}

/** What is kept: changes of one session, sessions, and characters of text in all. */
const MAX_CHANGES = 50
const MAX_SESSIONS = 1_000
const MAX_TEXT = 5_000_000

interface Past {
  readonly changes: Change[]
  dropped: number
}

const sizeOf = ({ diff }: Change): number =>
  200 +
  diff.reduce((sum, { name, before, after }) => sum + name.length + sum2(before?.length, after?.length), 0)

const sum2 = (one = 0, other = 0): number => one + other

/** The last changes of the sessions that changed last. Texts are kept as they are stored, and masked when shown. */
export class History {
  readonly #pasts = new Map<string, Past>()
  #size = 0

  add(handle: string, change: Change): void {
    const past = this.#pasts.get(handle) ?? { changes: [], dropped: 0 }
    this.#pasts.delete(handle)
    this.#pasts.set(handle, past)
    past.changes.push(change)
    this.#size += sizeOf(change)
    if (past.changes.length > MAX_CHANGES) this.#dropFirst(past)
    for (const [oldest, { changes }] of this.#pasts) {
      if (this.#pasts.size <= MAX_SESSIONS && this.#size <= MAX_TEXT) return
      if (oldest === handle) break
      for (const gone of changes) this.#size -= sizeOf(gone)
      this.#pasts.delete(oldest)
    }
    while (this.#size > MAX_TEXT && past.changes.length > 1) this.#dropFirst(past)
  }

  /** Notes whose changes the last ones without a request are. */
  attribute(handle: string, request: { method: string; path: string }): void {
    const changes = this.#pasts.get(handle)?.changes ?? []
    for (const change of changes.toReversed()) {
      if (change.request !== null) return
      if (change.by === 'app') change.request = request
    }
  }

  /** Newest first; `dropped`: how many older ones are forgotten. */
  of(handle: string): { readonly changes: readonly Change[]; readonly dropped: number } {
    const past = this.#pasts.get(handle)
    return { changes: past?.changes.toReversed() ?? [], dropped: past?.dropped ?? 0 }
  }

  #dropFirst(past: Past): void {
    const gone = past.changes.shift()
    if (gone !== undefined) this.#size -= sizeOf(gone)
    past.dropped += 1
  }
}
