import type { ServerResponse } from 'node:http'
import type { CookieEdit } from '../core/cookie-edit.js'
import { isSessmwError } from '../errors.js'

/** Sets our cookie; other cookies stay, and one of the same name gives way (RFC 6265bis 4.1.1: a name once only). */
export function setCookie(response: ServerResponse, name: string, edit: CookieEdit): void {
  const present = response.getHeader('set-cookie')
  const others = (Array.isArray(present) ? present : present === undefined ? [] : [String(present)]).filter(
    (line) => !line.startsWith(`${name}=`),
  )
  response.setHeader('Set-Cookie', others.length === 0 ? edit.setCookie : [...others, edit.setCookie])
  keepOutOfCaches(response, edit)
}

/** Tells shared caches that the response depends on the cookie (CVE-2023-30861). */
export function varyByCookie(response: ServerResponse): void {
  const present = response.getHeader('vary')
  if (present === undefined) {
    response.setHeader('Vary', 'Cookie')
    return
  }
  const text = Array.isArray(present) ? present.join(', ') : String(present)
  const names = text.split(',').map((name) => name.trim().toLowerCase())
  if (!names.includes('cookie') && !names.includes('*')) response.setHeader('Vary', `${text}, Cookie`)
}

/**
 * A response with a new id, or without the old one, is stored nowhere. One whose cookie is only sent again may stay in the
 * browser, so that its back-forward cache works, but in no shared cache.
 */
function keepOutOfCaches(response: ServerResponse, { isNewId }: CookieEdit): void {
  if (isNewId) {
    response.setHeader('Cache-Control', 'no-store')
    return
  }
  const present = response.getHeader('cache-control')
  const directives = String(present ?? '')
    .split(',')
    .map((directive) => directive.trim())
    .filter((directive) => directive !== '' && !/^(?:public|s-maxage\s*=.*)$/i.test(directive))
  if (!directives.some((directive) => /^(?:private|no-store)\b/i.test(directive)))
    directives.unshift('private')
  response.setHeader('Cache-Control', directives.join(', '))
}

/** Seconds. */
const RETRY_AFTER = '5'

/** A request that fails because of the store may be tried again; whoever answers it need not say so. */
export function retryLater(response: ServerResponse, error: unknown): void {
  if (isSessmwError(error) && error.status === 503 && !response.headersSent)
    response.setHeader('Retry-After', RETRY_AFTER)
}
