import { deprecate } from './deprecate.js'
import { type CookieData, serializeCookie } from './serialize-cookie.js'

/**
 * The cookie of one session, `req.session.cookie`: stored with the session, so that each can have its own.
 *
 * `maxAge` (milliseconds) and `expires` are two sides of one thing: reading `maxAge` tells what remains, setting it
 * moves `expires`. `originalMaxAge` is the whole duration, which every request starts anew.
 */
export class Cookie {
  path: unknown = '/'
  // Assigned in this order because the order of the keys shows when an app looks at the cookie.
  private _expires: unknown = null
  originalMaxAge: unknown = null
  httpOnly: unknown = true
  declare domain?: unknown
  declare secure?: unknown
  declare sameSite?: unknown
  declare partitioned?: unknown
  declare priority?: unknown

  /** @throws TypeError for options that are no object, or a `maxAge` that is no number. */
  constructor(options?: object | null) {
    if (options) {
      if (typeof options !== 'object') throw new TypeError('argument options must be a object')
      for (const key in options) {
        if (key !== 'data') Reflect.set(this, key, Reflect.get(options, key))
      }
    }
    if (this.originalMaxAge === undefined || this.originalMaxAge === null) this.originalMaxAge = this.maxAge
  }

  /** When the cookie ends: a Date; null or false for the end of the browser. */
  get expires(): unknown {
    return this._expires
  }

  set expires(date: unknown) {
    this._expires = date
    this.originalMaxAge = this.maxAge
  }

  /** Milliseconds that remain; null or false for the end of the browser. */
  get maxAge(): unknown {
    const expires = this._expires
    return expires instanceof Date ? expires.valueOf() - Date.now() : expires
  }

  set maxAge(ms: unknown) {
    if (ms && typeof ms !== 'number' && !(ms instanceof Date)) {
      throw new TypeError('maxAge must be a number or Date')
    }
    if (ms instanceof Date) deprecate('maxAge as Date; pass number of milliseconds instead')
    this.expires = typeof ms === 'number' ? new Date(Date.now() + ms) : ms
  }

  /** What is stored, and what the `Set-Cookie` header is made of. */
  get data(): CookieData {
    return {
      originalMaxAge: this.originalMaxAge,
      partitioned: this.partitioned,
      priority: this.priority,
      expires: this._expires,
      secure: this.secure,
      httpOnly: this.httpOnly,
      domain: this.domain,
      path: this.path,
      sameSite: this.sameSite,
    }
  }

  /** The `Set-Cookie` header for a value. */
  serialize(name: string, value: string): string {
    return serializeCookie(name, encodeURIComponent(value), this.data)
  }

  toJSON(): CookieData {
    return this.data
  }
}

// Stores that copy a cookie with `for in` get its expiry from there, as they do from the cookies of express-session.
for (const name of ['expires', 'maxAge', 'data', 'serialize', 'toJSON']) {
  const property = Object.getOwnPropertyDescriptor(Cookie.prototype, name)
  Object.defineProperty(Cookie.prototype, name, { ...property, enumerable: true })
}
