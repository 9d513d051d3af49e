/**
 * Types `req.session` of Express. A line of its own, so that `@types/express-session` beside it does not clash:
 *
 * @example
 * import 'sessmw/augment'
 *
 * @module
 */
// From the entry, so that `declare module 'sessmw'` in a file that imports nothing else finds it.
import type { SessionBag } from './index.js'

declare global {
  namespace Express {
    interface Request {
      session: SessionBag
    }
  }
}
