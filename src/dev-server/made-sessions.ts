import { shared } from '../core/shared.js'

/** What an app made: its `Sessions`, or a middleware of `sessmw/express-session`. */
export interface Made {
  readonly kind: 'sessmw' | 'express-session'
  /** What `inspector()` takes. */
  readonly subject: object
  /** `SessionsCore` or `Settings`, of whichever version the app has. */
  readonly inside: unknown
}

/**
 * Hears of all sessions that are made in this process from now on, by any copy of the package: each keeps its own in
 * maps under registered symbols, and takes one that is there already.
 *
 * To be called before any other module of the package is loaded.
 */
export function onSessionsMade(listener: (made: Made) => void): void {
  shared('cores', () => new TellingMap((subject, inside) => listener({ kind: 'sessmw', subject, inside })))
  shared(
    'express-session',
    () => new TellingMap((subject, inside) => listener({ kind: 'express-session', subject, inside })),
  )
}

class TellingMap extends WeakMap<object, unknown> {
  constructor(private readonly tell: (key: object, value: unknown) => void) {
    super()
  }

  override set(key: object, value: unknown): this {
    super.set(key, value)
    this.tell(key, value)
    return this
  }
}
