import type { CipherKey } from 'node:crypto'
import { PreparedHmac } from './prepared-hmac.js'
import type { Secret } from './signed-value.js'

/** More than an application rotates; a new secret for each request would otherwise fill the memory. */
const MOST = 16

/** Remembers the prepared form of secrets that may change from request to request. */
export class PreparedSecrets {
  readonly #prepared = new Map<string, PreparedHmac>()

  /** The secret, prepared if it is text. */
  of(secret: CipherKey): Secret {
    if (typeof secret !== 'string') return secret
    const known = this.#prepared.get(secret)
    if (known !== undefined) return known
    if (this.#prepared.size >= MOST) this.#prepared.clear()
    const prepared = new PreparedHmac(secret)
    this.#prepared.set(secret, prepared)
    return prepared
  }
}
