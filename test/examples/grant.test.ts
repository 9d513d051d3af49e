import { describe, expect, it } from 'vitest'
import { freePort } from '../support/server-process.js'
import { Browser, startExample } from './example-process.js'
import { CLIENT_ID, CLIENT_SECRET, startProvider } from './oidc-provider.js'

const anonymous = { user: null, email: null }
const ada = { user: 'user-1', email: 'ada@example.com' }

async function start(): Promise<string> {
  const env = {
    // The provider sends the browser back to a fixed address, so that the port must be known before.
    PORT: String(await freePort()),
    OIDC_ISSUER: await startProvider(),
    OIDC_CLIENT_ID: CLIENT_ID,
    OIDC_CLIENT_SECRET: CLIENT_SECRET,
  }
  return startExample('grant/app.js', env)
}

/** Follows the redirects by hand up to the one that leads back to the application. */
async function callbackOf(browser: Browser): Promise<string> {
  const toProvider = await browser.jar.fetch(`${browser.url}/connect/company`, { redirect: 'manual' })
  const back = await fetch(toProvider.headers.get('location') ?? '', { redirect: 'manual' })
  return back.headers.get('location') ?? ''
}

describe('examples/grant', () => {
  it('logs in through the provider under a new id, and out', async () => {
    const browser = new Browser(await start())
    expect(await browser.json('/')).toEqual(anonymous)
    const callback = await callbackOf(browser)
    const before = browser.cookie
    const welcome = await browser.jar.fetch(callback)
    expect(welcome.url).toBe(`${browser.url}/`)
    expect(await welcome.json()).toEqual(ada)
    expect(browser.cookie).not.toBe(before)
    expect(await (await browser.post('/logout')).json()).toEqual(anonymous)
  })

  it('another browser cannot finish a login that this one has begun', async () => {
    const browser = new Browser(await start())
    const callback = await callbackOf(browser)
    const other = new Browser(browser.url)
    expect(await (await other.jar.fetch(callback)).json()).toEqual(anonymous)
    await callbackOf(other)
    expect((await other.jar.fetch(callback)).status).toBe(401)
    expect(await other.json('/')).toEqual(anonymous)
  })
})
