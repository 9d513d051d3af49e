/** The bodies of the API as the page reads them; `docs/inspector-api.md` says what each part means. */

export interface Explanation {
  readonly title: string
  readonly fix: string
  readonly causes: readonly string[]
}

export interface Clock {
  readonly now: number
  readonly offsetMs: number
  readonly adjustable: boolean
}

export interface Info {
  readonly version: string
  readonly kind: 'sessmw' | 'express-session'
  readonly environment: string
  readonly now: number
  readonly run: string
  readonly readOnly: boolean
  readonly store: { readonly name: string; readonly count: number | null }
  readonly capabilities: {
    readonly list: 'all' | 'seen'
    readonly edit: boolean
    readonly expire: boolean
    readonly destroy: boolean
    readonly cookie: boolean
    readonly clock: boolean
    readonly seed: boolean
    readonly history: boolean
    readonly reveal: boolean
    readonly verdicts: 'full' | 'load'
  }
  readonly clock: Clock
  readonly options: { readonly cookieName: string }
  readonly codes: Readonly<Record<'load' | 'save' | 'cookie', Readonly<Record<string, Explanation>>>>
}

export interface Summary {
  readonly handle: string
  readonly version: string
  readonly state: 'alive' | 'expired-idle' | 'expired-absolute' | 'from-the-future'
  readonly owner: string | null
  readonly createdAt: number | null
  readonly lastSeenAt: number | null
  readonly expiresAt: number | null
  readonly keys: number
  readonly bytes: number
  readonly lastRequest: { readonly at: number; readonly method: string; readonly path: string } | null
}

export interface SessionPage {
  readonly now: number
  readonly total: number
  readonly matched: number
  readonly truncated: boolean
  readonly sessions: readonly Summary[]
  readonly cursor: string | null
}

export interface Field {
  readonly name: string
  readonly bytes: number
  readonly complete: boolean
}

export interface Detail extends Summary {
  readonly absoluteExpiresAt: number | null
  readonly cookieMaxAgeMs: number | null
  readonly data: Readonly<Record<string, unknown>>
  readonly fields: readonly Field[]
  readonly flash: readonly string[]
}

export interface FieldDiff {
  readonly name: string
  readonly op: 'add' | 'change' | 'remove'
  readonly before?: unknown
  readonly after?: unknown
}

export interface Change {
  readonly at: number
  readonly version: string | null
  readonly kind: 'created' | 'updated' | 'ended' | 'restored' | 'revealed'
  readonly by: 'app' | 'inspector'
  readonly request: { readonly method: string; readonly path: string } | null
  readonly owner?: string | null
  readonly diff: readonly FieldDiff[]
}

export interface History {
  readonly changes: readonly Change[]
  readonly dropped: number
}

export type RequestStatus = 'ok' | 'none' | 'rejected'

export interface Problem extends Explanation {
  readonly part: 'load' | 'save' | 'cookie'
  readonly code: string
  readonly diagnosis: string | null
}

export interface RequestEntry {
  readonly seq: number
  readonly at: number
  readonly method: string
  readonly path: string
  readonly handle: string | null
  readonly owner: string | null
  readonly load: string
  readonly save: string | null
  readonly cookie: string | null
  readonly detail: string | null
  readonly status: RequestStatus
  readonly problem: Problem | null
  readonly cookieHeader: string | null
}

export interface RequestPage {
  readonly now: number
  readonly requests: readonly RequestEntry[]
  readonly before: number | null
}

export interface Verification {
  readonly status: 'valid' | 'invalid' | 'unsigned'
  readonly code: string | null
  readonly name: string
  readonly id: string | null
  readonly handle: string | null
  readonly repairs: readonly string[]
  readonly secret: { readonly index: number } | null
  readonly needsResign: boolean
  readonly detail: string | null
  readonly hints: readonly { readonly code: string; readonly message: string }[]
  readonly state: string | null
}

export interface Minted {
  readonly handle: string
  readonly cookie: string
  readonly curl: string
}

/** One thing that happened; what a type carries besides is optional here. */
export interface LiveEvent {
  readonly type: string
  readonly at: number
  readonly handle: string | null
  readonly request?: RequestEntry
  readonly names?: readonly string[]
  readonly previousHandle?: string
  readonly offsetMs?: number
  readonly message?: string
}
