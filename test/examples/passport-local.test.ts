import { describe, expect, it } from 'vitest'
import { Browser, startExample } from './example-process.js'

const LOGIN_PASSWORD = 'analytical engine'
const anonymous = { user: null, cart: [] }

const startPassport = (): Promise<string> => startExample('passport-local/app.js', { LOGIN_PASSWORD })

describe('examples/passport-local', () => {
  it('logs in with the right password only, and out', async () => {
    const browser = new Browser(await startPassport())
    const refused = await browser.post('/login', { username: 'ada', password: 'wrong' })
    expect(refused.status).toBe(401)
    expect(await browser.json('/')).toEqual(anonymous)
    const welcome = await browser.post('/login', { username: 'ada', password: LOGIN_PASSWORD })
    expect(await welcome.json()).toEqual({ user: 'ada', cart: [] })
    expect(await browser.json('/')).toEqual({ user: 'ada', cart: [] })
    const goodbye = await browser.post('/logout')
    expect(await goodbye.json()).toEqual(anonymous)
  })

  it('a cookie from before the logout opens nothing after it', async () => {
    const browser = new Browser(await startPassport())
    await browser.post('/login', { username: 'ada', password: LOGIN_PASSWORD })
    const thief = new Browser(browser.url)
    thief.jar.store(thief.url, [browser.cookie])
    expect(await thief.json('/')).toEqual({ user: 'ada', cart: [] })
    await browser.post('/logout')
    expect(await thief.json('/')).toEqual(anonymous)
  })

  it('an attacker who plants a session that the server has issued stays anonymous when the victim logs in', async () => {
    const attacker = new Browser(await startPassport())
    await attacker.post('/cart', { item: 'bait' })
    const planted = attacker.cookie
    expect(planted).not.toBe('')

    const victim = new Browser(attacker.url)
    victim.jar.store(victim.url, [planted])
    expect(await victim.json('/')).toEqual({ user: null, cart: ['bait'] })
    await victim.post('/login', { username: 'ada', password: LOGIN_PASSWORD })

    expect(victim.cookie).not.toBe(planted)
    expect(await victim.json('/')).toEqual({ user: 'ada', cart: [] })
    expect(await attacker.json('/')).toEqual(anonymous)
  })
})
