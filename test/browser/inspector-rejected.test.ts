import { describe, expect, it } from 'vitest'
import { signValue } from '../../src/cookie/signed-value.js'
import { handleOf } from '../../src/core/session-id.js'
import { COOKIE_CODES, LOAD_CODES, SAVE_CODES } from '../../src/core/verdict-table.js'
import type { Faults } from '../../src/testing/faulty-store.js'
import { SECRET } from '../inspector/inspector-helpers.js'
import { hasChromium } from './chromium.js'
import { faultyApp, type InspectedApp, inspectedApp } from './inspected-app.js'
import { eventually, pagesForTests, untilLive, untilText } from './inspector-page.js'

const HOUR = 3_600_000

type Provoke = (app: InspectedApp, faults: Faults) => Promise<unknown>

/** With a signature that lost its last characters; they are written out, so that each counts as one. */
const cutShort = (cookie: string): string => decodeURIComponent(cookie).slice(0, -3)

const cookieOf = async (app: InspectedApp): Promise<string> => (await app.write({ n: 0 })).cookie

/** A request for each code with which a session is lost; those that move the clock come last. */
const PROVOKE: Readonly<Record<string, Provoke>> = {
  malformed: async (app) => app.visit('/', cutShort(await cookieOf(app))),
  unsigned: (app) => app.visit('/', 'sid=just-an-id'),
  'bad-signature': (app) =>
    app.visit('/', `sid=${signValue('i'.repeat(43), 'the secret of another process')}`),
  unknown: (app) => app.visit('/', `sid=${signValue('i'.repeat(43), SECRET)}`),
  ambiguous: async (app) => app.visit('/', `${await cookieOf(app)}; ${await cookieOf(app)}`),
  corrupt: async (app) => {
    const id = 'c'.repeat(43)
    const now = app.clock()
    const times = { createdAt: now + HOUR, lastSeenAt: now, expiresAt: now + HOUR }
    await app.store.create(handleOf(id), { version: 1, ...times, fields: {} })
    await app.visit('/', `sid=${signValue(id, SECRET)}`)
  },
  'store-error': async (app, faults) => {
    const cookie = await cookieOf(app)
    faults.fail('read')
    await app.visit('/', cookie)
  },
  'withheld-insecure': (app) => app.visit('/count', '', 'app.example'),
  'withheld-late': (app) => app.visit('/late'),
  'withheld-failed': async (app, faults) => {
    faults.fail('create')
    await app.visit('/count')
  },
  discarded: async (app) => app.visit('/revoked', await cookieOf(app)),
  failed: async (app, faults) => {
    const cookie = await cookieOf(app)
    faults.fail('update')
    await app.visit('/count', cookie)
  },
  'expired-idle': async (app) => {
    const cookie = await cookieOf(app)
    app.clock.offsetMs += 24.5 * HOUR
    await app.visit('/', cookie)
  },
  'expired-absolute': async (app) => {
    const cookie = await cookieOf(app)
    for (let day = 0; day < 8; day += 1) {
      app.clock.offsetMs += 22 * HOUR
      await app.visit('/', cookie)
    }
  },
}

