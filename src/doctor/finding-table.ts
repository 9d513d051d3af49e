/** What a finding means: in one line, and what to do. */
export interface FindingText {
  readonly title: string
  readonly fix: string
}

/** What makes all else doubtful, so that it is said first. */
const FIRST = {
  'page-failed': {
    title: 'The page itself is wrong, so it says little about sessions',
    fix: 'Check the address, see the log of the app, or try another page.',
  },
} as const

/** The root causes of sessions that do not stick, the most frequent first. */
const CAUSES = {
  'client-no-credentials': {
    title: 'The browser is not asked to send the cookie along',
    fix: "fetch(url, { credentials: 'include' }), or withCredentials: true with axios and XMLHttpRequest.",
  },
  'trust-proxy-missing': {
    title: 'The app does not learn that the request came over HTTPS, so it holds its Secure cookie back',
    fix: "app.set('trust proxy', 1), the number being that of the proxies in front; and let each send X-Forwarded-Proto. Without HTTPS, as in development: secure: 'auto'.",
  },
  'cors-not-credentialed': {
    title: 'The CORS headers make browsers keep cookies out of requests from the front end',
    fix: "app.use(cors({ origin: 'https://front.example', credentials: true })) before the session, with the origin spelled out: * is not enough.",
  },
  'samesite-blocks': {
    title: 'SameSite keeps the cookie out of requests from another site',
    fix: "Serve the API under the site of the front end (a proxy does); or sameSite: 'none' with secure: true, over HTTPS.",
  },
  'secure-on-http': {
    title: 'The cookie is for HTTPS alone, but the address is plain http',
    fix: "Use https; or secure: 'auto', which follows the connection.",
  },
  'percent-encoded': {
    title: 'The cookie is percent-encoded more often than it is decoded',
    fix: 'Encode the value once, where it is set, and nowhere else.',
  },
  'secret-mismatch': {
    title: 'The cookie was signed with another secret',
    fix: 'Give every process the same secret; while it changes, [new, old].',
  },
  'store-lost': {
    title: 'The cookie arrives, but the server does not have its session any more',
    fix: 'Let all processes share one store that outlives a restart: the memory store is in one process only.',
  },
  'not-initialized': {
    title: 'No session was begun, so there is no cookie',
    fix: 'Write something to req.session, such as req.session.userId = user.id. If this page needs no session, all is well: try one that does, such as the login.',
  },
  'save-race': {
    title: 'The next request overtakes the save of the session',
    fix: 'Save before you redirect: await req.session.save(), or req.session.save(() => res.redirect(url)).',
  },
  'duplicate-cookie': {
    title: 'Two cookies have the same name',
    fix: 'Give one of them another name, and delete the stale one with the Domain and Path that it was set with.',
  },
  'domain-rejected': {
    title: 'Browsers refuse the Domain of the cookie',
    fix: 'Leave domain out, unless subdomains must share the cookie; then name the domain above them.',
  },
  'host-mismatch': {
    title: 'The cookie belongs to another host name than the requests',
    fix: 'Use one host name everywhere, such as localhost: for cookies, 127.0.0.1 and www. are other hosts.',
  },
  'path-mismatch': {
    title: 'The cookie is only for a part of the paths',
    fix: "Set path: '/' on the cookie.",
  },
  'expired-or-units': {
    title: 'The cookie expires at once: its lifetime is in the wrong unit',
    fix: 'express-session counts cookie.maxAge in milliseconds (a day is 86_400_000); sessmw counts seconds, and takes text such as "1d".',
  },
  'middleware-order': {
    title: 'Something uses the session before the session middleware runs',
    fix: 'Move app.use(session(...)) above it.',
  },
  regenerated: {
    title: 'The session goes on under a new id, without the data of the old one',
    fix: 'That is right at a login. To keep data, name them: keepSessionInfo: true with passport, regenerate({ keep: [...] }) with sessmw.',
  },
  handshake: {
    title: 'Sockets do not see the session of the pages',
    fix: 'Make one middleware and use it twice: app.use(middleware); io.engine.use(middleware).',
  },
  mangled: {
    title: 'The cookie value was cut or changed on its way',
    fix: 'Find the hop that copies or re-encodes it (a + that became a space, a missing end): `sessmw verify` names the change.',
  },
  'env-parse': {
    title: 'Programs read this secret differently from .env',
    fix: 'Use letters, digits, - and _ only, without quotes: `sessmw secret` makes such a secret.',
  },
} as const

/** What else is worth saying. */
const NOTES = {
  'cookie-too-large': {
    title: 'Browsers drop the cookie, for it is too large',
    fix: 'Keep the data on the server and an id in the cookie, as sessmw and express-session do; or store less in it.',
  },
  'untrusted-certificate': {
    title: 'Browsers do not trust the certificate',
    fix: 'Until it is trusted, some browsers drop SameSite=None cookies, and fetch fails: use a certificate of a local authority, such as mkcert makes.',
  },
  'redirected-away': {
    title: 'The page redirects to another host, which was not asked',
    fix: 'Run sessmw doctor on that address, if it is yours.',
  },
  'har-sanitised': {
    title: 'The HAR file has no cookies in it',
    fix: 'Export it again, with sensitive data: browsers leave cookies out unless asked. Such a file holds credentials, so keep it to yourself.',
  },
  'session-kept': {
    title: 'The server knew the session cookie when it came back',
    fix: 'Nothing to do.',
  },
  'same-site': {
    title: 'Front end and server are of the same site, so SameSite lets the cookie through',
    fix: 'Nothing to do.',
  },
  'cors-credentialed': {
    title: 'The CORS headers let the front end send cookies',
    fix: 'Nothing to do.',
  },
} as const

/** The 20 root causes. */
export type CauseCode = keyof typeof CAUSES
/** Codes of findings. */
export type FindingCode = keyof typeof FIRST | CauseCode | keyof typeof NOTES

/** The codes of the root causes, the most frequent first. */
export const CAUSE_CODES = Object.keys(CAUSES) as CauseCode[]
/** Each code of a finding, explained; `sessmw help CODE` prints it. */
export const FINDINGS: Readonly<Record<FindingCode, FindingText>> = { ...FIRST, ...CAUSES, ...NOTES }
