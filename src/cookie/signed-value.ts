import type { CipherKey } from 'node:crypto'
import { sign, unsign } from 'cookie-signature'
import { PreparedHmac } from './prepared-hmac.js'

/** No browser keeps a cookie whose name and value are longer together (RFC 6265bis 5.6), so none was ever ours. */
const MAX_LENGTH = 4096

/** HMAC-SHA256 in base64 without padding: 32 bytes are 43 characters. */
const SIGNATURE = /^[A-Za-z0-9+/]{43}$/

/** An id that needs no percent-encoding. */
const PLAIN = /^[A-Za-z0-9_-]*$/

/** What a cookie value turned out to be; `secretIndex` says which secret signed it, 0 being the current one. */
export type VerifiedValue =
  | { readonly ok: true; readonly id: string; readonly secretIndex: number }
  | { readonly ok: false; readonly reason: 'malformed' | 'unsigned' | 'bad-signature' }

/** A secret as it is, or prepared to sign and verify many values. */
export type Secret = CipherKey | PreparedHmac

const MALFORMED: VerifiedValue = { ok: false, reason: 'malformed' }
const UNSIGNED: VerifiedValue = { ok: false, reason: 'unsigned' }
const BAD_SIGNATURE: VerifiedValue = { ok: false, reason: 'bad-signature' }

/**
 * The cookie value for an id, percent-encoded and ready for `Set-Cookie`: `s:` + id + `.` + signature, as
 * cookie-parser and express-session write it, so that either side reads the cookies of the other.
 */
export function signValue(id: string, secret: Secret): string {
  const signature = secret instanceof PreparedHmac ? secret.sign(id) : sign(id, secret).slice(id.length + 1)
  return `s%3A${PLAIN.test(id) ? id : encodeURIComponent(id)}.${encodeBase64(signature)}`
}

/** `encodeURIComponent` for base64: that function takes longer than all else that a cookie needs but the HMAC. */
function encodeBase64(text: string): string {
  let encoded = ''
  let from = 0
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]
    if (letter !== '+' && letter !== '/') continue
    encoded += text.slice(from, at) + (letter === '+' ? '%2B' : '%2F')
    from = at + 1
  }
  return encoded + text.slice(from)
}

/** Percent-decodes what clients send; undefined for text that is no percent-encoding. */
function decode(raw: string): string | undefined {
  if (!raw.includes('%')) return raw
  try {
    return decodeURIComponent(raw)
  } catch {
    return undefined
  }
}

/**
 * Checks a cookie value as it came in the header, percent-encoded or not, against each secret.
 *
 * `unsigned`: without `s:` or without a signature. `malformed`: empty, longer than 4096 characters, not decodable, or
 * with a signature that is not 43 characters of base64. `bad-signature`: well-formed, and signed by none of the
 * secrets. Never throws; signatures are compared in constant time (CVE-2016-1000236).
 */
export function verifyValue(raw: string, secrets: readonly Secret[]): VerifiedValue {
  const value = raw.length > MAX_LENGTH ? undefined : decode(raw)
  return value === undefined ? MALFORMED : verifyDecoded(value, secrets)
}

/** The same for a value that is percent-decoded already. */
export function verifyDecoded(value: string, secrets: readonly Secret[]): VerifiedValue {
  if (value === '' || value.length > MAX_LENGTH) return MALFORMED
  if (!value.startsWith('s:')) return UNSIGNED
  const dot = value.lastIndexOf('.')
  if (dot === -1) return UNSIGNED
  const signature = value.slice(dot + 1)
  if (dot === 2 || !SIGNATURE.test(signature)) return MALFORMED
  const id = value.slice(2, dot)
  const secretIndex = secrets.findIndex((secret) =>
    secret instanceof PreparedHmac
      ? secret.verifies(id, signature)
      : unsign(`${id}.${signature}`, secret) !== false,
  )
  return secretIndex === -1 ? BAD_SIGNATURE : { ok: true, id, secretIndex }
}
