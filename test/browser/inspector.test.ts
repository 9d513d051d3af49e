import { beforeEach, describe, expect, it } from 'vitest'
import { hasChromium } from './chromium.js'
import { type InspectedApp, inspectedApp } from './inspected-app.js'
import { eventually, pagesForTests, pressOn, rowsOf, untilText } from './inspector-page.js'

describe.skipIf(!hasChromium)('the list of the inspector', () => {
  const pages = pagesForTests()
  let app: InspectedApp

  beforeEach(async () => {
    app = await inspectedApp()
  })

  it('shows each session with its owner, size, last request and the time it has left', async () => {
    const { cookie } = await app.write({ owner: 'ada', views: 1 })
    await app.visit('/account', cookie)
    await app.write({ theme: 'dark' })
    const { page, trouble } = await pages.openList(app.page)
    const row = page.locator('tbody tr', { hasText: 'ada' })
    expect(await row.locator('td.keys').textContent()).toBe('1')
    expect(await row.locator('td.request').textContent()).toBe('GET /account')
    expect(await row.locator('td.expires').textContent()).toMatch(/^(?:23 h|1 d)$/)
    expect(await page.locator('tbody tr', { hasText: 'anonymous' }).count()).toBe(1)
    expect(trouble).toEqual([])
  })

  it('searches, filters and sorts by mouse, and says what it does not understand', async () => {
    await app.write({ owner: 'ada', cart: ['apple'] })
    await app.write({ owner: 'grace', views: 1, theme: 'dark' })
    await app.write({ views: 1 })
    const { page } = await pages.openList(app.page)
    const search = page.getByRole('searchbox', { name: 'Search sessions' })
    await search.fill('has:cart')
    await eventually(() => rowsOf(page).count()).toBe(1)
    await search.fill('age>soon')
    await page.getByRole('alert').waitFor()
    expect(await search.getAttribute('aria-invalid')).toBe('true')
    await search.fill('nobody')
    await untilText(page, 'No session matches')
    await page.getByRole('button', { name: 'Show all sessions' }).click()
    await page.getByRole('button', { name: 'Signed in' }).click()
    await eventually(() => rowsOf(page).count()).toBe(2)
    await page.getByRole('button', { name: 'Session', exact: true }).click()
    await eventually(() => rowsOf(page).allTextContents()).toEqual([
      expect.stringContaining('ada'),
      expect.stringContaining('grace'),
    ])
    await page.getByLabel('Order').selectOption('-owner')
    await eventually(() => rowsOf(page).first().textContent()).toContain('grace')
    expect(await page.locator('th.who').getAttribute('aria-sort')).toBe('descending')
  })

  it('loads more, page by page', async () => {
    const { page } = await pages.open(app.page)
    await untilText(page, 'No sessions yet')
    await page.getByRole('button', { name: 'Make up 12 sessions' }).click()
    await eventually(() => rowsOf(page).count()).toBe(12)
    for (let n = 0; n < 50; n += 1) await app.write({ n })
    await page.locator('[data-show-new]').click()
    await eventually(() => rowsOf(page).count()).toBe(50)
    await page.getByRole('button', { name: 'Load more' }).click()
    await eventually(() => rowsOf(page).count()).toBe(62)
    await untilText(page, '62 sessions')
  })

  it('is driven by keys alone: search, move, open, back, destroy, undo, expire', async () => {
    for (const owner of ['ada', 'grace', 'alan']) await app.write({ owner })
    const { page } = await pages.openList(app.page)
    const focused = () => page.evaluate('document.activeElement.textContent')
    await page.keyboard.press('/')
    await page.keyboard.type('grace')
    await eventually(() => rowsOf(page).count()).toBe(1)
    await page.keyboard.press('Escape')
    await page.keyboard.press('j')
    expect(await focused()).toContain('grace')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'grace' }).waitFor()
    await page.keyboard.press('Escape')
    await page.locator('.detail').waitFor({ state: 'detached' })
    await eventually(focused).toContain('grace')
    await page.keyboard.press('Delete')
    await page.locator('tr.over', { hasText: 'destroyed' }).waitFor()
    expect(await app.store.count()).toBe(2)
    await page.keyboard.press('u')
    await page.locator('tr.over').waitFor({ state: 'detached' })
    expect(await app.store.count()).toBe(3)
    await page.keyboard.press('x')
    await page.locator('tr.over', { hasText: 'expired' }).waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog').getByText('destroy the session').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    for (const [key, view] of [
      ['2', 'Rejected'],
      ['3', 'Requests'],
      ['4', 'Cookie check'],
      ['1', 'Sessions'],
    ] as const) {
      await page.keyboard.press(key)
      await page.locator('nav [aria-current]', { hasText: view }).waitFor()
    }
  })

  it('moves with arrows too, and types letters into fields instead of obeying them', async () => {
    await app.write({ owner: 'ada' })
    await app.write({ owner: 'grace' })
    const { page } = await pages.openList(app.page)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowUp')
    expect(await page.evaluate('document.activeElement.textContent')).toContain('grace')
    // In one turn of the page, as from somebody quick.
    const focused = await page.evaluate(`document.body.dispatchEvent(
      new KeyboardEvent('keydown', { key: '/', bubbles: true })), document.activeElement.type`)
    expect(focused).toBe('search')
    await page.keyboard.type('xpue')
    expect(await page.getByRole('searchbox', { name: 'Search sessions' }).inputValue()).toBe('xpue')
    await untilText(page, 'No session matches')
    expect(await app.store.count()).toBe(2)
  })

  it('has order, filters, clock, export and made-up sessions within reach of Tab', async () => {
    const { page } = await pages.open(app.page)
    const button = (name: string) => page.getByRole('button', { name, exact: true })
    await pressOn(page, button('Make up 12 sessions'))
    await eventually(() => rowsOf(page).count()).toBe(12)
    await pressOn(page, page.getByLabel('Order'), 'ArrowDown')
    expect(await page.getByLabel('Order').inputValue()).toBe('-seen')
    await pressOn(page, button('Anonymous'), 'Space')
    await page.locator('button[aria-pressed=true]', { hasText: 'Anonymous' }).waitFor()
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Enter')
    await eventually(() => rowsOf(page).count()).toBe(12)
    await pressOn(page, button('+1 h'))
    await page.locator('.clock .badge', { hasText: '+1 h' }).waitFor()
    await pressOn(page, button('Reset'), 'Space')
    await page.locator('.clock .badge').waitFor({ state: 'detached' })
    const download = page.waitForEvent('download')
    await pressOn(page, button('Export'))
    expect((await download).suggestedFilename()).toBe('sessmw-sessions.json')
  })

  it('travels in time, and says that it did', async () => {
    await app.write({ owner: 'ada' })
    const { page } = await pages.openList(app.page)
    await page.getByRole('button', { name: '+1 h' }).click()
    await page.locator('.clock .badge', { hasText: '+1 h' }).waitFor()
    await page.locator('td.seen', { hasText: '1 h ago' }).waitFor()
    await page.getByRole('button', { name: '+1 d' }).click()
    await untilText(page, 'No sessions yet')
    await page.getByRole('button', { name: 'Expired' }).click()
    await page.locator('tr.over', { hasText: 'expired: idle' }).waitFor()
    await rowsOf(page).first().click()
    await untilText(page.locator('.detail-head'), 'expired')
    await page.getByRole('button', { name: 'Reset' }).click()
    await page.locator('.clock .badge').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Expire now' }).waitFor()
    expect(app.clock.offsetMs).toBe(0)
  })

  it('exports everything as one masked file', async () => {
    await app.write({ owner: 'ada', csrf: 'canary-7' })
    const { page } = await pages.openList(app.page)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export' }).click(),
    ])
    const parts: Buffer[] = []
    for await (const part of await download.createReadStream()) parts.push(part)
    const text = Buffer.concat(parts).toString()
    expect(JSON.parse(text)).toMatchObject({ sessions: [{ owner: 'ada', data: { csrf: '[masked]' } }] })
    expect(download.suggestedFilename()).toBe('sessmw-sessions.json')
  })
})
