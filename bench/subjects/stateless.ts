import type { IncomingMessage, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { getIronSession } from 'iron-session'
import type { BenchRequest, Subject } from '../exchange.js'
import { BARE, type Middleware, Mounted, SECRET } from './mounted.js'

const session: (options: object) => Middleware = createRequire(import.meta.url)('cookie-session')

/** cookie-session: the data lie in a signed cookie, readable for the browser. */
export const cookieSession = (): Subject =>
  new Mounted('cookie-session', session({ name: 'sid', secret: SECRET }))

const IRON = { cookieName: 'sid', password: SECRET, cookieOptions: { secure: false } }

/** iron-session: the data lie in an encrypted cookie. Its users save by themselves. */
export function ironSession(writes: boolean): Subject {
  return {
    name: 'iron-session',
    base: BARE,
    isSlow: true,
    handle(request, response) {
      void answer(request, response)
    },
  }

  async function answer(request: BenchRequest, response: ServerResponse): Promise<void> {
    const session = await getIronSession<Record<string, unknown>>(request as IncomingMessage, response, IRON)
    request.session = session
    const keys = Object.keys(session).length
    request.use?.(request)
    if (writes || Object.keys(session).length > keys) await session.save()
    response.end('ok')
  }
}
