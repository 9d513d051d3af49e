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
    if (signature.length !== SIGNATURE_LENGTH || !write(this.#given, 0, signature)) return false
    write(this.#right, 0, this.sign(text))
    return timingSafeEqual(this.#given, this.#right)
  }

  /** The signature of a text, as base64 without padding. */
  sign(text: string): string {
    write(this.#outer, BLOCK, hash('sha256', this.#innerOf(text), 'binary'))
    return hash('sha256', this.#outer, 'base64').slice(0, SIGNATURE_LENGTH)
  }

  /** What the inner hash is taken of. Nearly all ids of a server are ASCII of one length, for which a buffer is kept. */
  #innerOf(text: string): Buffer {
    const length = BLOCK + text.length
    if (this.#inner.length !== length) this.#inner = Buffer.concat([this.#innerPad], length)
    return write(this.#inner, BLOCK, text) ? this.#inner : Buffer.concat([this.#innerPad, Buffer.from(text)])
  }
}

/**
 * Writes text of one byte a character, in half the time that a call of `Buffer.write` takes.
 *
 * @returns Whether all of it is ASCII.
 */
function write(buffer: Buffer, start: number, text: string): boolean {
  let bits = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    bits |= code
    buffer[start + at] = code
  }
  return bits < 0x80
}
