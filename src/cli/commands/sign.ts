import { signKeygrip } from '../../cookie/neighbours.js'
import { type CookieAttributes, checkCookie, formatSetCookie } from '../../cookie/set-cookie.js'
import { signValue } from '../../cookie/signed-value.js'
import { parseDuration } from '../../core/duration.js'
import { SessmwError } from '../../errors.js'
import { EXIT } from '../exit-code.js'
import type { Io } from '../io.js'
import { readOperand } from '../operand.js'
import { type OutputOptions, outputOf } from '../output.js'
import { describeSecret, findSecrets, fingerprintOf, type SecretOptions } from '../secret-source.js'

/** Options of `sessmw sign`. */
export interface SignOptions extends SecretOptions, OutputOptions {
  /** The value to sign, or `-` for stdin. */
  readonly operand?: string
  readonly as?: string
  readonly style?: string
  readonly name?: string
  /** False with `--no-encode`. */
  readonly encode?: boolean
  readonly maxAge?: string
  readonly path?: string
  readonly sameSite?: string
  /** Left out: true. */
  readonly secure?: boolean
}

/** RFC 6265 4.1.1: a cookie name is a token. */
const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/
/** `cookie-octet` of RFC 6265 4.1.1: what a value may have in a header. */
const OCTETS = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/
/** Browsers keep no cookie that is longer (RFC 6265bis 5.6). */
const MAX_OCTETS = 4096

/** Prints one line: the signed value. */
export async function sign(options: SignOptions, io: Io): Promise<number> {
  const out = outputOf(io, options)
  const { name = 'sid' } = options
  if (!TOKEN.test(name)) throw new SessmwError('usage', '--name takes letters, digits, - and _.')
  const attributes = attributesOf(name, options)
  const id = await readOperand(options, io, 'sign', 'a value to sign')
  const [secret] = await findSecrets(options, io, out)
  if (!secret) throw new SessmwError('no-secret', 'Nothing can be signed without a secret.')
  const encoded =
    options.style === 'cookie-session' ? signPair(name, id, secret.value) : signOne(id, secret.value)
  const value = options.style === 'cookie-session' ? encoded : decodeURIComponent(encoded)
  const text = lineOf(name, options.encode === false ? value : encoded, attributes, options)
  if (options.json) {
    const described = { source: secret.origin, index: 0, fingerprint: fingerprintOf(secret.value) }
    const algorithm = options.style === 'cookie-session' ? 'HMAC-SHA1' : 'HMAC-SHA256'
    out.json({ schema: 'sessmw/sign@1', name, id, value, encoded, text, algorithm, secret: described })
  } else {
    out.answer(text)
    if (io.stderr.isTTY) out.note(out.paintNote.dim(`signed with ${describeSecret(secret)}`))
  }
  return EXIT.ok
}

function signOne(id: string, secret: string): string {
  // A half of a surrogate pair has no percent-encoding.
  if (/\p{Cs}/u.test(id)) throw new SessmwError('usage', 'The value is no valid text.')
  return signValue(id, secret)
}

/** cookie-session has its signature in a second cookie, and encodes nothing. */
function signPair(name: string, value: string, secret: string): string {
  if (!OCTETS.test(value))
    throw new SessmwError(
      'usage',
      'The value has characters that a cookie cannot have; cookie-session holds its JSON as base64: sign that.',
    )
  return `${value}; ${name}.sig=${signKeygrip(`${name}=${value}`, secret)}`
}

/** The line in the form that `--as` names; all but `value` are ready for a header. */
function lineOf(name: string, value: string, attributes: CookieAttributes, options: SignOptions): string {
  const { as = 'value', maxAge } = options
  if (as === 'value') return value
  const pair = `${name}=${value}`
  if (pair.length > MAX_OCTETS)
    throw new SessmwError(
      'usage',
      `The cookie has ${pair.length} octets; browsers keep at most ${MAX_OCTETS}.`,
    )
  if (options.style !== 'cookie-session' && !OCTETS.test(value))
    throw new SessmwError(
      'usage',
      'The value has characters that a header cannot have; leave --no-encode out.',
    )
  if (as === 'cookie') return pair
  if (as === 'header') return `Cookie: ${pair}`
  if (as === 'curl') return `curl -H ${shellQuoted(`Cookie: ${pair}`)} http://localhost:3000/`
  const seconds = maxAge === undefined ? undefined : secondsOf(maxAge)
  const expiry =
    seconds === undefined ? undefined : { maxAgeSeconds: seconds, expiresAt: Date.now() + seconds * 1000 }
  return `Set-Cookie: ${formatSetCookie(name, value, attributes, expiry)}`
}

const shellQuoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** The attributes of `--as set-cookie`, checked as the middleware checks its own. */
function attributesOf(name: string, options: SignOptions): CookieAttributes {
  const { as, style, path = '/', sameSite = 'lax', secure = true } = options
  if (as !== 'set-cookie') {
    const isUseless = [options.maxAge, options.path, options.sameSite, options.secure].some(
      (given) => given !== undefined,
    )
    if (isUseless) throw new SessmwError('usage', 'Only --as set-cookie has attributes.')
    return {}
  }
  if (style === 'cookie-session')
    throw new SessmwError('usage', 'cookie-session needs two Set-Cookie lines; use --as cookie.')
  const attributes = { path, httpOnly: true, secure, sameSite: sameSite as CookieAttributes['sameSite'] }
  checkCookie(name, attributes)
  return attributes
}

function secondsOf(duration: string): number {
  if (!/^\d+(\.\d+)?(ms|s|m|h|d|w)?$/.test(duration))
    throw new SessmwError('usage', '--max-age takes seconds, or text such as 30m, 12h or 1d.')
  return Math.floor(parseDuration(/^\d+$/.test(duration) ? Number(duration) : duration, '--max-age') / 1000)
}
