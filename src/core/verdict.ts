import type { Owner } from './owner.js'

/** What became of the cookie that a request brought. */
export type LoadCode =
  | 'none'
  | 'loaded'
  | 'skipped'
  | 'malformed'
  | 'unsigned'
  | 'bad-signature'
  | 'unknown'
  | 'expired-idle'
  | 'expired-absolute'
  | 'ambiguous'
  | 'corrupt'
  | 'store-error'

/** What became of the session in the store. */
export type SaveCode =
  | 'unchanged'
  | 'touched'
  | 'created'
  | 'updated'
  | 'discarded'
  | 'destroyed'
  | 'regenerated'
  | 'failed'
  | 'empty'

/** What the response did with the cookie. */
export type CookieCode =
  | 'unchanged'
  | 'set'
  | 're-signed'
  | 're-sent'
  | 'cleared'
  | 'withheld-insecure'
  | 'withheld-late'
  | 'withheld-failed'

/** Why a request had the session that it had; complete when the response has finished. */
export interface Verdict {
  readonly load: LoadCode
  readonly save: SaveCode
  readonly cookie: CookieCode
  /** The session of the request: SHA-256 of its id, which opens nothing. */
  readonly handle?: string
  readonly owner?: Owner
  /** More about the codes, in words. */
  readonly detail?: string
}

/** A request whose cookie became no session although there was one. */
export function isRejected(load: LoadCode): boolean {
  return load !== 'none' && load !== 'loaded' && load !== 'skipped'
}

const WEIGHT: Readonly<Record<SaveCode, number>> = {
  unchanged: 0,
  empty: 1,
  touched: 2,
  updated: 3,
  created: 4,
  regenerated: 4,
  destroyed: 4,
  discarded: 5,
  failed: 6,
}

/** Of several things that happen to a session in one request, the verdict names the weightiest, and of equals the last. */
export function weightier(present: SaveCode, code: SaveCode): SaveCode {
  return WEIGHT[code] >= WEIGHT[present] ? code : present
}
