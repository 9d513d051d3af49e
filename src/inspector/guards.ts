import type { IncomingMessage } from 'node:http'
import { type Answer, answerError } from './answer.js'

/** Who may talk to the inspector. */
export interface GuardRules {
  /** Further values of the Host header, compared as text; one without a port also stands for the server's own port. */
  readonly allowedHosts: readonly string[]
  /** Whether requests from other machines are turned away. */
  readonly loopbackOnly: boolean
}

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]']

/**
 * The checks that every request passes before anything else happens, in this order: remote address, Host, origin,
 * method. Answers with the refusal, or nothing.
 *
 * A page on another site can reach a server on this machine through its visitor's browser; DNS rebinding gives it even
 * the same origin, so the Host header is compared as text with the few names that nobody else can own (Vite
 * GHSA-vg6x-rcgg-rjx6). Nothing is parsed: `new URL` takes `2130706433` for 127.0.0.1 and throws on `%00`.
 */
export function refuse(request: IncomingMessage, rules: GuardRules): Answer | undefined {
  if (rules.loopbackOnly && !isLoopback(request.socket.remoteAddress)) {
    return answerError(403, 'not-local', 'The inspector answers this machine only. Pass { auth } to open it.')
  }
  return refuseHost(request, rules) ?? refuseOrigin(request) ?? refuseMethod(request)
}

/** Whether an address as a socket shows it is this machine's own. */
export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address
  return plain === '::1' || /^127\.\d+\.\d+\.\d+$/.test(plain)
}

function refuseHost(request: IncomingMessage, { allowedHosts }: GuardRules): Answer | undefined {
  // `headers` shows only the first of several; a proxy in front may have gone by the last (RFC 9112 section 3.2).
  const hosts = request.rawHeaders.filter(
    (_, at, all) => at % 2 === 1 && all[at - 1]?.toLowerCase() === 'host',
  )
  const [host] = hosts
  if (hosts.length !== 1 || host === undefined || host === '') {
    return answerError(400, 'bad-host', 'The request needs exactly one Host header.')
  }
  // A target such as `http://elsewhere/` would take the place of the Host header.
  if (!targetOf(request).startsWith('/')) {
    return answerError(400, 'bad-target', 'The request target must be a path.')
  }
  const { localPort } = request.socket
  const isOwn = [...LOOPBACK_NAMES, ...allowedHosts].some((name) => isHostAt(host, name, localPort, request))
  if (isOwn || allowedHosts.includes(host)) return undefined
  const message =
    'This Host is not allowed. Use localhost with the port of the server, or pass { allowedHosts }.'
  return answerError(403, 'host-not-allowed', message)
}

function isHostAt(host: string, name: string, port: number | undefined, request: IncomingMessage): boolean {
  const isDefault = port === ('encrypted' in request.socket ? 443 : 80)
  return host === `${name}:${port}` || (isDefault && host === name)
}

function refuseOrigin({ headers }: IncomingMessage): Answer | undefined {
  const { host, origin } = headers
  const site = headers['sec-fetch-site']
  const isOwnSite = site === undefined || site === 'same-origin' || site === 'none'
  const isOwnOrigin = origin === undefined || origin === `http://${host}` || origin === `https://${host}`
  if (isOwnSite && isOwnOrigin) return undefined
  return answerError(
    403,
    'cross-site',
    'The request comes from another site. Open the address in a tab of its own.',
  )
}

/** Those that a route may have; others (`OPTIONS`, `TRACE`) are answered before anybody is asked for a token. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

function refuseMethod(request: IncomingMessage): Answer | undefined {
  return METHODS.includes(methodOf(request)) ? undefined : wrongMethod(['GET', 'HEAD'])
}

/** 405, naming what would do. */
export function wrongMethod(allowed: readonly string[]): Answer {
  const list = allowed.join(', ')
  const message = `Only ${list} can be asked of this address.`
  return answerError(405, 'method-not-allowed', message, { headers: { Allow: list } })
}

/**
 * What a call that changes something must show besides the token, since `auth` may let in whoever has a cookie of the
 * app: a type that no form can send and that makes browsers ask first (ASVS 3.5.2), and a page of its own.
 */
export function refuseChange({ headers }: IncomingMessage): Answer | undefined {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') {
    return answerError(403, 'cross-site', 'Changes are made from the page of the inspector itself.')
  }
  if (/^application\/json *(;|$)/i.test(headers['content-type'] ?? '')) return undefined
  return answerError(415, 'json-required', 'This call needs the header Content-Type: application/json.')
}

/** The method as it came: what a middleware makes of a header or a field (`_method`) is somebody else's wish. */
export function methodOf(request: IncomingMessage): string {
  const original: unknown = Reflect.get(request, 'originalMethod')
  return typeof original === 'string' ? original : (request.method ?? '')
}

/** The request target as it came, also below a mount path. */
export function targetOf(request: IncomingMessage): string {
  // Express and connect cut the mount path off `url` and keep all of it here.
  if ('originalUrl' in request && typeof request.originalUrl === 'string') return request.originalUrl
  return request.url ?? ''
}
