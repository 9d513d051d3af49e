import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { root } from '../support/sources.js'
import { Browser, startExample } from './example-process.js'

/** A project of its own, with Express 4 as `express`. */
function projectOnExpress4(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sessmw-example-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const modules = join(folder, 'node_modules')
  mkdirSync(modules)
  symlinkSync(root, join(modules, 'sessmw'))
  symlinkSync(join(root, 'node_modules', 'express4'), join(modules, 'express'))
  const { version } = JSON.parse(readFileSync(join(modules, 'express', 'package.json'), 'utf8'))
  expect(version).toMatch(/^4\./)
  cpSync(join(root, 'examples', 'express4-commonjs', 'app.cjs'), join(folder, 'app.cjs'))
  return join(folder, 'app.cjs')
}

describe('examples/express4-commonjs', () => {
  it.each([
    ['Express 4', projectOnExpress4],
    ['Express 5', () => 'express4-commonjs/app.cjs'],
  ])('on %s, counts visits, keeps them over a login and drops them at the logout', async (_version, file) => {
    const browser = new Browser(await startExample(file()))
    expect(await browser.json('/')).toEqual({ visits: 1, owner: null })
    const before = browser.cookie
    expect(await (await browser.post('/login')).json()).toEqual({ visits: 2, owner: 'user-1' })
    expect(browser.cookie).not.toBe(before)
    expect(await (await browser.post('/logout')).json()).toEqual({ visits: 1, owner: null })
  })
})

describe('examples/express5-typescript', () => {
  it('keeps the cart over a login, under a new id, and drops it at the logout', async () => {
    const browser = new Browser(await startExample('express5-typescript/app.ts'))
    const send = async (path: string, body: object): Promise<unknown> => {
      const headers = { 'content-type': 'application/json' }
      const init = { method: 'POST', headers, body: JSON.stringify(body) }
      return (await browser.jar.fetch(browser.url + path, init)).json()
    }
    expect(await send('/cart', { item: 'tea' })).toEqual({ user: null, cart: ['tea'] })
    const before = browser.cookie
    expect(await send('/login', { user: 'user-1' })).toEqual({ user: 'user-1', cart: ['tea'] })
    expect(browser.cookie).not.toBe(before)
    expect(await send('/logout', {})).toEqual({ user: null, cart: [] })
  })
})

describe('examples/node-http', () => {
  it('counts the visits of each browser, until it logs out', async () => {
    const one = new Browser(await startExample('node-http/app.js'))
    const other = new Browser(one.url)
    await one.get('/')
    expect(await one.json('/')).toEqual({ visits: 2 })
    expect(await other.json('/')).toEqual({ visits: 1 })
    expect(await (await one.post('/logout')).json()).toEqual({ visits: 1 })
    expect(await other.json('/')).toEqual({ visits: 2 })
  })
})

describe('examples/connect-flash', () => {
  it('shows a message once, to the browser that it is for', async () => {
    const browser = new Browser(await startExample('connect-flash/app.js'))
    const saved = await browser.post('/settings')
    expect(await saved.json()).toEqual({ info: ['Your settings are saved.'] })
    expect(await browser.json('/')).toEqual({ info: [] })
    expect(await new Browser(browser.url).json('/')).toEqual({ info: [] })
  })

  it('shows all messages that were left before a page shows them', async () => {
    const browser = new Browser(await startExample('connect-flash/app.js'))
    const leave = { method: 'POST', redirect: 'manual' } as const
    await browser.jar.fetch(`${browser.url}/settings`, leave)
    await browser.jar.fetch(`${browser.url}/settings`, leave)
    expect(await browser.json('/')).toEqual({ info: Array(2).fill('Your settings are saved.') })
  })
})

describe('examples/csrf-sync', () => {
  const tokenOf = async (browser: Browser): Promise<string> => {
    const page = await (await browser.get('/')).text()
    return /name="_csrf" value="(\w+)"/.exec(page)?.[1] ?? ''
  }

  it('takes a form with the token of its session, again and again', async () => {
    const browser = new Browser(await startExample('csrf-sync/app.js'))
    const token = await tokenOf(browser)
    expect(await (await browser.post('/transfer', { _csrf: token })).text()).toBe('Transferred.')
    expect(await tokenOf(browser)).toBe(token)
    expect((await browser.post('/transfer', { _csrf: token })).status).toBe(200)
  })

  it('refuses a form without a token, and one with the token of another session', async () => {
    const browser = new Browser(await startExample('csrf-sync/app.js'))
    await tokenOf(browser)
    const foreign = await tokenOf(new Browser(browser.url))
    expect((await browser.post('/transfer')).status).toBe(403)
    expect((await browser.post('/transfer', { _csrf: foreign })).status).toBe(403)
  })
})
