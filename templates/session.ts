// Sessions of this app, set up by `sessmw init`. The file is yours to change.
import { existsSync } from 'node:fs'
import { session } from 'sessmw'
import 'sessmw/augment'
import { store } from './stores/memory.js'

// Where the secret comes from: the environment, or a file that git ignores.
const { SESSION_SECRET: given } = process.env
if (!given && existsSync('.env')) process.loadEnvFile('.env')
const { NODE_ENV, SESSION_SECRET = '', SESSION_SECRET_OLD } = process.env

export const sessionMiddleware = session({
  // The first signs, all verify. To change the secret, move the current one to SESSION_SECRET_OLD for a while.
  secretKey: SESSION_SECRET_OLD ? [SESSION_SECRET, SESSION_SECRET_OLD] : SESSION_SECRET,
  // __Host- keeps other hosts of the domain from setting the cookie; browsers take it over HTTPS only.
  sessionCookie: NODE_ENV === 'production' ? '__Host-sid' : 'sid',
  // <subdomain|cross-site>
  // The pages come from another origin: fetch(url, { credentials: 'include' }) there, cors({ origin, credentials: true }) here.
  // </subdomain|cross-site>
  // <cross-site>
  // Cookies go along with requests from other sites with none only, so such requests need a CSRF token.
  sameSite: NODE_ENV === 'production' ? 'none' : 'lax',
  // </cross-site>
  store,
  // A session ends after 1 day without a request, and 7 days after its start. Strict, where much is at stake:
  // idleTimeout: '30m',
  // absoluteLifetime: '8h',
})
