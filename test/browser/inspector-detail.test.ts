import { beforeEach, describe, expect, it } from 'vitest'
import { contentsOf, type Data } from '../inspector/inspector-helpers.js'
import { hasChromium } from './chromium.js'
import { type InspectedApp, inspectedApp } from './inspected-app.js'
import { pagesForTests, pressOn, untilText } from './inspector-page.js'

describe.skipIf(!hasChromium)('a session in the inspector', () => {
  const pages = pagesForTests()
  let app: InspectedApp

  beforeEach(async () => {
    app = await inspectedApp()
  })

  const openSession = async (data: Data) => {
    const made = await app.write(data)
    const opened = await pages.open(app.page)
    await opened.page.locator(`[data-handle="${made.handle}"]`).click()
    await opened.page.locator('[data-field]').first().waitFor()
    return { ...made, ...opened }
  }

  const stored = async (cookie: string): Promise<unknown> => {
    const session = await app.sessions.open(cookie)
    return { ...session.data }
  }

  it('shows data as a tree and as JSON, and masked values on request alone', async () => {
    const { page } = await openSession({
      cart: [{ name: 'apple', count: 2 }],
      csrf: 'canary-1',
      user: { email: 'canary-2' },
    })
    await untilText(page.locator('[data-field=cart]'), '"apple"')
    expect(await page.content()).not.toContain('canary')
    await page.getByRole('button', { name: 'Reveal csrf' }).click()
    await untilText(page.locator('[data-field=csrf]'), '"canary-1"')
    await page.getByRole('button', { name: 'Reveal email' }).click()
    await untilText(page.locator('[data-field=user]'), '"canary-2"')
    await page.getByRole('button', { name: 'Hide csrf' }).click()
    await page.getByRole('button', { name: 'Reveal csrf' }).waitFor()
    expect(await page.content()).not.toContain('canary-1')
    await page.getByRole('button', { name: 'JSON' }).click()
    expect(await page.locator('pre.json').textContent()).toContain('"count": 2')
  })

  it('shows what is long only in part, and whole on request', async () => {
    const { page } = await openSession({ note: `${'long '.repeat(100)}end-of-it` })
    expect(await page.locator('[data-field=note]').textContent()).not.toContain('end-of-it')
    await page.getByRole('button', { name: 'Reveal all of note' }).click()
    await untilText(page.locator('[data-field=note]'), /end-of-it/)
  })

  it('edits, adds and removes a key by mouse', async () => {
    const { page, cookie } = await openSession({ views: 1, theme: 'dark' })
    await page.getByRole('button', { name: 'Edit views' }).click()
    const editor = page.getByRole('textbox', { name: 'Value of views as JSON' })
    await editor.fill('{"n": 2')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('alert').getByText('This is no JSON').waitFor()
    await editor.fill('{"n": 2}')
    await page.getByRole('button', { name: 'Save' }).click()
    await untilText(page, 'Key views saved')
    await page.getByRole('button', { name: 'Add a key' }).click()
    await page.getByLabel('Name of the key').fill('flag')
    await page.getByLabel('Value as JSON').fill('true')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.locator('[data-field=flag]').waitFor()
    await page.getByRole('button', { name: 'Remove theme' }).click()
    await page.locator('[data-field=theme]').waitFor({ state: 'detached' })
    expect(await stored(cookie)).toEqual({ views: { n: 2 }, flag: true })
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.locator('[data-field=theme]').waitFor()
    expect(await stored(cookie)).toEqual({ views: { n: 2 }, flag: true, theme: 'dark' })
  })

  it('edits by keys, and reveals what is masked before that', async () => {
    const { page, cookie } = await openSession({ csrf: 'old' })
    await page.keyboard.press('e')
    const editor = page.getByRole('textbox', { name: 'Value of csrf as JSON' })
    await editor.waitFor()
    expect(await editor.inputValue()).toBe('"old"')
    await editor.and(page.locator(':focus')).waitFor()
    await page.keyboard.press('Control+a')
    await page.keyboard.type('"new"')
    await page.keyboard.press('Control+Enter')
    await untilText(page, 'Key csrf saved')
    expect(await stored(cookie)).toEqual({ csrf: 'new' })
    await page.keyboard.press('e')
    await editor.press('Escape')
    await editor.waitFor({ state: 'detached' })
  })

  it('adds, removes and reveals keys, shows changes and ends by keys alone', async () => {
    const { page, cookie } = await openSession({ csrf: 'canary', theme: 'dark' })
    const button = (name: string) => page.getByRole('button', { name })
    await pressOn(page, button('Add a key'))
    await page.locator(':focus').and(page.getByLabel('Name of the key')).waitFor()
    await page.keyboard.type('flag')
    await page.keyboard.press('Tab')
    await page.keyboard.type('true')
    await page.keyboard.press('Control+Enter')
    await page.locator('[data-field=flag]').waitFor()
    await pressOn(page, button('Reveal csrf'))
    await untilText(page.locator('[data-field=csrf]'), '"canary"')
    await pressOn(page, button('Remove theme'), 'Space')
    await page.locator('[data-field=theme]').waitFor({ state: 'detached' })
    await page.keyboard.press('u')
    await page.locator('[data-field=theme]').waitFor()
    expect(await stored(cookie)).toEqual({ csrf: 'canary', theme: 'dark', flag: true })
    await pressOn(page, page.getByRole('tab', { name: 'Data' }), 'ArrowRight')
    await untilText(page.locator('.diff'), 'true')
    await page.keyboard.press('Delete')
    await untilText(page, 'This session was destroyed.')
    await page.keyboard.press('u')
    await page.getByText('This session was destroyed.').waitFor({ state: 'detached' })
    await page.keyboard.press('x')
    await untilText(page.locator('.detail-head'), /expired/)
    expect((await app.sessions.open(cookie)).verdict.load).toBe('expired-idle')
  })

  it('has the check of a cookie and the new one by keys alone', async () => {
    const { page, cookie } = await openSession({ views: 1 })
    await pressOn(page, page.getByRole('tab', { name: 'Data' }), 'ArrowLeft')
    const check = async (): Promise<void> => {
      await pressOn(page, page.getByRole('textbox', { name: /A cookie in any form/ }), 'Control+a')
      await page.keyboard.insertText(cookie)
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
    }
    await check()
    await untilText(page, 'It is the cookie of this session.')
    await pressOn(page, page.getByRole('button', { name: 'New cookie + curl' }))
    await page.getByRole('button', { name: 'Copy the curl' }).waitFor()
    await page.keyboard.press('4')
    await page.getByRole('heading', { name: 'Is this cookie one of this app’s?' }).waitFor()
    await check()
    await untilText(page, 'a living session')
  })

  it('says what to do when the app has changed the session meanwhile', async () => {
    const { page, cookie } = await openSession({ views: 1 })
    await page.getByRole('button', { name: 'Edit views' }).click()
    await page.getByRole('textbox', { name: 'Value of views as JSON' }).fill('10')
    await app.write({ views: 2 }, cookie)
    await page.getByRole('button', { name: 'Save' }).click()
    const conflict = page.getByRole('alert')
    await untilText(conflict, 'The app changed this session while you were writing.')
    await untilText(conflict, '2')
    expect(await stored(cookie)).toEqual({ views: 2 })
    await conflict.getByRole('button', { name: 'Keep my text' }).click()
    await page.getByRole('button', { name: 'Save' }).click()
    await untilText(page, 'Key views saved')
    expect(await stored(cookie)).toEqual({ views: 10 })
  })

  it('follows the app: values, history and requests as they come', async () => {
    const { page, cookie, handle } = await openSession({ views: 1, cart: [{ n: 1 }] })
    await app.write({ views: 2, cart: [{ n: 1 }, { n: 2 }] }, cookie)
    await untilText(page.locator('[data-field=views]'), '2')
    await page.getByRole('tab', { name: 'History' }).click()
    await page.locator('.history li').nth(1).waitFor()
    const lines = await page.locator('.history > li').first().locator('.diff li').allTextContents()
    expect(lines).toEqual(['− views 1', '+ views 2', '+ cart[1] {"n":2}'])
    await page.getByRole('tab', { name: 'Requests' }).click()
    await page.locator('.requests summary').nth(1).waitFor()
    await app.visit('/account', cookie)
    await untilText(page.locator('.requests'), '/account')
    expect(page.url()).toContain(`#/sessions/${handle}/requests`)
    await page.reload()
    await untilText(page.locator('.requests'), '/account')
  })

  it('walks its tabs with arrows', async () => {
    const { page } = await openSession({ views: 1 })
    await page.getByRole('tab', { name: 'Data' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.getByRole('tab', { name: 'History', selected: true }).waitFor()
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('ArrowLeft')
    await page.getByRole('tab', { name: 'Cookie check', selected: true }).waitFor()
    expect(await page.evaluate('document.activeElement.id')).toBe('tab-cookie')
  })

  it('destroys with ten seconds to undo, by mouse; the old cookie works again', async () => {
    const { page, cookie } = await openSession({ views: 1 })
    await page.getByRole('button', { name: 'Destroy' }).click()
    await untilText(page, 'This session was destroyed.')
    expect(await app.store.count()).toBe(0)
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('button', { name: 'Destroy' }).waitFor()
    expect(await stored(cookie)).toEqual({ views: 1 })
  })

  it('expires at once, by mouse', async () => {
    const { page, cookie } = await openSession({ views: 1 })
    await page.getByRole('button', { name: 'Expire now' }).click()
    await untilText(page.locator('.detail-head'), /expired/)
    await app.visit('/', cookie)
    await page.getByRole('link', { name: 'Rejected' }).click()
    await page.locator('[data-code=expired-idle]').waitFor()
  })

  it('tells of a pasted cookie whether it is of this session', async () => {
    const { page, cookie } = await openSession({ views: 1 })
    const other = await app.write({ views: 2 })
    await page.getByRole('tab', { name: 'Cookie check' }).click()
    const box = page.getByRole('textbox', { name: /A cookie in any form/ })
    await box.fill(`Cookie: ${cookie}`)
    await page.getByRole('button', { name: 'Check' }).click()
    await untilText(page, 'It is the cookie of this session.')
    await box.fill(other.cookie)
    await page.getByRole('button', { name: 'Check' }).click()
    await untilText(page, /It is the cookie of another session/)
    await box.fill(cookie.slice(0, -4))
    await page.getByRole('button', { name: 'Check' }).click()
    await page.locator('.verification .badge', { hasText: 'invalid' }).waitFor()
  })

  it('makes a new cookie with the same data, and the curl command that uses it', async () => {
    const { page } = await openSession({ owner: 'ada', views: 7 })
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByRole('tab', { name: 'Cookie check' }).click()
    await page.getByRole('button', { name: 'New cookie + curl' }).click()
    await page.getByRole('button', { name: 'Copy the curl' }).click()
    await untilText(page, 'Copied: the curl')
    const curl = String(await page.evaluate('navigator.clipboard.readText()'))
    const [, cookie = ''] = /curl -b '([^']+)'/.exec(curl) ?? []
    expect(await stored(cookie)).toEqual({ views: 7 })
    expect((await app.sessions.open(cookie)).owner).toBe('ada')
  })

  it('S63: is looked at from all sides without a change, byte for byte', async () => {
    const { page, cookie } = await openSession({ csrf: 'canary', note: 'x'.repeat(500) })
    await app.visit('/', cookie)
    const before = await contentsOf(app.store)
    await page.getByRole('button', { name: 'Reveal csrf' }).click()
    await page.getByRole('button', { name: 'JSON' }).click()
    for (const name of ['History', 'Requests', 'Cookie check']) await page.getByRole('tab', { name }).click()
    await page.getByRole('textbox', { name: /A cookie in any form/ }).fill(cookie)
    await page.getByRole('button', { name: 'Check', exact: true }).click()
    await untilText(page, 'It is the cookie of this session.')
    for (const name of ['Rejected', 'Requests', 'Sessions'])
      await page.getByRole('link', { name }).first().click()
    // Until the view has changed, the search box is that of the requests.
    await page.getByRole('searchbox', { name: 'Search sessions' }).fill('views:1')
    await untilText(page, 'No session matches')
    expect(await contentsOf(app.store)).toBe(before)
  })

  it('that never was says so', async () => {
    const { page } = await pages.open(app.page)
    await untilText(page, 'No sessions yet')
    await page.evaluate(`location.hash = '#/sessions/${'x'.repeat(43)}'`)
    await untilText(page, 'There is no such session in the store.')
  })
})
