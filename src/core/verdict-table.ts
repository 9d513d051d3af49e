import type { CookieCode, LoadCode, SaveCode } from './verdict.js'

/** What a code means to people: in one line, where to look, and what to do. */
export interface Explanation {
  readonly title: string
  readonly fix: string
  /** Root causes that show as this code, the likeliest first. */
  readonly causes: readonly string[]
}

/** Codes of `verdict.load`. */
export const LOAD_CODES: Readonly<Record<LoadCode, Explanation>> = {
  none: {
    title: 'The request brought no session cookie',
    fix: "A first visit is like that. If it was not one: fetch(url, { credentials: 'include' }), one host name everywhere, and no cookie blocked in the browser's developer tools.",
    causes: ['client-no-credentials', 'samesite-blocks', 'domain-rejected', 'host-mismatch', 'path-mismatch'],
  },
  loaded: { title: 'The session was loaded', fix: 'Nothing to do.', causes: [] },
  skipped: {
    title: 'The session was not looked at',
    fix: 'The request matched skip or skipSessionHeader, or lazy is on and load() was not called.',
    causes: [],
  },
  malformed: {
    title: 'The cookie value was cut or re-encoded on its way',
    fix: 'Check it with `sessmw verify`; then fix the program that copies, quotes or encodes it twice.',
    causes: ['mangled', 'percent-encoded'],
  },
  unsigned: {
    title: 'The cookie value carries no signature',
    fix: 'Another program sets a cookie of this name, or only the id was copied. Rename one: sessionCookie.',
    causes: ['duplicate-cookie', 'handshake'],
  },
  'bad-signature': {
    title: 'The signature was made with another secret, or the value was forged',
    fix: 'Give all processes the same secretKey, and keep the old one behind the new one while you rotate: [new, old].',
    causes: ['secret-mismatch', 'env-parse'],
  },
  unknown: {
    title: 'The cookie is genuine, but the store has no such session',
    fix: 'The store was emptied or restarted (the memory store lives in one process), or the session was ended. Share one store between processes and restarts.',
    causes: ['store-lost'],
  },
  'expired-idle': {
    title: 'The session was not used for longer than its idle timeout',
    fix: 'Raise idleTimeout or maxAge (seconds!) if that was too soon.',
    causes: ['expired-or-units'],
  },
  'expired-absolute': {
    title: 'The session reached its absolute lifetime',
    fix: 'Ask for a new login; raise absoluteLifetime if that was too soon.',
    causes: ['expired-or-units'],
  },
  ambiguous: {
    title: 'The request brought two living sessions, so both were ended',
    fix: 'Two cookies of one name with different Domain or Path are set: use one of each, or another sessionCookie.',
    causes: ['duplicate-cookie'],
  },
  corrupt: {
    title: 'The stored session cannot be understood',
    fix: 'Another program or a newer version wrote it. The record is left as it is; see the corrupt event.',
    causes: [],
  },
  'store-error': {
    title: 'The store failed or did not answer in time',
    fix: 'Bring the store back; onStoreError decides what such a request gets.',
    causes: [],
  },
}

/** Codes of `verdict.save`. */
export const SAVE_CODES: Readonly<Record<SaveCode, Explanation>> = {
  unchanged: { title: 'Nothing changed, nothing was written', fix: 'Nothing to do.', causes: [] },
  touched: { title: 'Only the times were written', fix: 'Nothing to do.', causes: [] },
  created: { title: 'A new session was stored', fix: 'Nothing to do.', causes: [] },
  updated: { title: 'The changed keys were written', fix: 'Nothing to do.', causes: [] },
  discarded: {
    title: 'The changes were dropped',
    fix: 'The session had been ended meanwhile (a logout is never undone), or its cookie could not be sent.',
    causes: [],
  },
  destroyed: { title: 'The session was ended', fix: 'Nothing to do.', causes: [] },
  regenerated: {
    title: 'The session goes on under a new id',
    fix: 'Data go along only if they are named: regenerate({ keep: [...] }).',
    causes: ['regenerated'],
  },
  failed: {
    title: 'The changes could not be stored',
    fix: 'See the error that the request ended with, and the store-error event.',
    causes: [],
  },
  empty: {
    title: 'There was nothing to store',
    fix: 'A session begins when something is put in it. That is right unless you expected a cookie.',
    causes: ['not-initialized'],
  },
}

/** Codes of `verdict.cookie`. */
export const COOKIE_CODES: Readonly<Record<CookieCode, Explanation>> = {
  unchanged: { title: 'No cookie was sent, and none had to be', fix: 'Nothing to do.', causes: [] },
  set: { title: 'The cookie of a new id was sent', fix: 'Nothing to do.', causes: [] },
  're-signed': {
    title: 'The cookie was sent again, signed with the newest secret',
    fix: 'When none of these appear any more, drop the old secret.',
    causes: [],
  },
  're-sent': { title: 'The cookie was sent again with its new expiry', fix: 'Nothing to do.', causes: [] },
  cleared: { title: 'The browser was told to forget the cookie', fix: 'Nothing to do.', causes: [] },
  'withheld-insecure': {
    title: 'The cookie is Secure, but the request did not come over HTTPS',
    fix: "Behind a proxy: app.set('trust proxy', 1), and let the proxy send X-Forwarded-Proto. Without HTTPS: secure: 'auto'.",
    causes: ['trust-proxy-missing', 'secure-on-http'],
  },
  'withheld-late': {
    title: 'The headers had left before the session was begun',
    fix: 'Write to the session before the first byte of the response.',
    causes: ['middleware-order'],
  },
  'withheld-failed': {
    title: 'The session could not be stored, so no cookie was sent',
    fix: 'See the error that the request ended with.',
    causes: [],
  },
}
