import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type CommandProcess, type Ready, startServe } from '../cli/serve-process.js'
import { hasChromium, launch, watchTrouble } from './chromium.js'

describe.skipIf(!hasChromium)('sessmw serve in Chromium', () => {
  let browser: Browser
  let serve: { process: CommandProcess; ready: Ready }
  let context: BrowserContext
  let page: Page
  /** Everything that should not have happened: CSP violations, script errors, dialogs. */
  let trouble: string[]

  beforeAll(async () => {
    ;[browser, serve] = await Promise.all([launch(), startServe(['--port', '0'])])
  })
  afterAll(async () => {
    await browser?.close()
    await serve?.process.stop()
  })

  beforeEach(async () => {
    context = await browser.newContext()
    trouble = await watchTrouble(context)
    page = await context.newPage()
  })
  afterEach(() => context.close())

  const countUp = async (): Promise<number> => {
    await page.goto(`${serve.ready.url}session_test`)
    const { test_counter } = JSON.parse((await page.textContent('body')) ?? '') as { test_counter: number }
    return test_counter
  }

  it('keeps a counter over reloads in a cookie that scripts cannot read', async () => {
    expect([await countUp(), await countUp(), await countUp()]).toEqual([1, 2, 3])
    expect(await context.cookies()).toMatchObject([
      { name: 'sid', httpOnly: true, sameSite: 'Lax', expires: -1 },
    ])
    expect(await page.evaluate('document.cookie')).toBe('')
  })

  it('shows the session in the dump and on the page, and its id nowhere', async () => {
    expect(await countUp()).toBe(1)
    const cookie = decodeURIComponent((await context.cookies())[0]?.value ?? '')
    const id = cookie.slice(2, 45)
    const { dump, inspector, token } = serve.ready
    const text = await (await fetch(dump, { headers: { Authorization: `Bearer ${token}` } })).text()
    expect(JSON.parse(text).sessions[0]).toMatchObject({ data: { test_counter: 1 }, owner: null })
    await page.goto(inspector)
    const row = page.locator('[data-row]').first()
    expect(await row.getAttribute('data-handle')).toBe(JSON.parse(text).sessions[0].handle)
    await row.click()
    await page.locator('[data-field=test_counter]', { hasText: '1' }).waitFor()
    const html = await page.content()
    for (const secret of [id, cookie.slice(46)]) expect(text + html).not.toContain(secret)
    expect(trouble).toEqual([])
  })

  it('has sessions searched, edited, ended, brought back and moved in time', async () => {
    await countUp()
    await page.goto(serve.ready.inspector)
    const search = page.getByRole('searchbox', { name: 'Search sessions' })
    await search.fill('test_counter:none')
    await page.getByText('No session matches').waitFor()
    await search.fill('test_counter:1')
    await page.locator('[data-row]').first().click()
    await page.getByRole('button', { name: 'Edit test_counter' }).click()
    await page.getByRole('textbox', { name: /^Value of test_counter/ }).fill('41')
    await page.keyboard.press('Control+Enter')
    await page.getByText('Key test_counter saved').first().waitFor()
    const answer = await context.request.get(`${serve.ready.url}session_test`)
    expect(await answer.json()).toMatchObject({ test_counter: 42 })
    await page.locator('[data-field=test_counter]', { hasText: '42' }).waitFor()
    await page.getByRole('tab', { name: 'History' }).click()
    await page.locator('.diff li', { hasText: '42' }).first().waitFor()
    await page.getByRole('button', { name: 'Destroy' }).click()
    await page.getByText('This session was destroyed.').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('This session was destroyed.').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: '+1 d' }).click()
    await page.locator('.detail-head', { hasText: 'expired' }).waitFor()
    await page.getByRole('button', { name: 'Reset' }).click()
    await page.getByRole('button', { name: 'Expire now' }).click()
    await page.locator('.detail-head', { hasText: 'expired' }).waitFor()
    expect(trouble).toEqual([])
  })

  it('shows each rejected request while the page is open', async () => {
    await page.goto(serve.ready.inspector)
    await page.getByRole('link', { name: 'Rejected' }).click()
    await page.locator('button.live.live').waitFor()
    await fetch(serve.ready.url, { headers: { Cookie: 'sid=plain' } })
    await page.locator('[data-code=unsigned]', { hasText: 'carries no signature' }).waitFor()
    expect(trouble).toEqual([])
  })

  it('shows hostile data as text', async () => {
    const hostile = `<img src=x onerror=alert(1)></pre><script>alert(2)</script>\u2028`
    await page.goto(serve.ready.url)
    await page.fill('[name=user]', hostile)
    await page.click('text=Log in')
    await page.fill('[name=item]', hostile)
    await page.click('text=Add')
    expect(await page.textContent('b')).toBe(hostile)
    await page.goto(serve.ready.inspector)
    await page.locator('[data-row]', { hasText: '<img src=x onerror=alert(1)>' }).click()
    await page.locator('[data-field=cart]', { hasText: '<img src=x onerror=alert(1)>' }).waitFor()
    expect(await page.locator('img').count()).toBe(0)
    expect(trouble).toEqual([])
  })

  it('is shown to no page of another site', async () => {
    await page.goto(serve.ready.url.replace('localhost', '127.0.0.1'))
    const { dump, inspector, token } = serve.ready
    const reached = await page.evaluate(
      `fetch(${JSON.stringify(dump)}, { headers: { Authorization: ${JSON.stringify(`Bearer ${token}`)} } }).then(() => 'reached', () => 'blocked')`,
    )
    expect(reached).toBe('blocked')
    await page.evaluate(
      `document.body.append(Object.assign(document.createElement('iframe'), { src: ${JSON.stringify(inspector)} }))`,
    )
    const frame = await (await page.waitForSelector('iframe')).contentFrame()
    await frame?.waitForLoadState()
    expect(await frame?.locator('#app').count()).toBe(0)
  })
})
