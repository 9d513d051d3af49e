import { signValue } from '../../src/cookie/signed-value.js'
import { SECRET } from '../support/http.js'
import { type Case, type Entry, har, headers, log } from './situations.js'

/** Ids and signatures that must appear in no output. */
export const ID = 'canary-id-Xq7fZr2LmW9sTt4bNc8vKd1y'
const SIGNED = signValue(ID, SECRET)
const COOKIE = `connect.sid=${SIGNED}`
const OTHER = `connect.sid=${signValue('other-id-Xq7fZr2LmW9sTt4bNc8vKd1y', SECRET)}`

const API = 'https://api.example.com'
const APP = 'https://app.example.com'
const ELSEWHERE = 'https://shop.test'
const cors = (origin: string) => ({
  'Access-Control-Allow-Origin': origin,
  'Access-Control-Allow-Credentials': 'true',
})
const setting = (attributes = 'Path=/; HttpOnly; Secure; SameSite=Lax', pair = COOKIE) => ({
  'Set-Cookie': `${pair}; ${attributes}`,
})
const login = (url: string, more: Partial<Entry> = {}): Entry => ({
  url: `${url}/login`,
  method: 'POST',
  gets: setting(),
  ...more,
})
const fromApp = { sends: { Origin: APP }, gets: { ...setting(), ...cors(APP) } }
const env = { SESSION_SECRET: SECRET }
const afterLogin = (status: number, location?: string): Entry => ({
  url: `${API}/account`,
  at: 20,
  sends: { Cookie: COOKIE },
  status,
  ...(location !== undefined && { gets: { Location: location } }),
})
const redirectingLogin = login(API, { status: 302, gets: { ...setting(), Location: '/account' } })
const broken = SIGNED.slice(0, -5)

