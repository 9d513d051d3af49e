import { type Answer, SAFE_HEADERS } from '../answer.js'
// Made by the build from the folder `page`.
import { SCRIPT, STYLE } from './built-page.js'
import { ICON, pageWith } from './page.js'

const file = (type: string, body: string, headers: Answer['headers'] = {}): Answer => ({
  status: 200,
  headers: { 'Content-Type': `${type}; charset=utf-8`, ...headers },
  body,
})

/** Another content has another name. */
const FOR_EVER = { 'Cache-Control': 'public, max-age=31536000, immutable' }

/** The icon is the one picture. */
const WITH_ICON = {
  'Content-Security-Policy': `${SAFE_HEADERS['Content-Security-Policy']}; img-src 'self'`,
}

/** The files of the page by path below the mount path. They hold no data and no token, so they are open. */
export const STATIC_FILES: ReadonlyMap<string, Answer> = new Map([
  ['/', file('text/html', pageWith(SCRIPT.name, STYLE.name), WITH_ICON)],
  ['/icon.svg', file('image/svg+xml', ICON)],
  [`/${SCRIPT.name}`, file('text/javascript', SCRIPT.text, FOR_EVER)],
  [`/${STYLE.name}`, file('text/css', STYLE.text, FOR_EVER)],
])
