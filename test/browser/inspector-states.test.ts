import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { closeAll, TOKEN } from '../inspector/inspector-helpers.js'
import { dropInApp } from '../inspector/looking.js'
import { hasChromium } from './chromium.js'
import { faultyApp, inspectedApp } from './inspected-app.js'
import { pagesForTests, rowsOf, untilLive, untilText } from './inspector-page.js'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe-core finds that keeps somebody out, or would; by all its rules, or some. */
async function violationsOf(page: Page, rules?: readonly string[]): Promise<string[]> {
  if (!(await page.evaluate('"axe" in globalThis'))) await page.evaluate(AXE)
  const options = JSON.stringify({ resultTypes: ['violations'], ...(rules && { runOnly: rules }) })
  const found = await page.evaluate<{ id: string; impact: string; nodes: { html: string }[] }[]>(
    `axe.run(${options}).then(({ violations }) => violations)`,
  )
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`)
}

/** Text that would be more than text, were it ever taken for it. */
const HOSTILE = {
  '<img src=x onerror=alert(1)>': '</pre><script>alert(2)</script>',
  'reversed\u202e': 'a\u2066b\u0000\u001b[31m\u2028\u{e0001}',
  nested: { '<b>': ['javascript:alert(3)'], __proto__x: '&lt;i&gt;' },
}

describe.skipIf(!hasChromium)('the page of the inspector', () => {
  const pages = pagesForTests()

  it('takes the token out of the address, keeps it for the tab, and says elsewhere how to get it', async () => {
    const app = await inspectedApp()
    const { page, context } = await pages.open(app.page)
    await untilText(page, 'No sessions yet')
    expect(page.url()).not.toContain(TOKEN)
    await page.reload()
    await untilText(page, 'No sessions yet')
    const other = await context.newPage()
    await other.goto(`${app.origin}/__sessmw/`)
    await untilText(other, 'It needs the token of the server.')
    expect(await violationsOf(other)).toEqual([])
    await other.getByLabel('Token, or the whole link').fill('wrong')
    await other.getByRole('button', { name: 'Open' }).click()
    await untilText(other, 'The token is not the one of this server')
    await other.getByLabel('Token, or the whole link').fill(app.page)
    await other.getByRole('button', { name: 'Open' }).click()
    await untilText(other, 'No sessions yet')
    await other.close()
  })

  it('asks nobody but its own server, and its files are kept for ever under names that change', async () => {
    const app = await inspectedApp()
    await app.write({ owner: 'ada', views: 1 })
    const { page, context } = await pages.open('about:blank', {})
    const asked: { url: string; cache: string | undefined; referer: string | undefined }[] = []
    context.on('response', async (response) => {
      const { 'cache-control': cache } = response.headers()
      asked.push({ url: response.url(), cache, referer: response.request().headers()['referer'] })
    })
    await page.goto(app.page)
    await rowsOf(page).first().click()
    await page.locator('[data-field=views]').waitFor()
    expect(asked.filter(({ url }) => !url.startsWith(`${app.origin}/__sessmw/`))).toEqual([])
    expect(asked.filter(({ url, referer }) => url.includes(TOKEN) || referer)).toEqual([])
    const files = asked.filter(({ url }) => /\.(?:js|css)$/.test(url))
    expect(files).toHaveLength(2)
    for (const { url, cache } of files) {
      expect(url).toMatch(/\/inspector-[A-Z0-9]{8}\.(?:js|css)$/)
      expect(cache).toContain('immutable')
    }
  })

  it('shows hostile data, owners, paths and cookies as text', async () => {
    const app = await inspectedApp()
    const owner = '<img src=y onerror=alert(4)>\u202e'
    const { cookie } = await app.write({ owner, ...HOSTILE })
    await app.visit('/<script>alert(5)</script>', cookie)
    await app.visit('/x', 'sid=<svg/onload=alert(6)>')
    const { page, trouble } = await pages.open(app.page)
    await untilLive(page)
    await rowsOf(page).first().click()
    await untilText(page, '<img src=x onerror=alert(1)>')
    await untilText(page, '"</pre><script>alert(2)</script>"')
    await untilText(page, 'reversed\\u202e')
    await untilText(page, '"a\\u2066b\\u0000\\u001b[31m\\u2028\\udb40\\udc01"')
    await page.getByRole('heading', { name: '<img src=y onerror=alert(4)>\\u202e' }).waitFor()
    await page.getByRole('button', { name: 'Edit reversed' }).click()
    const editor = page.getByRole('textbox', { name: /^Value of reversed/ })
    expect(await editor.inputValue()).toBe('"a\\u2066b\\u0000\\u001b[31m\\u2028\\udb40\\udc01"')
    await editor.press('Control+Enter')
    await untilText(page, 'Key reversed\\u202e saved')
    expect({ ...(await app.sessions.open(cookie)).data }).toEqual(HOSTILE)
    for (const name of ['History', 'Requests']) await page.getByRole('tab', { name }).click()
    await untilText(page.getByRole('tabpanel', { name: 'Requests' }), '/<script>alert(5)</script>')
    await page.keyboard.press('2')
    await page.locator('[data-code]').first().waitFor()
    await page.keyboard.press('3')
    await page.getByRole('region', { name: 'Requests', exact: true }).locator('summary').first().waitFor()
    expect(await page.locator('img, svg, script:not([src])').count()).toBe(0)
    expect(await page.content()).not.toMatch(/[\u202e\u2066\u2028]/)
    expect(trouble).toEqual([])
  })

  it('says that the server is gone, keeps what it shows, and comes back by itself', async () => {
    const app = await inspectedApp()
    await app.write({ owner: 'ada' })
    const { page } = await pages.openList(app.page)
    await app.stop()
    await page.getByRole('alert').getByText('The page connects again by itself.').waitFor()
    expect(await rowsOf(page).count()).toBe(1)
    expect(await violationsOf(page)).toEqual([])
    await app.start()
    await untilLive(page)
    await page.getByRole('alert').waitFor({ state: 'detached' })
    await app.write({ owner: 'grace' })
    await page.getByRole('button', { name: '1 new, show' }).waitFor()
  })

  it('says so when the server is not there at the start, and begins when it is', async () => {
    const app = await inspectedApp()
    const { page } = await pages.open(app.page)
    await untilLive(page)
    await page.route('**/api/**', (route) => route.abort())
    await page.reload()
    await untilText(page, 'The server does not answer.')
    await page.unroute('**/api/**')
    await untilText(page, 'No sessions yet')
  })

  it('says what is wrong when the store does not answer, and reads again by itself', async () => {
    const { app, faults } = await faultyApp()
    faults.fail('entries')
    faults.fail('page')
    const { page } = await pages.open(app.page)
    await page.getByRole('alert').waitFor()
    expect(await violationsOf(page)).toEqual([])
    const again = page.waitForResponse('**/api/v1/sessions?*')
    await page.getByRole('button', { name: 'Try again' }).click()
    expect((await again).ok()).toBe(false)
    await page.getByRole('alert').waitFor()
    faults.heal()
    await untilText(page, 'No sessions yet')
  })

  it('offers no change where none is allowed', async () => {
    const app = await inspectedApp({ readOnly: true })
    const { cookie } = await app.write({ owner: 'ada', views: 1 })
    const { page } = await pages.open(app.page)
    await rowsOf(page).first().click()
    await page.locator('[data-field=views]').waitFor()
    await untilText(page, 'read-only')
    for (const name of ['Edit views', 'Remove views', 'Add a key', 'Destroy', 'Expire now', '+1 h'])
      expect(await page.getByRole('button', { name }).count()).toBe(0)
    for (const key of ['e', 'x', 'Delete']) await page.keyboard.press(key)
    expect({ ...(await app.sessions.open(cookie)).data }).toEqual({ views: 1 })
    expect(await page.getByRole('textbox', { name: 'Value of views as JSON' }).count()).toBe(0)
  })

  it('shows of an app on sessmw/express-session what can be done there, and no more', async () => {
    onTestFinished(closeAll)
    const { origin, visit, read } = await dropInApp(undefined)
    const { cookie } = await visit({ views: 1 })
    await read('connect.sid=plain')
    const { page, trouble } = await pages.open(`${origin}/__sessmw/#t=${TOKEN}`)
    await rowsOf(page).first().click()
    await page.getByRole('button', { name: 'Edit views' }).click()
    await page.getByRole('textbox', { name: /^Value of views/ }).fill('7')
    await page.getByRole('button', { name: 'Save' }).click()
    await untilText(page, 'Key views saved')
    expect(await read(cookie)).toEqual({ views: 7 })
    for (const name of ['Expire now', '+1 h', 'Make up 12 sessions'])
      expect(await page.getByRole('button', { name }).count()).toBe(0)
    expect(await page.getByRole('tab').allTextContents()).toEqual(['Data', 'Requests', 'Cookie check'])
    await page.getByRole('tab', { name: 'Cookie check' }).click()
    expect(await page.getByRole('button', { name: 'New cookie + curl' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Destroy' }).click()
    await untilText(page, 'This session was destroyed.')
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('button', { name: 'Destroy' }).waitFor()
    expect(await read(cookie)).toEqual({ views: 7 })
    await page.keyboard.press('2')
    await page.locator('[data-code=unsigned]').waitFor()
    expect(trouble).toEqual([])
  })

  it('keeps nobody out, in light and dark, at any width', async () => {
    const app = await inspectedApp()
    const { page, trouble } = await pages.open(app.page, { colorScheme: 'light' })
    const check = async (what: string): Promise<void> => {
      expect([what, await violationsOf(page)]).toEqual([what, []])
      // All that differs in the dark.
      await page.emulateMedia({ colorScheme: 'dark' })
      expect([what, await violationsOf(page, ['color-contrast'])]).toEqual([what, []])
      await page.emulateMedia({ colorScheme: 'light' })
      const { width, height } = page.viewportSize() ?? { width: 0, height: 0 }
      await page.setViewportSize({ width: 360, height })
      expect([what, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([what, 360])
      await page.setViewportSize({ width, height })
    }
    await untilText(page, 'No sessions yet')
    await check('empty')
    await page.getByRole('button', { name: 'Make up 12 sessions' }).click()
    await rowsOf(page).first().waitFor()
    const { cookie, handle } = await app.write({ owner: 'ada', csrf: 'x', ...HOSTILE, long: 'x'.repeat(190) })
    await app.write({ views: 2 }, cookie)
    for (const bad of ['sid=plain', `sid=${'y'.repeat(300)}`, cookie.slice(0, -3)])
      await app.visit(`/${'long'.repeat(40)}`, bad)
    await page.locator('[data-show-new]').click()
    await page.getByText('ada').first().waitFor()
    await check('list')
    for (const tab of ['data', 'history', 'requests', 'cookie']) {
      await page.evaluate(`location.hash = '#/sessions/${handle}/${tab}'`)
      await page.locator(`[aria-labelledby=tab-${tab}] > :not(.fresh)`).first().waitFor()
      await check(`detail/${tab}`)
    }
    for (const [view, sign] of [
      ['rejected', '[data-code]'],
      ['requests', '.requests summary'],
      ['cookie', 'textarea'],
    ] as const) {
      await page.evaluate(`location.hash = '#/${view}'`)
      await page.locator(sign).first().waitFor()
      await check(view)
    }
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    await page.getByRole('dialog').waitFor()
    await check('help')
    expect(trouble).toEqual([])
  })
})
