import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** Text signed by the Python package itsdangerous: payload, perhaps a time, signature, with dots between them. */
export interface ItsdangerousToken {
  readonly payload: string
  /** What the signature covers: payload and time. */
  readonly signed: string
  readonly signature: string
  /** Seconds since 1970; undefined for a token without a time. */
  readonly signedAt: number | undefined
}

/** How a token was signed, as far as the signature tells. */
export interface ItsdangerousKey {
  readonly salt: string
  readonly derivation: 'django-concat' | 'hmac' | 'concat' | 'none'
  readonly digest: 'sha1' | 'sha256' | 'sha512'
}

/** What `Serializer`, `Signer` and Flask's sessions use unless they are told otherwise. */
export const ITSDANGEROUS_SALTS = ['itsdangerous', 'itsdangerous.Signer', 'cookie-session'] as const

/** Characters of base64 without padding. */
const DIGESTS: Readonly<Record<number, ItsdangerousKey['digest']>> = {
  27: 'sha1',
  43: 'sha256',
  86: 'sha512',
}
/** Most apps use the default, Flask uses hmac. */
const DERIVATIONS = ['django-concat', 'hmac', 'concat', 'none'] as const
/** Before version 1.1, times counted from 2011. */
const OLD_EPOCH = 1_293_840_000
const YEAR_2001 = 1_000_000_000
const DAY = 86_400
/** What a cookie of 4096 characters inflates to may be a thousand times as long. */
const MAX_INFLATED = 1 << 18

/**
 * Reads a token's parts; undefined for text that cannot be one. A signature that is too short or too long is let
 * through where a time in the past before it shows that the text is a token.
 *
 * @param now Milliseconds since 1970.
 */
export function parseItsdangerous(text: string, now: number): ItsdangerousToken | undefined {
  if (!/^[\x21-\x7e]+$/.test(text)) return undefined
  const end = text.lastIndexOf('.')
  const signed = text.slice(0, Math.max(end, 0))
  const signature = text.slice(end + 1)
  if (signed === '' || !/^[\w-]+$/.test(signature)) return undefined
  const dot = signed.lastIndexOf('.')
  const signedAt = dot > 0 ? timeOf(signed.slice(dot + 1), now) : undefined
  const payload = signedAt === undefined ? signed : signed.slice(0, dot)
  const isPast = signedAt !== undefined && signedAt <= now / 1000 + DAY
  const isToken = isPast || DIGESTS[signature.length] !== undefined
  return isToken && payload !== '.' ? { payload, signed, signature, signedAt } : undefined
}

/**
 * Base64 of a big-endian number of seconds without leading zeros: four bytes until 2106, which leave the last four bits
 * of six characters zero. Most text of that length is none of these.
 */
function timeOf(text: string, now: number): number | undefined {
  if (!/^[\w-]{5}[AQgw]$/.test(text)) return undefined
  const seconds = Buffer.from(text, 'base64url').readUInt32BE()
  if (seconds >= YEAR_2001) return seconds
  const time = seconds + OLD_EPOCH
  return time <= now / 1000 ? time : undefined
}

/** How many characters a signature of this token should have; undefined for one that has them. */
export function expectedLength({ signature }: ItsdangerousToken): number | undefined {
  return DIGESTS[signature.length] === undefined ? 27 : undefined
}

/** Tries each salt with each derivation of the key; the digest follows from the length of the signature. */
export function verifyItsdangerous(
  { signed, signature }: ItsdangerousToken,
  secret: string | Buffer,
  salts: readonly string[],
): ItsdangerousKey | undefined {
  const digest = DIGESTS[signature.length]
  if (digest === undefined) return undefined
  const given = Buffer.from(signature, 'base64url')
  for (const salt of salts) {
    for (const derivation of DERIVATIONS) {
      const key = deriveKey({ salt, derivation, digest }, secret)
      const expected = createHmac(digest, key).update(signed).digest()
      if (expected.length === given.length && timingSafeEqual(expected, given))
        return { salt, derivation, digest }
    }
  }
  return undefined
}

function deriveKey({ salt, derivation, digest }: ItsdangerousKey, secret: string | Buffer): Buffer {
  if (derivation === 'none') return Buffer.from(secret)
  if (derivation === 'hmac') return createHmac(digest, secret).update(salt).digest()
  const infix = derivation === 'django-concat' ? 'signer' : ''
  return createHash(digest).update(`${salt}${infix}`).update(secret).digest()
}

/** The JSON that a payload holds (base64, behind a leading dot also compressed), as `{ json }`; else its text. */
export function decodePayload(payload: string): { readonly json: unknown } | { readonly text: string } {
  const compressed = payload.startsWith('.')
  const body = compressed ? payload.slice(1) : payload
  if (!/^[\w+/-]+={0,2}$/.test(body)) return jsonOf(payload) ?? { text: payload }
  const bytes = Buffer.from(body, 'base64')
  const text = compressed ? inflate(bytes) : bytes.toString()
  return (text === undefined ? undefined : jsonOf(text)) ?? { text: payload }
}

function inflate(bytes: Buffer): string | undefined {
  // Loaded when it is needed: most cookies are not compressed, and a command line has to start fast.
  const { inflateSync } = process.getBuiltinModule('node:zlib')
  try {
    return inflateSync(bytes, { maxOutputLength: MAX_INFLATED }).toString()
  } catch {
    return undefined
  }
}

/** JSON of an object, array or text; a bare number is more likely an id that happens to be one. */
export function jsonOf(text: string): { readonly json: unknown } | undefined {
  if (!/^\s*[[{"]/.test(text)) return undefined
  try {
    return { json: JSON.parse(text) }
  } catch {
    return undefined
  }
}
