// Cookies that every browser refuses are refused by the compiler: `npm run typecheck` fails if one of these compiles.
import { createSessions, session } from '../../src/index.js'

const secretKey = 'a secret of at least thirty-two bytes'

export const possible = [
  session({ secretKey }),
  session({ secretKey, secure: 'auto', sameSite: 'strict', domain: 'example.org', path: '/app' }),
  session({ secretKey, secure: false, sameSite: 'lax' }),
  session({ secretKey, sameSite: 'none' }),
  session({ secretKey, sameSite: 'none', secure: true, partitioned: true, priority: 'high' }),
  session({ secretKey, sessionCookie: '__Host-sid' }),
  session({ secretKey, sessionCookie: '__Host-sid', path: '/', secure: true }),
  session({ secretKey, sessionCookie: '__Secure-sid', domain: 'example.org' }),
  createSessions({ secretKey: [secretKey], sessionCookie: '__Host-sid', partitioned: true }),
]

export const impossible = [
  // @ts-expect-error a `__Host-` cookie has no Domain
  () => session({ secretKey, sessionCookie: '__Host-sid', domain: 'example.org' }),
  // @ts-expect-error a `__Host-` cookie has Path=/
  () => session({ secretKey, sessionCookie: '__Host-sid', path: '/app' }),
  // @ts-expect-error a `__Host-` cookie is Secure
  () => session({ secretKey, sessionCookie: '__Host-sid', secure: false }),
  // @ts-expect-error a prefix counts in any case
  () => session({ secretKey, sessionCookie: '__host-sid', secure: false }),
  // @ts-expect-error a `__Secure-` cookie is Secure
  () => session({ secretKey, sessionCookie: '__Secure-sid', secure: false }),
  // @ts-expect-error SameSite=None needs Secure
  () => session({ secretKey, sameSite: 'none', secure: false }),
  // @ts-expect-error Partitioned needs Secure
  () => session({ secretKey, partitioned: true, secure: false }),
  // @ts-expect-error Partitioned needs Secure on every connection
  () => session({ secretKey, partitioned: true, secure: 'auto' }),
  // @ts-expect-error the core has the same rules
  () => createSessions({ secretKey, sessionCookie: '__Host-sid', path: '/app' }),
  // @ts-expect-error a secret is required
  () => session({}),
  // @ts-expect-error express-session's option is none of ours
  () => session({ secretKey, saveUninitialized: false }),
]
