import { createRequire } from 'node:module'
import type { Subject } from '../exchange.js'
import { type Middleware, Mounted, SECRET } from './mounted.js'

interface ExpressSession {
  (options: object): Middleware
  readonly MemoryStore: new () => ExpressStore
}

type Callback = (error?: unknown, value?: unknown) => void

/** What the benchmarks use of a store of express-session. */
export interface ExpressStore {
  get(sid: string, callback: Callback): void
  set(sid: string, session: object, callback?: Callback): void
  all(callback: Callback): void
  prune?(): void
}

const require = createRequire(import.meta.url)
export const session: ExpressSession = require('express-session')
export const memorystore: (session: ExpressSession) => new (options: object) => ExpressStore =
  require('memorystore')

/** What its README recommends; anything else costs more. */
export const expressOptions = { secret: SECRET, name: 'sid', resave: false, saveUninitialized: false }

/** express-session with the store that it brings. */
export const expressSession = (): Subject => new Mounted('express-session', session(expressOptions))

/** express-session with the store in memory that its README recommends for production. */
export function expressMemorystore(): Subject {
  const store = new (memorystore(session))({})
  return new Mounted('express-session, memorystore', session({ ...expressOptions, store }))
}
