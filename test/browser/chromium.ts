import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, chromium } from 'playwright-core'

const CHROMIUM = '/usr/bin/chromium'

/** Whether there is a browser; if not, its tests count as skipped. */
export const hasChromium = existsSync(CHROMIUM)
if (!hasChromium)
  process.stderr.write(`Skipped: the browser tests need ${CHROMIUM} (apt-get install chromium).\n`)

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ARGS })
}

/** Collects what should not happen in any page: CSP violations, script errors, dialogs. */
export async function watchTrouble(context: BrowserContext): Promise<string[]> {
  const trouble: string[] = []
  context.on('weberror', (error) => trouble.push(String(error.error())))
  context.on('dialog', (dialog) => {
    trouble.push(`dialog: ${dialog.message()}`)
    return dialog.dismiss()
  })
  context.on('console', (message) => {
    if (/content security policy/i.test(message.text())) trouble.push(message.text())
  })
  await context.exposeFunction('tellViolation', (text: string) => trouble.push(text))
  await context.addInitScript(`addEventListener('securitypolicyviolation', (event) =>
    tellViolation('CSP: ' + event.violatedDirective + ' ' + event.blockedURI))`)
  return trouble
}
