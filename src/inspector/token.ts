import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** A new token: 32 random bytes as base64url. */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/**
 * Whether an `Authorization` header carries this token as `Bearer`. It travels in a header alone: cookies are shared by
 * all ports of a host (RFC 6265bis section 8.5), and a query ends up in logs.
 */
export function hasToken(authorization: string | undefined, token: string): boolean {
  const given = /^Bearer +([^\s]+) *$/i.exec(authorization ?? '')?.[1]
  // Digests have one length, so the comparison takes the same time whatever was sent.
  return given !== undefined && timingSafeEqual(digest(given), digest(token))
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
