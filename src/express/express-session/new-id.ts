import { RandomIds } from '../../cookie/random-ids.js'

const ids = new RandomIds(24)

/** A new session id: 192 random bits as 32 characters of base64url, as express-session makes them. */
export const newId = (): string => ids.next()
