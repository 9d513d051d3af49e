import { createHmac } from 'node:crypto'
import { inspect } from 'node:util'
import { sign } from 'cookie-signature'
import { describe, expect, it } from 'vitest'
import { diagnoseCookie } from '../../src/cookie/diagnosis.js'

const SECRET = 'keyboard cat'
const NOW = Date.UTC(2026, 0, 1)
const signedValue = (id: string) => encodeURIComponent(`s:${sign(id, SECRET)}`)
const ID = '4ZxPq7Lm2Kd9Rt5Vw8Yb3Nc6Hf1Jg0S'
const VALUE = signedValue(ID)
const diagnose = (text: string, name?: string) => diagnoseCookie(text, { secrets: [SECRET], name, now: NOW })
const har = (entries: object[]) => JSON.stringify({ log: { version: '1.2', entries } })
const entry = (cookie: string, extra: object = {}) => ({
  request: {
    url: 'http://a/?name=x',
    headers: [
      { name: 'Host', value: 'a' },
      { name: 'Cookie', value: cookie },
    ],
    cookies: cookie.split('; ').map((pair) => ({ name: pair.split('=')[0], value: pair.split('=')[1] })),
    queryString: [{ name: 'name', value: 'x' }],
  },
  ...extra,
})

describe('the cookie is found in', () => {
  it.each<[string, string, string]>([
    ['a bare value', VALUE, 'value'],
    ['pairs', `a=1; sid=${VALUE}; b=2`, 'pairs'],
    ['pairs in quotes, as document.cookie prints them', `"a=1; sid=${VALUE}"`, 'pairs'],
    ['a Cookie line', `Cookie: a=1; sid=${VALUE}`, 'cookie-line'],
    ['a Cookie header on two lines', `Host\na\nCookie:\na=1; sid=${VALUE}\nAccept\n*/*`, 'cookie-line'],
    ['the request that curl -v prints', `> GET / HTTP/1.1\n> Cookie: a=1; sid=${VALUE}\n> \n`, 'cookie-line'],
    [
      'the answer that curl -v prints',
      `< HTTP/1.1 200 OK\r\n< Set-Cookie: sid=${VALUE}; Path=/\r\n<`,
      'set-cookie-line',
    ],
    ['a Set-Cookie line', `set-cookie: sid=${VALUE}; Path=/; HttpOnly`, 'set-cookie-line'],
    [
      'one of several Set-Cookie lines',
      `Set-Cookie: a=1; Path=/\r\nSet-Cookie: sid=${VALUE}; Path=/\r\n`,
      'set-cookie-line',
    ],
    [
      'curl for Bash',
      `curl 'http://a/' \\\n  -H 'Accept: */*' \\\n  -H 'cookie: a=1; sid=${VALUE}' --compressed`,
      'command',
    ],
    ['curl with -b', `curl 'http://a/' -b 'a=1; sid=${VALUE}'`, 'command'],
    ['curl with a glued -b', `curl http://a -sbsid=${VALUE}`, 'command'],
    ['curl with --cookie=', `$ curl --cookie=sid=${VALUE} http://a`, 'command'],
    [
      'curl with --cookie behind --cookie-jar',
      `curl --cookie-jar jar --cookie "sid=${VALUE}" http://a`,
      'command',
    ],
    ["curl with $'...'", `curl http://a -H $'Cookie: a=it\\u0027s; sid=${VALUE}'`, 'command'],
    [
      'curl for the Windows prompt',
      `curl ^"http://a/^" ^\r\n  -H ^"accept: */*^" ^\r\n  -b ^"a=^\\^"1^\\^"; sid=${VALUE.replaceAll('%', '^%^')}^" ^\r\n  --compressed`,
      'command',
    ],
    ['wget', `wget --header 'Cookie: sid=${VALUE}' http://a`, 'command'],
    ['HTTPie', `http :3000/ Cookie:sid=${VALUE}`, 'command'],
    [
      'fetch for Node',
      `fetch("http://a/", {\n  "headers": {\n    "accept": "*/*",\n    "cookie": "a=\\"1\\"; sid=${VALUE}"\n  }\n});`,
      'code',
    ],
    [
      'PowerShell',
      `$session.Cookies.Add((New-Object System.Net.Cookie("a", "1", "/", "a")))\n$session.Cookies.Add((New-Object System.Net.Cookie("sid", "${VALUE}", "/", "a")))`,
      'code',
    ],
    [
      'console.log(req.cookies)',
      `[Object: null prototype] {\n  a: '1',\n  sid: '${decodeURIComponent(VALUE)}'\n}`,
      'code',
    ],
    ['a row of the cookie table', `sid\t${VALUE}\tlocalhost\t/\tSession\t90\t✓\t\tLax`, 'table'],
    [
      'a cookie file of curl',
      `# Netscape HTTP Cookie File\n#HttpOnly_localhost\tFALSE\t/\tFALSE\t0\tsid\t${VALUE}`,
      'table',
    ],
    [
      'JSON of Firefox',
      JSON.stringify({ 'Response Cookies': { sid: { path: '/', httpOnly: true, value: VALUE } } }),
      'json',
    ],
    [
      'JSON of a cookie editor',
      JSON.stringify([
        { name: 'a', value: '1' },
        { name: 'sid', value: VALUE, domain: 'a' },
      ]),
      'json',
    ],
    [
      'headers of Node as JSON',
      JSON.stringify({ host: 'a', 'set-cookie': ['a=1', `sid=${VALUE}; Path=/`] }),
      'json',
    ],
    ['a HAR file', har([entry(`a=1; sid=${VALUE}`)]), 'json'],
  ])('%s', (_, text, form) => {
    expect(diagnose(text)).toMatchObject({ status: 'valid', form, duplicates: [] })
    expect(diagnose(text, form === 'value' ? undefined : 'sid')).toMatchObject({ status: 'valid' })
  })

  it('the last request of a HAR file, whose cookies are no duplicates of those before', () => {
    const text = har([entry('sid=s%3Aold.x'), entry(`sid=${VALUE}`)])
    expect(diagnose(text)).toMatchObject({ status: 'valid', duplicates: [] })
  })

  it('no other place of a HAR file: one without cookies is called so', () => {
    const text = har([{ request: { headers: [{ name: 'Host', value: 'a' }], cookies: [] } }])
    expect(diagnose(text)).toMatchObject({ code: 'none', detail: expect.stringMatching(/HAR file/) })
  })

  it('the place that a secret fits, among several that look signed', () => {
    const line = `Cookie: a=${encodeURIComponent(`s:${sign('x', 'another')}`)}; sid=${VALUE}; b=${VALUE.slice(0, -1)}`
    expect(diagnose(line)).toMatchObject({ status: 'valid', name: 'sid' })
  })

  it('the answer rather than the request before it', () => {
    const text = `> Cookie: x=1\nCookie: sid=old\nSet-Cookie: sid=${VALUE}; Path=/`
    expect(diagnose(text)).toMatchObject({ status: 'valid', attributes: { path: '/' } })
  })
})

