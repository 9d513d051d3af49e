import { type Handler, type Scenario, type SessionOptions, START } from './harness.js'
import {
  bodies,
  type CookieSettings,
  cookieCounts,
  ends,
  gives,
  HOUR,
  HTTPS,
  lacks,
  shows,
  type Table,
} from './readme-rows.js'
import { attributes, count, text, withHttps } from './scenarios.js'

const over = (protocol: 'http' | 'https', cookie: CookieSettings): Scenario => ({
  options: { cookie } as Partial<SessionOptions>,
  trustProxy: true,
  handler: count,
  requests: [{ headers: { 'x-forwarded-proto': protocol } }],
})
const auto = (protocol: 'http' | 'https', attribute: string) =>
  shows(
    over(protocol, { sameSite: 'auto' }),
    ({ answers }) => attributes(answers[0]).includes(attribute),
    true,
  )
const isSecure = (protocol: 'http' | 'https', expected: boolean) =>
  shows(
    over(protocol, { secure: 'auto' }),
    ({ answers }) => attributes(answers[0]).includes('Secure'),
    expected,
  )
const expires = new Date(START + 2 * HOUR)
const lastOf = (cookie: CookieSettings, time: string) =>
  shows({ options: { cookie } as Partial<SessionOptions>, handler: count, requests: ['/'] }, ends, [time])
const asDefault: Handler = (req, res) => {
  req.session.n = 1
  const { path, httpOnly, secure, maxAge } = req.session.cookie
  res.json({ path, httpOnly, secure: Boolean(secure), maxAge })
}

