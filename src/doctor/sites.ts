/** Two-part suffixes under which strangers register names: a cookie for all of them is refused (publicsuffix.org, the usual ones). */
const SUFFIXES = new Set(
  `co.uk org.uk ac.uk gov.uk com.au net.au org.au co.nz co.jp ne.jp or.jp com.br com.mx com.ar co.in co.kr co.za com.cn
  com.tw com.hk com.sg com.tr github.io gitlab.io herokuapp.com vercel.app netlify.app onrender.com pages.dev
  workers.dev web.app firebaseapp.com fly.dev railway.app azurewebsites.net cloudfront.net appspot.com run.app
  glitch.me repl.co deno.dev ngrok.io ngrok.app ngrok-free.app`.split(/\s+/),
)

/** Whether a host is an address of four numbers or of IPv6. */
export const isAddress = (host: string): boolean => /^(?:\[.*\]|\d+\.\d+\.\d+\.\d+)$/.test(host)

/** Whether a host is this machine, where browsers are lenient. */
export const isLoopback = (host: string): boolean =>
  /^(?:(?:.+\.)?localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host)

/** Whether nobody may set a cookie for all hosts below this name. */
export const isPublicSuffix = (domain: string): boolean => !domain.includes('.') || SUFFIXES.has(domain)

/** Whether a host gets a cookie with this Domain (RFC 6265bis 5.1.3). */
export function isWithin(host: string, domain: string): boolean {
  return host === domain || (!isAddress(host) && host.endsWith(`.${domain}`))
}

/** Whether a cookie with this Path goes along with a request (RFC 6265bis 5.1.4). */
export function isBelow(path: string, cookiePath: string): boolean {
  if (path === cookiePath) return true
  return path.startsWith(cookiePath) && (cookiePath.endsWith('/') || path[cookiePath.length] === '/')
}

/** Whether two origins are of one site: scheme and registrable domain; ports do not matter. */
export function isSameSite(one: URL, other: URL): boolean {
  return one.protocol === other.protocol && siteOf(one.hostname) === siteOf(other.hostname)
}

function siteOf(host: string): string {
  if (isAddress(host)) return host
  const labels = host.split('.')
  return labels.slice(SUFFIXES.has(labels.slice(-2).join('.')) ? -3 : -2).join('.')
}

/** Whether two names are often taken for the same host: those of this machine, and those with and without `www.`. */
export function areMixedUp(one: string, other: string): boolean {
  if (one === other) return false
  return (isLoopback(one) && isLoopback(other)) || one === `www.${other}` || other === `www.${one}`
}