describe('a signed value is found wherever it stands:', () => {
  const headers = { host: 'x', cookie: `theme=dark; sid=${VALUE}` }

  it.each<[text: string, form: string, name?: string]>([
    [inspect(headers), 'code', 'sid'],
    [inspect({ ...headers, accept: 'text/html' }, { breakLength: 60 }), 'code', 'sid'],
    [`headers: ${inspect(headers)},\nurl: '/'`, 'code', 'sid'],
    [`{ host: 'x', cookie: "a='1'; sid=${VALUE}" }`, 'code', 'sid'],
    [`'set-cookie': [ 'a=1; Path=/', 'sid=${VALUE}; Path=/' ]`, 'text', 'sid'],
    [`sid: "${VALUE}"`, 'text', 'sid'],
    [`sid: ${VALUE}`, 'text', 'sid'],
    [`sid:${VALUE}`, 'text', 'sid'],
    [`sid = ${VALUE}`, 'text', 'sid'],
    [`sid ${VALUE}`, 'text'],
    [`'sid': '${VALUE}'`, 'text', 'sid'],
    [`'connect.sid': '${decodeURIComponent(VALUE)}',`, 'text', 'connect.sid'],
    [`document.cookie = "sid=${VALUE}"`, 'text', 'sid'],
    [`document.cookie = 'sid=${VALUE}; path=/';`, 'text', 'sid'],
    [`-b sid=${VALUE}`, 'text', 'sid'],
    [`-H 'Cookie: a=1; sid=${VALUE}'`, 'text', 'sid'],
    [`  -H 'Cookie:sid=${VALUE}' \\\n  -H 'Accept: */*'`, 'text', 'sid'],
    [`Cookie: "a=1; sid=${VALUE}"`, 'code', 'sid'],
    [`Cookie: a=1; sid=${VALUE}' --compressed`, 'cookie-line', 'sid'],
    [`Cookie: ${VALUE}`, 'text'],
    [`${VALUE}; Path=/; HttpOnly`, 'value'],
    [`Why is ${VALUE} refused?`, 'text'],
    [`It sends (${decodeURIComponent(VALUE)}).`, 'text'],
    [`cookies.set("sid", "${VALUE}", { path: '/' })`, 'text'],
    [JSON.stringify({ msg: `GET / cookie="sid=${VALUE}" 200` }), 'text', 'sid'],
  ])('%s', (text, form, name) => {
    const found = { form, name: name ?? null, id: ID, duplicates: [] }
    expect(diagnose(text)).toMatchObject({ ...found, status: 'valid', code: null })
    expect(diagnose(text, name ?? 'sid')).toMatchObject({ ...found, status: 'valid' })
    expect(diagnoseCookie(text, { secrets: [] })).toMatchObject({ ...found, status: 'unverified' })
    expect(diagnoseCookie(text, { secrets: [`"${SECRET}"`] })).toMatchObject({
      code: 'secret-mismatch',
      wouldMatch: { change: 'unquoted' },
    })
  })

  it('one that was cut is called so', () => {
    const cut = VALUE.slice(0, VALUE.indexOf('.') + 31).replace(/%.?$/, '')
    for (const text of [`sid: "${cut}"`, `{ host: 'x', cookie: 'sid=${cut}' }`])
      expect(diagnose(text)).toMatchObject({ code: 'mangled', detail: expect.stringMatching(/was cut/) })
  })

  it('the one that a secret fits, where several have no name', () => {
    const other = encodeURIComponent(`s:${sign('x', 'another')}`)
    expect(diagnose(`old ${other}\nnew ${VALUE}`)).toMatchObject({ status: 'valid', duplicates: [] })
  })

  it('but not in place of the cookie that was asked for', () => {
    for (const [value, code] of [
      ['abc', 'unsigned'],
      [VALUE.slice(0, -9), 'mangled'],
    ])
      expect(diagnose(`Cookie: sid=${value}\n\ntoken ${VALUE}`, 'sid')).toMatchObject({ code, name: 'sid' })
    expect(diagnose(`{ cookie: 'connect.sid=${VALUE}' }`, 'sid')).toMatchObject({
      code: 'none',
      detail: expect.stringMatching(/--name connect\.sid/),
    })
  })

  it('names with a colon, as koa has them', () => {
    const data = Buffer.from('{"views":1}').toString('base64')
    const signature = createHmac('sha1', SECRET).update(`express:sess=${data}`).digest('base64url')
    const pairs = `express:sess=${data}; express:sess.sig=${signature}`
    for (const text of [pairs, `Cookie: ${pairs}`, inspect({ host: 'x', cookie: pairs })])
      expect(diagnose(text)).toMatchObject({ status: 'valid', style: 'cookie-session', name: 'express:sess' })
    expect(diagnose(`app:sid=${VALUE}`)).toMatchObject({ status: 'valid', form: 'pairs', name: 'app:sid' })
  })
})

