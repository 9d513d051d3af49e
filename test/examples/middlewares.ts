import type { RequestHandler } from 'express'
import expressSession from 'express-session'
import { session as dropIn } from '../../src/express-session.js'
import { session } from '../../src/index.js'
import { SECRET } from '../support/http.js'

const options = { secret: SECRET, resave: false, saveUninitialized: false }

/** What a package for express-session must work on, each with the same cookie name. */
export const middlewares: readonly (readonly [name: string, make: () => RequestHandler])[] = [
  ['express-session itself', () => expressSession(options)],
  ['sessmw/express-session', () => dropIn(options)],
  ['session()', nativeSession],
]

/** `session()` where Passport does the login. */
export function nativeSession(): RequestHandler {
  return session<{ passport: { user: string } }>({
    secretKey: SECRET,
    sessionCookie: 'connect.sid',
    ownerOf: (data) => data.passport?.user,
  })
}
