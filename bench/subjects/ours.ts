import type { Subject } from '../exchange.js'
import { type Middleware, Mounted, SECRET } from './mounted.js'

// The built package: a TypeScript runner instruments functions, which would be measured, too.
export const sessmw: typeof import('../../src/index.js') = await import(
  new URL('../../dist/esm/index.js', import.meta.url).href
)
const dropInSession: (options: object) => Middleware = (
  await import(new URL('../../dist/esm/express-session.js', import.meta.url).href)
).default

type Store = InstanceType<typeof sessmw.MemoryStore>

const middleware = (store: Store, lazy: boolean): Middleware =>
  sessmw.session({ secretKey: SECRET, secure: false, store, lazy }) as Middleware

/** The middleware with its defaults, but without `secure`, since nothing here comes over TLS. */
export const ours = (store = new sessmw.MemoryStore()): Subject =>
  new Mounted('sessmw', middleware(store, false))

/** Loads nothing before it is told to, so another one stores the session. */
export function oursLazy(): Subject {
  const store = new sessmw.MemoryStore()
  return new Mounted('sessmw, lazy', middleware(store, true), ours(store))
}

/** The drop-in with the options of `expressSession`. */
export const dropIn = (): Subject =>
  new Mounted(
    'sessmw/express-session',
    dropInSession({ secret: SECRET, name: 'sid', resave: false, saveUninitialized: false }),
  )
