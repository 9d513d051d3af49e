import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { gate } from '../support/http.js'
import { launch, watchTrouble } from './chromium.js'
import { closeApps } from './inspected-app.js'

/** A page of the inspector in a browser of its own profile. */
export interface OpenPage {
  readonly context: BrowserContext
  readonly page: Page
  /** What should not have happened. */
  readonly trouble: string[]
}

const DESKTOP = { width: 1280, height: 800 }

/** Opens pages in one browser, and leaves them. */
export class Pages {
  #browser: Browser | undefined
  /** For tests without wishes: a page of its own costs more than all that a test does in it. */
  #shared: OpenPage | undefined
  readonly #own: BrowserContext[] = []

  async start(): Promise<void> {
    this.#browser = await launch()
    this.#shared = await this.#newPage({})
  }

  /** Opens an address; with options in a page and a profile of its own. */
  async open(address: string, options?: BrowserContextOptions): Promise<OpenPage> {
    const opened = options === undefined ? this.#shared : await this.#newPage(options)
    if (opened === undefined) throw new Error('The browser has not started.')
    if (options !== undefined) this.#own.push(opened.context)
    opened.trouble.length = 0
    await opened.page.goto(address)
    return opened
  }

  /** Opens the page of an app that has sessions, and waits until it shows them and is live. */
  async openList(address: string, options?: BrowserContextOptions): Promise<OpenPage> {
    const opened = await this.open(address, options)
    await rowsOf(opened.page).first().waitFor()
    await untilLive(opened.page)
    return opened
  }

  /** For `afterEach`. */
  async closeAll(): Promise<void> {
    await Promise.all(this.#own.splice(0).map((context) => context.close()))
    await this.#shared?.page.unrouteAll()
    await this.#shared?.page.goto('about:blank')
  }

  async stop(): Promise<void> {
    await this.#browser?.close()
  }

  async #newPage(options: BrowserContextOptions): Promise<OpenPage> {
    if (this.#browser === undefined) throw new Error('The browser has not started.')
    const context = await this.#browser.newContext({ viewport: DESKTOP, ...options })
    context.setDefaultTimeout(15_000)
    const trouble = await watchTrouble(context)
    return { context, trouble, page: await context.newPage() }
  }
}

/** Pages for the tests of a `describe`; what a test leaves open, pages and apps, is closed after it. */
export function pagesForTests(): Pages {
  const pages = new Pages()
  beforeAll(() => pages.start())
  afterAll(() => pages.stop())
  afterEach(async () => {
    await pages.closeAll()
    await closeApps()
  })
  return pages
}

/** The rows of the list of sessions; those of requests are none. */
export function rowsOf(page: Page): Locator {
  return page.locator('.sessions [data-row]')
}

/** Waits until the page is live and the list has been read. */
export async function untilLive(page: Page): Promise<void> {
  await page.locator('button.live.live').waitFor()
}

/** Waits for a text anywhere in a part of the page. */
export async function untilText(part: Locator | Page, text: string | RegExp): Promise<void> {
  await part.getByText(text).filter({ visible: true }).first().waitFor()
}

/** Expects something of what a call answers, sooner or later. */
export function eventually<Value>(call: () => Promise<Value>) {
  return expect.poll(call, { timeout: 10_000 })
}

/** Keeps the first answer to such a request from the page, as it was when the server gave it, until it is let through. */
export async function holdAnswer(page: Page, address: string) {
  const arrived = gate()
  const released = gate()
  await page.route(
    address,
    async (route) => {
      const response = await route.fetch()
      arrived.open()
      await released.opened
      await route.fulfill({ response })
    },
    { times: 1 },
  )
  return { arrived: arrived.opened, release: () => released.open() }
}

/** Walks to a control with Tab alone, and presses a key on it. */
export async function pressOn(page: Page, control: Locator, key = 'Enter'): Promise<void> {
  await control.waitFor()
  for (let step = 0; step < 60; step += 1) {
    if (await control.evaluate((element) => element === element.ownerDocument.activeElement)) {
      await page.keyboard.press(key)
      return
    }
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not lead to ${control}.`)
}

/** Waits until the page has drawn what it knows. */
export function untilDrawn(page: Page): Promise<unknown> {
  return page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
}
