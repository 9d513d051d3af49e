import { withDeadline } from '../stores/deadline.js'
import { MemoryStore } from '../stores/memory.js'
import { createBag } from './bag.js'
import { checkStore } from './option-checks.js'
import type { SessionOptions } from './options.js'
import { type AnyOptions, resolveOptions } from './resolve-options.js'
import type { SessionData } from './session-data.js'
import { Sessions } from './sessions.js'
import { SessionsCore } from './sessions-core.js'
import { warnOnce } from './warnings.js'

/**
 * Sessions without any framework: `open` a Cookie header, read and write, `commit`, send the cookie.
 *
 * @throws SessmwError `bad-option`, `bad-cookie` or `bad-secret`, naming the option and what fits.
 *
 * @example
 * const sessions = createSessions({ secretKey: process.env.SESSION_SECRET! })
 * const session = await sessions.open(request.headers.cookie)
 * session.data.visits = (session.data.visits ?? 0) + 1
 * const setCookie = await sessions.commit(session)
 */
export function createSessions<Data = SessionData, const Name extends string = string>(
  options: SessionOptions<Name, Data>,
): Sessions<Data> {
  const resolved = resolveOptions(options as unknown as AnyOptions)
  if (options.store !== undefined) checkStore(options.store)
  const store = options.store ?? new MemoryStore({ clock: resolved.clock })
  if (store instanceof MemoryStore && process.env.NODE_ENV === 'production') {
    warnOnce(
      'memory-store',
      'sessmw: sessions are kept in the memory of this process, so they end with it and no other process sees them. Pass a store.',
      resolved.logger,
    )
  }
  const guarded = withDeadline(store, resolved.storeTimeoutMs)
  return new Sessions<Data>(new SessionsCore(resolved, guarded, createBag, store.constructor.name))
}