describe.skipIf(!hasChromium)('the Rejected view of the inspector', () => {
  const pages = pagesForTests()

  it('shows each lost session by itself, with code, title, masked header and fix', async () => {
    const { app, faults } = await faultyApp()
    const { page, trouble } = await pages.open(app.page)
    await untilLive(page)
    await page.getByRole('link', { name: 'Rejected' }).click()
    await untilText(page, 'No request has lost its session')
    const words = { ...LOAD_CODES, ...SAVE_CODES, ...COOKIE_CODES }
    const took: number[] = []
    for (const [code, provoke] of Object.entries(PROVOKE)) {
      await provoke(app, faults)
      faults.heal()
      const since = performance.now()
      const card = page.locator(`[data-code=${code}]`).first()
      await card.waitFor()
      took.push(performance.now() - since)
      const { title, fix } = words[code as keyof typeof words]
      const text = (await card.textContent()) ?? ''
      expect(text).toContain(title)
      expect(text).toContain(fix.replaceAll('`', ''))
      expect(text).toContain(`npx sessmw help ${code}`)
      if (code in LOAD_CODES) expect(text).toMatch(/Cookie: sid=\S*…/)
    }
    // A second, and what a busy machine adds.
    expect(Math.max(...took)).toBeLessThan(3_000)
    expect(trouble).toEqual([])
  })

  it('filters by code, tells what the cookie itself shows, and moves by keys', async () => {
    const app = await inspectedApp()
    await app.visit('/first', 'sid=plain')
    const { cookie } = await app.write({ n: 1 })
    await app.visit('/second', cutShort(cookie))
    const { page } = await pages.open(app.page)
    await untilLive(page)
    await page.keyboard.press('2')
    await untilText(page, /The signature is 40 characters, expected 43/)
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    expect(await page.evaluate('document.activeElement.dataset.code')).toBe('unsigned')
    await page.getByRole('button', { name: 'malformed', exact: true }).click()
    await page.locator('[data-code=unsigned]').waitFor({ state: 'detached' })
    expect(await page.locator('[data-code]').count()).toBe(1)
    await page.getByRole('button', { name: 'All' }).click()
    await page.locator('[data-code=unsigned]').waitFor()
  })

  it('moves nothing under the focus: what is new waits until it is asked for', async () => {
    const app = await inspectedApp()
    await app.visit('/first', 'sid=plain')
    const { page } = await pages.open(app.page)
    await untilLive(page)
    await page.keyboard.press('2')
    await page.locator('[data-code]').first().waitFor()
    await page.keyboard.press('j')
    await app.visit('/second', 'sid=plain')
    await page.getByRole('button', { name: '1 new, show' }).waitFor()
    expect(await page.locator('[data-code]').count()).toBe(1)
    await page.keyboard.press('n')
    await eventually(() => page.locator('[data-code]').count()).toBe(2)
  })

  it('counts rejections while another view is shown', async () => {
    const app = await inspectedApp()
    const { page } = await pages.open(app.page)
    await untilLive(page)
    await app.visit('/first', 'sid=plain')
    await page.getByRole('link', { name: 'Rejected 1 new rejection' }).click()
    await page.locator('[data-code=unsigned]').waitFor()
    await page.getByRole('link', { name: 'Rejected', exact: true }).waitFor()
  })
})

describe.skipIf(!hasChromium)('the Requests view of the inspector', () => {
  const pages = pagesForTests()

  it('shows each request with its verdict as it comes, and narrows by status and path', async () => {
    const app = await inspectedApp()
    const { page } = await pages.open(app.page)
    await untilLive(page)
    await page.keyboard.press('3')
    await untilText(page, 'No requests yet')
    const { cookie, handle } = await app.write({ owner: 'ada', n: 1 })
    await app.visit('/account', cookie)
    await app.visit('/plain', 'sid=plain')
    await eventually(() => page.locator('.requests summary').count()).toBe(3)
    const line = page.locator('.requests > li', { hasText: '/account' })
    expect(await line.textContent()).toMatch(/loaded.*GET.*\/account.*unchanged.*ada/)
    await line.locator('summary').click()
    await untilText(line, 'The session was loaded')
    await page.getByRole('button', { name: 'Rejected' }).click()
    await eventually(() => page.locator('.requests summary').count()).toBe(1)
    await page.getByRole('button', { name: 'All' }).click()
    await page.keyboard.press('/')
    await page.keyboard.type('/acc')
    await eventually(() => page.locator('.requests summary').count()).toBe(1)
    await line.locator('summary').click()
    await line.getByRole('link').click()
    await page.getByRole('heading', { name: 'ada' }).waitFor()
    expect(page.url()).toContain(handle)
  })
})
