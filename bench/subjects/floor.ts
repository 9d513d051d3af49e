import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { BenchRequest, Holder, Subject } from '../exchange.js'
import { BARE, SECRET } from './mounted.js'

/** One request of a floor: which row it found, and the session in it. */
export class Loaded implements Holder {
  #data: Record<string, unknown> | undefined

  constructor(
    readonly id: string | undefined,
    readonly row: string | undefined,
  ) {}

  /** Parsed when it is first asked for. */
  get session(): Record<string, unknown> {
    this.#data ??= this.row === undefined ? {} : (JSON.parse(this.row) as Record<string, unknown>)
    return this.#data
  }
}

/**
 * The least that a signed, stored session can cost: read the cookie, one HMAC, one `Map.get`, one `JSON.parse`; where the
 * session is written also one `JSON.stringify` and one `Map.set`. It has no expiry and no safety.
 */
export class Floor implements Subject {
  readonly name: string = 'floor'
  readonly base = BARE
  protected readonly isEager: boolean = true
  readonly #rows = new Map<string, string>()
  readonly #key: KeyObject = createSecretKey(Buffer.from(SECRET))

  /** @param writes Whether the handler changes a stored session; a floor does not find out by itself. */
  constructor(private readonly writes: boolean) {}

  handle(request: BenchRequest, response: ServerResponse): void {
    const loaded = this.load(request)
    request.use?.(loaded)
    this.save(loaded, response, this.writes)
    response.end('ok')
  }

  load(request: BenchRequest): Loaded {
    const { cookie } = request.headers
    const id = cookie === undefined ? undefined : this.idOf(cookie)
    const loaded = new Loaded(id, id === undefined ? undefined : this.#rows.get(id))
    if (this.isEager) void loaded.session
    return loaded
  }

  /** Stores the session if it is new or `writes` says that it was changed; sets the cookie of a new one. */
  save(loaded: Loaded, response: ServerResponse, writes: boolean): void {
    if (loaded.row !== undefined && loaded.id !== undefined) {
      if (writes) this.#rows.set(loaded.id, JSON.stringify(loaded.session))
      return
    }
    if (Object.keys(loaded.session).length === 0) return
    const id = randomBytes(32).toString('base64url')
    this.#rows.set(id, JSON.stringify(loaded.session))
    const value = encodeURIComponent(`s:${id}.${this.#sign(id)}`)
    response.setHeader('Set-Cookie', `sid=${value}; Path=/; HttpOnly; SameSite=Lax`)
  }

  protected idOf(header: string): string | undefined {
    const value = decodeURIComponent(header.slice(header.indexOf('=') + 1))
    const dot = value.lastIndexOf('.')
    const id = value.slice(2, dot)
    const given = Buffer.from(value.slice(dot + 1))
    const expected = Buffer.from(this.#sign(id))
    return given.length === expected.length && timingSafeEqual(given, expected) ? id : undefined
  }

  #sign(id: string): string {
    return createHmac('sha256', this.#key).update(id).digest('base64').replace(/=+$/, '')
  }
}

const MOST_COOKIES = 10_000

/** The floor that remembers which cookies it has verified, and parses a row only when the session is used. */
export class CachedFloor extends Floor {
  override readonly name = 'floor, cached'
  protected override readonly isEager = false
  readonly #verified = new Map<string, string>()

  protected override idOf(header: string): string | undefined {
    const known = this.#verified.get(header)
    if (known !== undefined) return known
    const id = super.idOf(header)
    if (id === undefined) return undefined
    if (this.#verified.size >= MOST_COOKIES) this.#verified.clear()
    this.#verified.set(header, id)
    return id
  }
}