describe('attributes of a Set-Cookie line', () => {
  const judge = (attributes: string, url?: string) =>
    diagnoseCookie(`Set-Cookie: sid=${VALUE}; ${attributes}`, {
      secrets: [SECRET],
      now: NOW,
      url: url === undefined ? undefined : new URL(url),
    })

  it.each<[string, string | undefined, string[]]>([
    ['Path=/; HttpOnly; Secure; SameSite=Lax', 'https://a.example/x', []],
    ['Path=/; Secure', 'http://localhost:3000/', []],
    ['Path=/; Secure', 'http://a.example/', ['secure-on-http']],
    ['Path=/; Domain=.example.com', 'https://www.example.com/', []],
    ['Path=/; Domain=example.com', 'https://badexample.com/', ['domain-rejected']],
    ['Path=/; Domain=http://a', undefined, ['domain-rejected']],
    ['Path=/app', 'http://localhost/app/x', []],
    ['Path=/app', 'http://localhost/apple', ['path-mismatch']],
    ['Path=/; SameSite=None', undefined, ['samesite-blocks']],
    ['Max-Age=3600; Expires=Thu, 01 Jan 1970 00:00:00 GMT', undefined, []],
    ['Max-Age=0', undefined, ['expired-or-units']],
    ['Max-Age=60', undefined, ['expired-or-units']],
    ['Expires=Thu, 01 Jan 1970 00:00:00 GMT', undefined, ['expired-or-units']],
    ['Expires=never', undefined, []],
  ])('%s for %s: %j', (attributes, url, codes) => {
    const { hints, code, status } = judge(attributes, url)
    expect([status, hints.map((hint) => hint.code), code]).toEqual(['valid', codes, codes[0] ?? null])
  })

  it('are read as browsers do, whatever their case and order', () => {
    expect(
      judge(' MAX-AGE = 60 ;samesite=STRICT;;secure; Domain=.A.Example; path=x; Nonsense').attributes,
    ).toEqual({
      domain: 'a.example',
      httpOnly: false,
      secure: true,
      sameSite: 'strict',
      expiresAt: NOW + 60_000,
    })
  })

  it('break the rules of a __Host- name', () => {
    const text = `Set-Cookie: __Host-sid=${VALUE}; Path=/app; Secure`
    expect(diagnose(text)).toMatchObject({ status: 'valid', code: 'domain-rejected' })
  })
})
