/**
 * Server-side sessions: the browser holds a signed random id and nothing else, the data live in a store.
 *
 * @module
 */
export type { CookieAttributes, CookieOptions } from './cookie/set-cookie.js'
export type { Updater } from './core/atomic.js'
export { sessionOf } from './core/attached.js'
export type { SessionBag } from './core/bag.js'
export type { SessionMembers } from './core/bag-members.js'
export type { Clock } from './core/clock.js'
export { createSessions } from './core/create-sessions.js'
export type { RequestEvent, SessionEvent, SessionEventMap, SessionEvents } from './core/events.js'
export type { KeepOptions } from './core/identity.js'
export type { ListOptions, SessionPage, SessionSummary } from './core/list.js'
export type { Logger } from './core/logger.js'
export type { Callback } from './core/operations.js'
export type {
  BaseSessionOptions,
  Duration,
  SessionOptions,
  StoreErrorPolicy,
} from './core/options.js'
export type { Owner } from './core/owner.js'
export type { RecordCookie, RecordHeader, RecordTimes, SessionRecord } from './core/record.js'
export type { RequestContext } from './core/request-context.js'
export type { Session } from './core/session.js'
export type { SessionCookie } from './core/session-cookie.js'
// A star, because TypeScript augments `SessionData` through no other kind of re-export.
export type * from './core/session-data.js'
export type { Sessions } from './core/sessions.js'
export type { SkipHeader } from './core/skip.js'
export type { EnumerableStore, RecordChange, Store, StoreContext, UpdateResult } from './core/store.js'
export type { CookieCode, LoadCode, SaveCode, Verdict } from './core/verdict.js'
export { type ErrorCode, SessmwError } from './errors.js'
export { type SessionMiddleware, session } from './express/session.js'
export { MemoryStore } from './stores/memory.js'
export type { MemoryStoreOptions } from './stores/memory-options.js'
