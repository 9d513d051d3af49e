import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { signValue } from '../../src/cookie/signed-value.js'
import { SECRET } from '../inspector/inspector-helpers.js'
import { root } from '../support/sources.js'
import { hasChromium } from './chromium.js'
import { closeApps, type InspectedApp, inspectedApp } from './inspected-app.js'
import { Pages } from './inspector-page.js'

const FOLDER = join(root, 'docs', 'screenshots')
const MOST_BYTES = 150_000

const SIZES = [
  [1280, 720],
  [768, 800],
  [360, 720],
] as const
const SCHEMES = ['light', 'dark'] as const

const FILES = SIZES.flatMap(([width]) => SCHEMES.map((scheme) => `inspector-${width}-${scheme}.png`))

describe('the screenshots in the documentation', () => {
  it('are there, in three sizes, light and dark, and small', () => {
    expect(readdirSync(FOLDER).sort()).toEqual([...FILES].sort())
    for (const file of FILES) {
      const png = readFileSync(join(FOLDER, file))
      expect(file).toContain(`-${png.readUInt32BE(16)}-`)
      expect([file, png.length < MOST_BYTES]).toEqual([file, true])
    }
  })
})

describe.skipIf(!hasChromium || !process.env.SESSMW_SCREENSHOTS)('SESSMW_SCREENSHOTS', () => {
  const pages = new Pages()
  let app: InspectedApp
  let handle: string

  beforeAll(async () => {
    vi.stubEnv('NODE_ENV', 'development')
    await pages.start()
    app = await inspectedApp()
    handle = await busyDay(app)
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await pages.stop()
    await closeApps()
  })

  it.each(SCHEMES)('takes them anew, %s', async (colorScheme) => {
    for (const [width, height] of SIZES) {
      const options = { colorScheme, viewport: { width, height }, bypassCSP: true }
      const { page } = await pages.openList(app.page, options)
      await page.addStyleTag({ content: ':root { font-family: "Liberation Sans", sans-serif }' })
      const view = { 1280: `sessions/${handle}`, 768: 'rejected', 360: 'sessions' }[width]
      await page.evaluate(`location.hash = '#/${view}'`)
      await page
        .locator({ 1280: '[data-field=cart]', 768: '[data-code]', 360: 'tbody tr' }[width])
        .first()
        .waitFor()
      const path = join(FOLDER, `inspector-${width}-${colorScheme}.png`)
      await page.screenshot({ path, animations: 'disabled', caret: 'hide' })
    }
  })
})

/** Sessions and requests as an app has them; answers with the session to show. */
async function busyDay(app: InspectedApp): Promise<string> {
  const people = ['grace', 'linus', 'margaret', 'alan', 'barbara', 'ken', 'frances', 'dennis']
  const hour = 3_600_000
  app.clock.offsetMs = -23.4 * hour
  for (const [at, owner] of people.entries()) {
    const { cookie } = await app.write({ ...(at % 3 !== 2 && { owner }), views: 3 * at + 1, theme: 'dark' })
    app.clock.offsetMs += (2 + (at % 3)) * hour
    await app.visit(['/account', '/cart', '/orders/17', '/'][at % 4] ?? '/', cookie)
  }
  app.clock.offsetMs = -240_000
  await app.visit('/cart', `sid=${signValue('j'.repeat(43), SECRET)}`)
  await app.visit('/account', 'sid=8f14e45fceea167a; theme=dark')
  app.clock.offsetMs = -90_000
  await app.visit('/checkout', '', 'shop.example')
  await app.visit('/count', '', 'shop.example')
  app.clock.offsetMs = -42_000
  const user = { name: 'Ada', email: 'ada@example.com', role: 'admin' }
  const ada = await app.write({
    owner: 'ada',
    user,
    cart: [{ name: 'apple', count: 1 }],
    csrf: 'x1y2z3',
    views: 1,
  })
  const cart = [
    { name: 'apple', count: 2 },
    { name: 'bread', count: 1 },
  ]
  app.clock.offsetMs = -8_000
  await app.write({ cart, views: 2, locale: 'en-GB' }, ada.cookie)
  await app.visit('/account', `sid=${signValue('i'.repeat(43), 'the secret of another process')}`)
  app.clock.offsetMs = -2_000
  await app.visit('/orders/18', ada.cookie)
  app.clock.offsetMs = 0
  return ada.handle
}
