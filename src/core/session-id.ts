import { hash } from 'node:crypto'
import { RandomIds } from '../cookie/random-ids.js'

const ids = new RandomIds(32)

/** A new session id: 256 random bits as 43 characters of base64url (ASVS 7.2.3 asks for at least 128). */
export function newSessionId(): string {
  return ids.next()
}

/** SHA-256 of a session id, base64url: the handle shown to people, and the default store key. It opens nothing. */
export function handleOf(id: string): string {
  return hash('sha256', id, 'base64url')
}

const ISSUED = /^[A-Za-z0-9_-]{43}$/

/** What a custom `generateId` may return: 128 bits of base64url text (ASVS 7.2.3) and more, as long as cookies may be. */
export const ISSUABLE_ID = /^[A-Za-z0-9_-]{22,256}$/

/** Whether text has the form of an id made by `newSessionId`, or of a handle. */
export function isSessionId(text: string): boolean {
  return ISSUED.test(text)
}

/** A handle as it appears in logs. */
export function shortHandle(handle: string): string {
  return handle.slice(0, 8)
}
