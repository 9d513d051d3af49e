/**
 * express-session 1.19 as an app knows it, with what sessmw adds: see `docs/migrating-from-express-session.md`.
 *
 * The types are those of `@types/express-session`, so that an app's own `SessionData` keeps its meaning.
 *
 * @module
 */
import type expressSession from 'express-session'
import { Cookie as CookieClass } from './express/express-session/cookie.js'
import { MemoryStore as MemoryStoreClass } from './express/express-session/memory-store.js'
import { createMiddleware } from './express/express-session/middleware.js'
import { Session as SessionClass } from './express/express-session/session.js'
import { Store as StoreClass } from './express/express-session/store.js'
import { toExpressStore as toExpress } from './express/express-session/to-express-store.js'
import { fromExpressStore as fromExpress } from './stores/express-store.js'

/** `toExpressStore` with the store type of `@types/express-session`. */
type TypedToExpressStore = (...args: Parameters<typeof toExpress>) => expressSession.Store

const classes = {
  Store: StoreClass,
  MemoryStore: MemoryStoreClass,
  Session: SessionClass,
  Cookie: CookieClass,
}

/** Stores of express-session for `session()` of `sessmw`, and the other way round. */
const adapters = {
  fromExpressStore: fromExpress,
  toExpressStore: toExpress as (...args: Parameters<typeof toExpress>) => unknown as TypedToExpressStore,
}

/** Makes the session middleware; see express-session for its options. */
const session = Object.assign(createMiddleware, classes, adapters) as unknown as typeof expressSession &
  typeof adapters

declare namespace session {
  type SessionOptions = expressSession.SessionOptions
  type SessionData = expressSession.SessionData
  type CookieOptions = expressSession.CookieOptions
  type Session = expressSession.Session
  type Cookie = expressSession.Cookie
  type Store = expressSession.Store
  type MemoryStore = expressSession.MemoryStore
}

export { session, session as default }
export const { Store, MemoryStore, Session, Cookie, fromExpressStore, toExpressStore } = session
export type { AdaptedStore, StoreCapabilities } from './stores/express-store.js'
export type SessionOptions = expressSession.SessionOptions
export type SessionData = expressSession.SessionData
export type CookieOptions = expressSession.CookieOptions
export type Session = expressSession.Session
export type Cookie = expressSession.Cookie
export type Store = expressSession.Store
export type MemoryStore = expressSession.MemoryStore