/** Causes that are seen in what was recorded or pasted. */
export const RECORDED_CASES: readonly Case[] = [
  {
    code: 'client-no-credentials',
    what: 'a fetch that leaves the cookie at home',
    sick: har(login(API, fromApp), { at: 900, url: `${API}/me`, sends: { Origin: APP }, gets: cors(APP) }),
    well: har(login(API, fromApp), {
      at: 900,
      url: `${API}/me`,
      sends: { Origin: APP, Cookie: COOKIE },
      gets: cors(APP),
    }),
  },
  {
    code: 'client-no-credentials',
    what: 'a log in which every visitor is new',
    sick: log(
      ...Array(3)
        .fill(['no SID sent, generating session', `saving ${ID}`, `set-cookie ${COOKIE}`])
        .flat(),
    ),
    well: log('no SID sent, generating session', `set-cookie ${COOKIE}`, `fetching ${ID}`, 'session found'),
  },
  {
    code: 'client-no-credentials',
    what: 'pasted headers of another origin without Cookie',
    sick: headers('GET /me HTTP/1.1', 'Host: api.example.com', `Origin: ${APP}`),
    well: headers('GET /me HTTP/1.1', 'Host: api.example.com', `Origin: ${APP}`, `Cookie: ${COOKIE}`),
  },
  {
    code: 'cors-not-credentialed',
    what: 'a cookie in an answer for any origin',
    sick: har(
      login(API, { sends: { Origin: APP }, gets: { ...setting(), 'Access-Control-Allow-Origin': '*' } }),
    ),
    well: har(login(API, fromApp)),
  },
  {
    code: 'samesite-blocks',
    what: 'a Lax cookie for a page of another site',
    sick: har(login(API, { sends: { Origin: ELSEWHERE }, gets: { ...setting(), ...cors(ELSEWHERE) } })),
    well: har(login(API, fromApp)),
  },
  {
    code: 'samesite-blocks',
    what: 'pasted SameSite=None without Secure',
    sick: headers(`Set-Cookie: ${COOKIE}; Path=/; SameSite=None`),
    well: headers(`Set-Cookie: ${COOKIE}; Path=/; Secure; SameSite=None`),
  },
  {
    code: 'secure-on-http',
    what: 'a Secure cookie from plain http',
    sick: headers(
      '* Connected to shop.test (192.0.2.1) port 80',
      '> GET / HTTP/1.1',
      '> Host: shop.test',
      '< HTTP/1.1 200 OK',
      `< Set-Cookie: ${COOKIE}; Path=/; Secure`,
    ),
    well: headers(
      '* Connected to shop.test (192.0.2.1) port 80',
      '> GET / HTTP/1.1',
      '> Host: shop.test',
      '< HTTP/1.1 200 OK',
      `< Set-Cookie: ${COOKIE}; Path=/`,
    ),
  },
  {
    code: 'trust-proxy-missing',
    what: 'a log that holds the cookie back',
    sick: log('no SID sent, generating session', `saving ${ID}`, 'not secured'),
    well: log('no SID sent, generating session', `saving ${ID}`, `set-cookie ${COOKIE}`),
  },
  {
    code: 'percent-encoded',
    what: 'a cookie that is encoded twice',
    sick: { ...headers(`Cookie: connect.sid=${encodeURIComponent(SIGNED)}`), env },
    well: { ...headers(`Cookie: ${COOKIE}`), env },
  },
  {
    code: 'percent-encoded',
    what: 'a log of cookies that do not begin with s:',
    sick: log('cookie unsigned', 'no SID sent, generating session'),
    well: log(`fetching ${ID}`, 'session found'),
  },
  {
    code: 'secret-mismatch',
    what: 'a cookie of another secret',
    sick: { ...headers(`Cookie: connect.sid=${signValue(ID, `${SECRET}-other`)}`), env },
    well: { ...headers(`Cookie: ${COOKIE}`), env },
  },
  {
    code: 'secret-mismatch',
    what: 'a log of signatures that do not match',
    sick: log('cookie signature invalid', 'no SID sent, generating session'),
    well: log(`fetching ${ID}`, 'session found'),
  },
  {
    code: 'store-lost',
    what: 'a log of sessions that are gone for good',
    sick: log(`fetching ${ID}`, 'no session found', `fetching ${ID}`, 'no session found'),
    well: log(`fetching ${ID}`, 'session found', `fetching ${ID}`, 'session found'),
  },
  {
    code: 'save-race',
    what: 'a redirect that arrives before the save',
    sick: har(redirectingLogin, afterLogin(302, '/login'), { ...afterLogin(200), at: 4_000 }),
    well: har(redirectingLogin, afterLogin(200), { ...afterLogin(200), at: 4_000 }),
  },
  {
    code: 'save-race',
    what: 'a log of a read between a save and its end',
    sick: log(`saving ${ID}`, `fetching ${ID}`, 'no session found', `fetching ${ID}`, 'session found'),
    well: log(`saving ${ID}`, `fetching ${ID}`, 'session found', `fetching ${ID}`, 'session found'),
  },
  {
    code: 'duplicate-cookie',
    what: 'one name twice in a request',
    sick: { ...headers(`Cookie: ${OTHER}; theme=dark; ${COOKIE}`), env },
    well: { ...headers(`Cookie: theme=dark; ${COOKIE}`), env },
  },
  {
    code: 'duplicate-cookie',
    what: 'one name twice in a recorded request',
    sick: har({ url: API, sends: { Cookie: `${COOKIE}; ${OTHER}` } }),
    well: har({ url: API, sends: { Cookie: COOKIE } }),
  },
  {
    code: 'domain-rejected',
    what: 'a Domain that is shared by strangers',
    sick: headers(`Set-Cookie: ${COOKIE}; Path=/; Domain=.herokuapp.com`),
    well: headers('Host: www.example.com', `Set-Cookie: ${COOKIE}; Path=/; Domain=example.com`),
  },
  {
    code: 'host-mismatch',
    what: 'a login at localhost and a page at 127.0.0.1',
    sick: har(login('http://localhost:3000', { gets: setting('Path=/') }), {
      at: 900,
      url: 'http://127.0.0.1:3000/me',
    }),
    well: har(login('http://localhost:3000', { gets: setting('Path=/') }), {
      at: 900,
      url: 'http://localhost:3000/me',
      sends: { Cookie: COOKIE },
    }),
  },
  {
    code: 'path-mismatch',
    what: 'a page outside of the Path',
    sick: har(login(`${API}/app`, { gets: setting('Path=/app; Secure') }), { at: 900, url: `${API}/other` }),
    well: har(login(`${API}/app`), { at: 900, url: `${API}/other`, sends: { Cookie: COOKIE } }),
  },
  {
    code: 'path-mismatch',
    what: 'a log of another path',
    sick: log('pathname mismatch', `fetching ${ID}`, 'session found'),
    well: log(`fetching ${ID}`, 'session found'),
  },
  {
    code: 'expired-or-units',
    what: 'an expiry that the clock of the server is past',
    sick: headers(
      'HTTP/1.1 200 OK',
      'Date: Wed, 25 Nov 2026 12:00:00 GMT',
      `Set-Cookie: ${COOKIE}; Path=/; Expires=Wed, 25 Nov 2026 12:00:03 GMT`,
    ),
    well: headers(
      'HTTP/1.1 200 OK',
      'Date: Wed, 25 Nov 2026 12:00:00 GMT',
      `Set-Cookie: ${COOKIE}; Path=/; Expires=Thu, 26 Nov 2026 12:00:00 GMT`,
    ),
  },
  {
    code: 'regenerated',
    what: 'a login that answers one id with another',
    sick: har(login(API, { sends: { Cookie: OTHER } })),
    well: har(login(API, { sends: { Cookie: COOKIE } })),
  },
  {
    code: 'mangled',
    what: 'a cookie without its end',
    sick: headers(`Cookie: connect.sid=${broken}`),
    well: headers(`Cookie: ${COOKIE}`),
  },
  {
    code: 'mangled',
    what: 'a cookie whose + became spaces, in a recording',
    sick: {
      ...har({
        url: API,
        sends: { Cookie: `connect.sid=${decodeURIComponent(SIGNED).replace(/\+|\//, ' ')}` },
      }),
    },
    well: har({ url: API, sends: { Cookie: COOKIE } }),
  },
]
