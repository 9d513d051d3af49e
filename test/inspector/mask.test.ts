import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { isSecretName, MASKED, mask } from '../../src/inspector/mask.js'
import { BEARER, closeAll, rig, TOKEN } from './inspector-helpers.js'

afterEach(closeAll)

const CANARY = 'canary-4711'

describe('masking (S62)', () => {
  it.each([
    'password',
    'passwd',
    'userPass',
    'pwd',
    'secret',
    'clientSecret',
    'token',
    'access_token',
    'refreshToken',
    'csrf',
    '_csrf',
    'xsrf-token',
    'auth',
    'Authorization',
    'oauth',
    'key',
    'apiKey',
    'api-key',
    'API_KEY',
    'private.key',
    'ssn',
    'card',
    'cardNumber',
    'cvc',
    'email',
    'e-mail',
    'e_mail',
    'user_email',
    'iban',
    'credentials',
    'cookie',
    'sid',
    'sessionId',
    'passportNumber',
  ])('masks %s at the top, inside objects, arrays, Maps and Sets', (name) => {
    const nested = {
      list: [{ deep: { [name]: CANARY } }],
      map: new Map([[name, { a: CANARY }]]),
      set: new Set([{ [name]: 1 }]),
    }
    expect(mask(CANARY, name)).toBe(MASKED)
    expect(mask({ a: [CANARY] }, name)).toBe(MASKED)
    expect(mask(nested, 'nested')).toEqual({
      list: [{ deep: { [name]: MASKED } }],
      map: new Map([[name, MASKED]]),
      set: new Set([{ [name]: MASKED }]),
    })
  })

  it.each(['test_counter', 'cart', 'user', 'passport', 'theme', 'views', 'id', 'items'])(
    'shows %s',
    (name) => {
      expect(isSecretName(name)).toBe(false)
    },
  )

  it('shows true, false and null under any name, and cuts long text', () => {
    const { flags, text } = mask(
      { flags: { isAuthenticated: true, token: null }, text: 'x'.repeat(500) },
      'all',
    ) as {
      flags: object
      text: string
    }
    expect(flags).toEqual({ isAuthenticated: true, token: null })
    expect(text).toBe(`${'x'.repeat(200)}… (500 characters)`)
    expect(mask(new Uint8Array(5), 'bytes')).toBe('[5 bytes]')
  })

  it('never shows a value under a secret name, however it is nested', () => {
    const secretName = fc.constantFrom('password', 'apiKey', 'x-token')
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        fc.constant('leaf'),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.string(), tie('tree'), { maxKeys: 3 }),
        fc.tuple(secretName, tie('tree')).map(([name, inner]) => ({ [name]: { inner, CANARY } })),
      ),
    }))
    fc.assert(fc.property(tree, (value) => !JSON.stringify(mask(value, 'x')).includes(CANARY)))
  })

  it('happens on the server: no canary leaves it unless reveal is on', async () => {
    const data = { password: CANARY, user: { ssn: CANARY, name: 'Ada' }, note: `${'n'.repeat(300)}${CANARY}` }
    const [closed, open] = [await rig(), await rig({ auth: TOKEN, reveal: true })]
    await closed.visit(data)
    await open.visit(data)
    expect(await (await closed.get('/sessions.json', BEARER)).text()).not.toContain(CANARY)
    expect((await closed.dump()).sessions[0]?.data).toMatchObject({
      password: MASKED,
      user: { ssn: MASKED, name: 'Ada' },
    })
    expect((await open.dump()).sessions[0]?.data).toEqual(data)
  })
})
