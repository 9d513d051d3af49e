import { createHash, hash, timingSafeEqual } from 'node:crypto'

/** Bytes that SHA-256 takes in at a time, which RFC 2104 pads the key to. */
const BLOCK = 64
const DIGEST = 32
/** The same as base64 without padding. */
const SIGNATURE_LENGTH = 43

/**
 * HMAC-SHA256 (RFC 2104) under one secret, with the key padded in advance. `createHmac` begins with the key anew for each
 * value and leaves an object that the garbage collector has to finalise: 1.9 µs or more in place of 0.8. A digest as
 * binary text is much cheaper to get than one as a Buffer.
 */
export class PreparedHmac {
  readonly #innerPad: Buffer
  #inner: Buffer
  readonly #outer: Buffer
  readonly #given = Buffer.alloc(SIGNATURE_LENGTH)
  readonly #right = Buffer.alloc(SIGNATURE_LENGTH)

  constructor(secret: string) {
    const bytes = Buffer.from(secret)
    const key = bytes.length > BLOCK ? createHash('sha256').update(bytes).digest() : bytes
    const block = Buffer.concat([key], BLOCK)
    this.#innerPad = Buffer.from(block.map((byte) => byte ^ 0x36))
    this.#inner = this.#innerPad
    this.#outer = Buffer.concat([block.map((byte) => byte ^ 0x5c)], BLOCK + DIGEST)
  }

  /** Whether a signature is that of the text, as base64 without padding; compared in constant time. */
  verifies(text: string, signature: string): boolean {
    if (signature.length !== SIGNATURE_LENGTH) return false
    this.#given.write(signature)
    this.#right.write(this.#digest(text))
    return timingSafeEqual(this.#given, this.#right)
  }

  /** The signature of a text, as base64 without padding. */
  sign(text: string): string {
    return this.#digest(text).slice(0, SIGNATURE_LENGTH)
  }

  #digest(text: string): string {
    const length = BLOCK + Buffer.byteLength(text)
    // Nearly all ids of a server have one length.
    if (this.#inner.length !== length) this.#inner = Buffer.concat([this.#innerPad], length)
    this.#inner.write(text, BLOCK)
    this.#outer.write(hash('sha256', this.#inner, 'binary'), BLOCK, 'latin1')
    return hash('sha256', this.#outer, 'base64')
  }
}
