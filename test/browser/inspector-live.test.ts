import { beforeEach, describe, expect, it } from 'vitest'
import { handleOf } from '../../src/core/session-id.js'
import { hasChromium } from './chromium.js'
import { type InspectedApp, inspectedApp } from './inspected-app.js'
import {
  eventually,
  holdAnswer,
  pagesForTests,
  rowsOf,
  untilDrawn,
  untilLive,
  untilText,
} from './inspector-page.js'

describe.skipIf(!hasChromium)('the inspector while things happen', () => {
  const pages = pagesForTests()
  let app: InspectedApp

  beforeEach(async () => {
    app = await inspectedApp()
  })

  it('keeps its rows where they are when new sessions come, and shows those on request', async () => {
    await app.write({ owner: 'ada' })
    const { page } = await pages.openList(app.page)
    await app.write({ owner: 'grace' })
    await app.write({ owner: 'alan' })
    await page.getByRole('button', { name: '2 new, show' }).waitFor()
    expect(await rowsOf(page).allTextContents()).toEqual([expect.stringContaining('ada')])
    await page.keyboard.press('n')
    await eventually(() => rowsOf(page).count()).toBe(3)
    expect(await page.locator('[data-show-new]').count()).toBe(0)
  })

  it('shows the first session at once in an empty list', async () => {
    const { page } = await pages.open(app.page)
    await untilText(page, 'No sessions yet')
    await untilLive(page)
    await app.write({ owner: 'ada' })
    await rowsOf(page).first().waitFor()
  })

  it('marks a session that the app ended, and leaves its row', async () => {
    const { cookie } = await app.write({ owner: 'ada' })
    const { page } = await pages.openList(app.page)
    await app.visit('/revoked', cookie)
    await page.locator('tr.over', { hasText: 'revoked' }).waitFor()
    expect(await rowsOf(page).count()).toBe(1)
  })

  it('takes no session for alive because of an answer from before its end', async () => {
    const { cookie } = await app.write({ owner: 'ada' })
    const { page } = await pages.openList(app.page)
    const list = '**/api/v1/sessions?*'
    const held = await holdAnswer(page, list)
    await app.visit('/account', cookie)
    await held.arrived
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await page.locator('tr.over', { hasText: 'expired' }).waitFor()
    const next = page.waitForResponse(list)
    held.release()
    await next
    await untilDrawn(page)
    expect(await page.locator('tr.over', { hasText: 'expired' }).count()).toBe(1)
  })

  it('pauses and goes on where it stopped', async () => {
    await app.write({ owner: 'ada' })
    const { page } = await pages.openList(app.page)
    await page.keyboard.press('p')
    await page.locator('button.live.paused').waitFor()
    await app.write({ owner: 'grace' })
    await app.visit('/plain', 'sid=plain')
    expect(await page.locator('[data-show-new]').count()).toBe(0)
    await page.getByRole('button', { name: 'Updates are paused. Go on' }).click()
    await page.getByRole('button', { name: '1 new, show' }).waitFor()
    await page.getByRole('link', { name: 'Rejected 1' }).waitFor()
    await page.getByRole('button', { name: 'Updates: live. Pause' }).click()
    await page.locator('button.live.paused').waitFor()
    await page.keyboard.press('p')
    await untilLive(page)
  })

  it('shows in a pause nothing of an answer that was under way', async () => {
    await app.write({ owner: 'ada' })
    const { page } = await pages.openList(app.page)
    const list = '**/api/v1/sessions?*'
    const held = await holdAnswer(page, list)
    await app.write({ owner: 'grace' })
    await held.arrived
    await page.keyboard.press('p')
    await page.locator('button.live.paused').waitFor()
    const answer = page.waitForResponse(list)
    held.release()
    await (await answer).finished()
    await untilDrawn(page)
    expect(await page.locator('[data-show-new]').count()).toBe(0)
    await page.keyboard.press('p')
    await page.getByRole('button', { name: '1 new, show' }).waitFor()
  })

  it('misses no request that comes while the log is being read', async () => {
    const { page } = await pages.open(app.page)
    await untilLive(page)
    const held = await holdAnswer(page, '**/api/v1/requests?status=all&*')
    await page.getByRole('link', { name: 'Requests' }).click()
    await held.arrived
    await app.visit('/meanwhile', 'sid=plain')
    await page.getByRole('link', { name: 'Rejected 1' }).waitFor()
    held.release()
    await untilText(page.locator('.requests'), '/meanwhile')
  })

  it('reads again what was lost among more events than a page is told of', async () => {
    const { page } = await pages.open(app.page)
    await untilLive(page)
    await page.keyboard.press('3')
    await untilText(page, 'No requests yet')
    await app.visit('/early')
    for (let n = 0; n < 1_500; n += 1)
      app.sessions.events.publish('revoked', { at: app.clock(), handle: handleOf(`id-${n}`) })
    await untilText(page.locator('.requests'), '/early')
  })
})
