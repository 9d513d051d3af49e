import type { InspectorPlan } from './inspector-plan.js'
import type { Seed } from './seed.js'

/** What the process of an entry is to do; the first message to it. It goes through no argument or variable, which others could read. */
export interface EntryOrder extends InspectorPlan {
  /** Absolute path. */
  readonly entry: string
  readonly port: number
  readonly seeds: readonly Seed[]
  readonly clockOffsetMs: number
}

/** What the process of an entry tells, as `sessmw` of its messages. */
export type EntryMessage =
  | {
      readonly type: 'listening'
      readonly mounted: MountedFacts | null
      /** The app has no sessions of ours, but has loaded the package express-session. */
      readonly hasExpressSession?: boolean
    }
  /** Sessions were made after the server began to listen. */
  | { readonly type: 'mounted'; readonly mounted: MountedFacts }
  /** The entry has run to its end, and there is nothing to serve. */
  | { readonly type: 'no-app'; readonly exports: readonly Export[] }
  /** Another program listens where the app is to. */
  | { readonly type: 'port-taken'; readonly port: number }

/** Something that an entry exports. */
export interface Export {
  readonly name: string
  /** What it is, such as `an object`. */
  readonly kind: string
}

/** What the inspector was mounted on. */
export interface MountedFacts {
  /** Class of the store. */
  readonly store: string
  /** How many further sessions the app has, which the inspector does not show. */
  readonly others: number
  /** What could not be done as asked. */
  readonly problems: readonly string[]
}