/** `cookie` and what is below it. */
export const cookieTable: Table = {
  cookie: [
    [1, 'settings of the cookie', gives({ path: '/shop', sameSite: 'lax' }, 'SameSite=Lax')],
    [
      2,
      'by default path /, HttpOnly, not secure, no maxAge',
      shows({ handler: asDefault, requests: ['/'] }, bodies, [
        '{"path":"/","httpOnly":true,"secure":false,"maxAge":null}',
      ]),
    ],
    [
      3,
      'may be a function, called for each request',
      shows(
        {
          options: { cookie: (req) => ({ path: req.url }) },
          handler: count,
          requests: ['/a', { path: '/b', cookie: '' }],
        },
        ({ answers }) => answers.map(attributes),
        [
          ['Path=/a', 'HttpOnly'],
          ['Path=/b', 'HttpOnly'],
        ],
      ),
    ],
    [
      4,
      'the function gets the request and gives the settings',
      gives(
        (req) => ({ httpOnly: req.url !== '/shop/1', maxAge: HOUR }),
        'Expires=Tue, 01 Jan 2030 01:00:00 GMT',
      ),
    ],
  ],
  'cookie.domain': [
    [1, 'is the Domain attribute', gives({ domain: 'example.com' }, 'Domain=example.com')],
    [2, 'no domain by default', lacks({}, 'Domain')],
  ],
  'cookie.expires': [
    [
      1,
      'a Date is the Expires attribute',
      gives({ expires: new Date(START + HOUR) }, 'Expires=Tue, 01 Jan 2030 01:00:00 GMT'),
    ],
    [2, 'no expiry by default', lacks({}, 'Expires')],
    [3, 'of expires and maxAge the last one counts: expires', lastOf({ maxAge: HOUR, expires }, '02:00:00')],
  ],
  'cookie.httpOnly': [
    [1, 'is the HttpOnly attribute', gives({ httpOnly: true }, 'HttpOnly')],
    [2, 'what is truthy sets it', gives({ httpOnly: 1 as never }, 'HttpOnly')],
    [2, 'what is falsy does not', lacks({ httpOnly: 0 as never }, 'HttpOnly')],
    [3, 'set by default', gives({}, 'HttpOnly')],
  ],
  'cookie.maxAge': [
    [
      1,
      'milliseconds, for the Expires attribute',
      gives({ maxAge: HOUR }, 'Expires=Tue, 01 Jan 2030 01:00:00 GMT'),
    ],
    [
      2,
      'counted from the time of the server',
      shows(
        { options: { cookie: { maxAge: HOUR } }, handler: count, requests: ['/', { after: HOUR / 2 }] },
        ends,
        ['01:00:00', '01:30:00'],
      ),
    ],
    [3, 'none by default', lacks({}, 'Expires')],
    [4, 'of expires and maxAge the last one counts: maxAge', lastOf({ expires, maxAge: HOUR }, '01:00:00')],
  ],
  'cookie.partitioned': [
    [1, 'is the Partitioned attribute', gives({ partitioned: true }, 'Partitioned')],
    [2, 'what is truthy sets it', gives({ partitioned: 1 as never }, 'Partitioned')],
    [2, 'what is falsy does not', lacks({ partitioned: false }, 'Partitioned')],
    [3, 'not set by default', lacks({}, 'Partitioned')],
  ],
  'cookie.path': [
    [1, 'is the Path attribute', gives({ path: '/shop' }, 'Path=/shop')],
    [2, '/ by default', gives({}, 'Path=/')],
  ],
  'cookie.priority': [
    [1, 'is the Priority attribute', gives({ priority: 'high' }, 'Priority=High')],
    [1, 'none when it is not set', lacks({}, 'Priority')],
    [2, 'low', gives({ priority: 'low' }, 'Priority=Low')],
    [3, 'medium', gives({ priority: 'medium' }, 'Priority=Medium')],
    [4, 'high', gives({ priority: 'high' }, 'Priority=High')],
  ],
  'cookie.sameSite': [
    [1, 'is the SameSite attribute', gives({ sameSite: 'lax' }, 'SameSite=Lax')],
    [2, 'none by default', lacks({}, 'SameSite')],
    [3, 'true is Strict', gives({ sameSite: true }, 'SameSite=Strict')],
    [4, 'false is none', lacks({ sameSite: false }, 'SameSite')],
    [5, 'lax', gives({ sameSite: 'lax' }, 'SameSite=Lax')],
    [6, 'none', gives({ sameSite: 'none' }, 'SameSite=None')],
    [7, 'strict', gives({ sameSite: 'strict' }, 'SameSite=Strict')],
    [[8, 14], 'auto is None over HTTPS', auto('https', 'SameSite=None')],
    [[8, 15], 'auto is Lax over HTTP', auto('http', 'SameSite=Lax')],
    [
      13,
      'auto follows what is found of the connection',
      shows(
        { ...over('http', { sameSite: 'auto' }), before: [withHttps] },
        ({ answers }) => text(answers[0]).includes('None'),
        true,
      ),
    ],
  ],
  'cookie.secure': [
    [
      1,
      'is the Secure attribute',
      shows(over('https', { secure: true }), ({ answers }) => attributes(answers[0]), [
        'Path=/',
        'HttpOnly',
        'Secure',
      ]),
    ],
    [
      2,
      'what is truthy sets it',
      shows(over('https', { secure: 1 }), ({ answers }) => attributes(answers[0]).includes('Secure'), true),
    ],
    [2, 'what is falsy does not', lacks({ secure: 0 }, 'Secure')],
    [3, 'not set by default', lacks({}, 'Secure')],
    [
      [6, 7],
      'a secure cookie is not set over HTTP',
      shows(over('http', { secure: true }), cookieCounts, [0]),
    ],
    [
      8,
      'behind a proxy it is set when that is trusted',
      shows(over('https', { secure: true }), cookieCounts, [1]),
    ],
    [
      8,
      'and not when it is not',
      shows({ ...over('https', { secure: true }), trustProxy: false }, cookieCounts, [0]),
    ],
    [
      9,
      'with and without, as production and development',
      shows(
        { ...over('http', { secure: false }), requests: [{ headers: HTTPS }, '/'] },
        cookieCounts,
        [1, 0],
      ),
    ],
    [10, 'auto is Secure over HTTPS', isSecure('https', true)],
    [10, 'auto is not over HTTP', isSecure('http', false)],
  ],
}
