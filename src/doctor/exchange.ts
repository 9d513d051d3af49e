/** Header lines in order, with names as they came. */
export type HeaderLines = readonly (readonly [name: string, value: string])[]

/** One request and its response, wherever they were seen. What was not seen is undefined or empty. */
export interface Exchange {
  /** How people find it again, such as `request 2` or `entry 5`. */
  readonly label: string
  readonly method: string
  readonly url: URL | undefined
  readonly requestHeaders: HeaderLines
  readonly status: number | undefined
  readonly responseHeaders: HeaderLines
  /** Milliseconds since 1970. */
  readonly startedAt: number | undefined
}

/** The values of a header, in order. */
export function valuesOf(headers: HeaderLines, name: string): string[] {
  return headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value)
}

/** The first value of a header. */
export const headerOf = (headers: HeaderLines, name: string): string | undefined => valuesOf(headers, name)[0]

/** The header of an exchange that names the page's origin; `null` and what is no URL count as absent. */
export function originOf({ requestHeaders }: Exchange): URL | undefined {
  return parseUrl(headerOf(requestHeaders, 'origin'))
}

/** Whether a script asked, as far as the browser says: pages and images need no CORS. */
export function isScripted({ requestHeaders, method }: Exchange): boolean {
  const mode = headerOf(requestHeaders, 'sec-fetch-mode')
  return method !== 'OPTIONS' && (mode === undefined || mode === 'cors')
}

/** An http or https URL, or undefined. */
export function parseUrl(text: string | undefined, base?: URL): URL | undefined {
  if (text === undefined || !URL.canParse(text, base?.href)) return undefined
  const url = new URL(text, base)
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined
}

/** Where a redirect leads. */
export function redirectOf({ url, status, responseHeaders }: Exchange): URL | undefined {
  const isRedirect = status !== undefined && [301, 302, 303, 307, 308].includes(status)
  return isRedirect ? parseUrl(headerOf(responseHeaders, 'location'), url) : undefined
}
