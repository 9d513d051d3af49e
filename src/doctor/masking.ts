import type { SetCookie } from './cookies.js'
import type { Exchange } from './exchange.js'

const MAX_TEXT = 160
/** Attributes whose values are worth a look; an unknown one may hold anything. */
const SHOWN = {
  domain: 'Domain',
  path: 'Path',
  expires: 'Expires',
  'max-age': 'Max-Age',
  samesite: 'SameSite',
} as const
const FLAGS = { httponly: 'HttpOnly', secure: 'Secure', partitioned: 'Partitioned' } as const

/** Text of strangers on one short line, without what would move the cursor of a terminal (CWE-150). */
export function printable(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')
  return plain.length > MAX_TEXT ? `${plain.slice(0, MAX_TEXT)}…` : plain
}

/** An address without user, password and query, which may hold credentials. */
export function shownUrl(url: URL | undefined): string {
  return url === undefined ? '(unknown address)' : printable(`${url.protocol}//${url.host}${url.pathname}`)
}

/** A `Set-Cookie` line without the value. */
export function shownSetCookie({ name, attributes }: SetCookie): string {
  const parts = [...attributes].flatMap(([key, value]) => {
    if (key in FLAGS) return [FLAGS[key as keyof typeof FLAGS]]
    return key in SHOWN ? [`${SHOWN[key as keyof typeof SHOWN]}=${value}`] : []
  })
  return printable(`Set-Cookie: ${[`${name}=…`, ...parts].join('; ')}`)
}

/** A request and its answer, in a few words. */
export function shownExchange({ label, method, url, status }: Exchange): string {
  const answer = status === undefined ? '' : ` → ${status}`
  if (url === undefined) return `${label}${answer}`
  return `${label}: ${printable(method)} ${shownUrl(url)}${answer}`
}
