import { createHmac, timingSafeEqual } from 'node:crypto'
import {
  decodePayload,
  expectedLength,
  type ItsdangerousKey,
  type ItsdangerousToken,
  jsonOf,
  parseItsdangerous,
  verifyItsdangerous,
} from './itsdangerous.js'

/** Which library a cookie looks like; `express-session` is the form of sessmw, too. */
export type CookieStyle =
  | 'express-session'
  | 'signed-json'
  | 'json'
  | 'cookie-session'
  | 'itsdangerous'
  | 'iron-session'
  | 'jwt'

/** A cookie of another library. */
export interface Neighbour {
  readonly style: CookieStyle
  /** What it is: the beginning of a sentence. */
  readonly what: string
  /** What to do: the end of the sentence, or a sentence after it for a cookie that can be checked. */
  readonly advice?: string
  /** Whether anything in it keeps people from making one. */
  readonly isSigned: boolean
  /** The session id that it carries in clear text: a credential. */
  readonly id?: string
  /** The data that it carries. */
  readonly payload?: unknown
  /** Seconds since 1970. */
  readonly signedAt?: number
  /** Why its signature cannot be right whatever the secret is. */
  readonly damage?: string
  /** How it was signed with this secret, in words; undefined when it was not. Absent: cannot be checked here. */
  readonly check?: (secret: string | Buffer) => string | undefined
}

/** What helps to recognise a cookie. */
export interface NeighbourContext {
  readonly name: string | undefined
  /** The value of the cookie `name.sig` beside it. */
  readonly companion: string | undefined
  /** Salts of itsdangerous to try. */
  readonly salts: readonly string[]
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Recognises the cookie of another library by its shape; undefined for any other text. */
export function recogniseNeighbour(value: string, context: NeighbourContext): Neighbour | undefined {
  return (
    ironSession(value) ??
    jwt(value) ??
    jsonCookie(value) ??
    itsdangerous(value, context) ??
    cookieSession(value, context)
  )
}

const IGNORED = ', which sessmw and express-session ignore'

/** Sealed by @hapi/iron: `Fe26.2`, password id, salt, IV, text, expiry, salt and MAC, with `*` between them. */
function ironSession(value: string): Neighbour | undefined {
  if (!value.startsWith('Fe26.2*')) return undefined
  const what = 'This is a sealed cookie of iron-session'
  const parts = value.split('*').length
  const damage = parts === 8 ? {} : { damage: `It has ${parts} parts, expected 8: copy the whole value` }
  return { style: 'iron-session', what, advice: IGNORED, isSigned: true, ...damage }
}

/** RFC 7519; five parts are an encrypted one (RFC 7516). */
function jwt(value: string): Neighbour | undefined {
  const parts = value.split('.')
  const header = parts.length === 3 || parts.length === 5 ? objectOf(parts[0] ?? '') : undefined
  if (header === undefined || typeof header.alg !== 'string') return undefined
  const kind =
    parts.length === 5 ? 'an encrypted JSON Web Token (as next-auth makes them)' : 'a JSON Web Token'
  return { style: 'jwt', what: `This is ${kind}`, advice: IGNORED, isSigned: true }
}

/** `res.cookie` of Express writes objects as `j:` and JSON; the signed ones begin with `s:` and are found as ours. */
function jsonCookie(value: string): Neighbour | undefined {
  const found = value.startsWith('j:') ? jsonOf(value.slice(2)) : undefined
  if (found === undefined) return undefined
  const what = 'This is a JSON cookie of res.cookie() without a signature'
  return { style: 'json', what, advice: ': anyone could have made it', isSigned: false, payload: found.json }
}

function itsdangerous(value: string, { now, salts }: NeighbourContext): Neighbour | undefined {
  const token = parseItsdangerous(value, now)
  if (token === undefined) return undefined
  const length = expectedLength(token)
  const isAhead = token.signedAt !== undefined && token.signedAt > now / 1000
  const damage = `The signature is ${token.signature.length} characters, expected ${length}: copy the whole value`
  return {
    style: 'itsdangerous',
    what: 'This is a cookie of itsdangerous (Flask, Starlette, FastAPI)',
    advice: ' Does the signer have a salt of its own? Pass it as --salt.',
    isSigned: true,
    ...contentOf(token.payload),
    ...(token.signedAt === undefined ? {} : { signedAt: token.signedAt }),
    ...(length === undefined ? {} : { damage }),
    check: (secret) => {
      const key = verifyItsdangerous(token, secret, salts)
      return key && `${wordsOf(key, token)}${isAhead ? AHEAD : ''}`
    },
  }
}

const AHEAD =
  '. But its time lies ahead, and itsdangerous refuses that where a cookie has a max_age: set the clock of the signer right'

/** Text is a session id; anything else are the data themselves. */
function contentOf(payload: string): Pick<Neighbour, 'id' | 'payload'> {
  const content = decodePayload(payload)
  if ('text' in content) return { id: content.text }
  return typeof content.json === 'string' ? { id: content.json } : { payload: content.json }
}

function wordsOf({ salt, derivation, digest }: ItsdangerousKey, token: ItsdangerousToken): string {
  const timed = token.signedAt !== undefined
  const signer = timed ? 'TimestampSigner (Starlette: SessionMiddleware)' : 'Signer'
  const makers: Readonly<Record<string, string>> = {
    'cookie-session': derivation === 'hmac' ? "Flask's session" : 'a serializer',
    'itsdangerous.Signer': signer,
    itsdangerous: timed ? 'URLSafeTimedSerializer' : 'URLSafeSerializer',
  }
  const maker = makers[salt] ?? 'itsdangerous'
  return `Signed by ${maker}: salt ${JSON.stringify(salt)}, key derivation ${derivation}, ${digest.toUpperCase().replace('SHA', 'SHA-')}`
}

/** Data as base64 of JSON; keygrip signs `name=value` into the cookie `name.sig`, with HMAC-SHA1 as base64url. */
function cookieSession(value: string, { name, companion }: NeighbourContext): Neighbour | undefined {
  const payload = objectOf(value)
  if (payload === undefined) return undefined
  const what = 'This looks like a cookie of cookie-session or koa-session, which has its data in it'
  const found = { style: 'cookie-session', what, payload } as const
  if (name === undefined || companion === undefined) {
    const advice = `; the signature is in a second cookie, ${name ?? 'NAME'}.sig: paste both as one Cookie line`
    return { ...found, advice, isSigned: false }
  }
  const isIntact = companion.length === 27
  return {
    ...found,
    isSigned: true,
    ...(isIntact
      ? {}
      : { damage: `${name}.sig is ${companion.length} characters, expected 27: copy the whole value` }),
    check: (secret) =>
      isSame(signKeygrip(`${name}=${value}`, secret), companion)
        ? `Signed by cookie-session in ${name}.sig: HMAC-SHA1`
        : undefined,
  }
}

/** The value of `name.sig` for `name=value`, as keygrip makes it. */
export function signKeygrip(pair: string, secret: string | Buffer): string {
  return createHmac('sha1', secret).update(pair).digest('base64url')
}

function isSame(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))
}

/** The JSON object in base64, with the padding of either alphabet or without. */
function objectOf(base64: string): Record<string, unknown> | undefined {
  if (!/^[\w+/-]+={0,2}$/.test(base64)) return undefined
  const found = jsonOf(Buffer.from(base64, 'base64').toString())
  const isObject = typeof found?.json === 'object' && found.json !== null && !Array.isArray(found.json)
  return isObject ? (found.json as Record<string, unknown>) : undefined
}
