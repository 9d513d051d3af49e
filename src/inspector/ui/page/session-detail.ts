import { type Api, ApiError, asApiError, isAbort } from './api.js'
import type { Live } from './live.js'
import { Model } from './model.js'
import { RequestLog } from './request-log.js'
import type { Detail, History, LiveEvent } from './shapes.js'
import { jsonOf } from './text.js'
import { Throttle } from './throttle.js'

/** A key that is being written. */
export interface Draft {
  /** Undefined: a new key, which gets its name in the form. */
  readonly name: string | undefined
  readonly text: string
  /** The version of the session that was read when the writing began. */
  readonly version: string
  readonly problem?: ApiError
  /** Somebody else has changed the session meanwhile; `theirs` is the JSON of the key as it is now, if it is there. */
  readonly conflict?: { readonly theirs: string | undefined }
}

const FLASH_MS = 4_000

/** One session in full, kept as it is in the store. */
export class SessionDetail extends Model {
  detail: Detail | undefined
  history: History | undefined
  problem: ApiError | undefined
  /** How it ended, once it has. */
  ended: string | undefined
  draft: Draft | undefined
  readonly log: RequestLog
  /** Values shown on request, by their JSON Pointer; kept as long as the session is shown. */
  readonly revealed = new Map<string, unknown>()
  /** When a key last changed, by the clock of this page. */
  readonly #changedAt = new Map<string, number>()
  readonly #life = new AbortController()
  readonly #refresh: Throttle

  constructor(
    private readonly api: Api,
    live: Live,
    readonly handle: string,
  ) {
    super()
    this.log = new RequestLog(api, live, { handle })
    this.#refresh = new Throttle(live, () => this.load())
  }

  close(): void {
    this.#life.abort()
    this.#refresh.stop()
  }

  async load(): Promise<void> {
    const before = this.ended
    await this.#guarded(async () => {
      const detail = await this.#call<Detail>('GET')
      const endedMeanwhile = this.ended === before ? undefined : this.ended
      this.#take(detail)
      this.ended = endedMeanwhile ?? this.ended
      await this.#loadHistory()
    })
    if (this.problem?.code === 'not-found') {
      this.ended ??= 'gone'
      await this.#guarded(() => this.#loadHistory())
    }
  }

  /** Reads it again soon. */
  refresh(): void {
    this.#refresh.ask()
    this.log.catchUp()
  }

  apply(events: readonly LiveEvent[], dropped: number): void {
    this.log.apply(events, dropped)
    const own = events.filter(({ handle, previousHandle }) => [handle, previousHandle].includes(this.handle))
    for (const { type, names = [], previousHandle } of own) {
      for (const name of names) this.#changedAt.set(name, performance.now())
      if (['destroyed', 'revoked'].includes(type)) this.ended = type
      if (previousHandle === this.handle) this.ended = 'regenerated'
    }
    if (own.length > 0 || dropped > 0) this.#refresh.ask()
  }

  /** Whether a key has just changed. */
  isFresh(name: string): boolean {
    return performance.now() - (this.#changedAt.get(name) ?? Number.NEGATIVE_INFINITY) < FLASH_MS
  }

  async reveal(pointer: string): Promise<void> {
    const { value } = await this.#call<{ value: unknown }>('POST', '/reveal', { pointer })
    this.revealed.set(pointer, value)
    this.changed()
  }

  hide(pointer: string): void {
    this.revealed.delete(pointer)
    this.changed()
  }

  /** Opens the editor of a key; what is masked or cut is revealed first. */
  async edit(name: string | undefined): Promise<void> {
    const { detail } = this
    if (detail === undefined) return
    if (name === undefined) this.draft = { name, text: '', version: detail.version }
    else this.draft = { name, text: await this.#whole(name), version: detail.version }
    this.changed()
  }

  write(text: string): void {
    if (this.draft === undefined) return
    const { problem: _problem, ...draft } = this.draft
    this.draft = { ...draft, text }
    this.changed()
  }

  cancel(): void {
    this.draft = undefined
    this.changed()
  }

  /** Writes the draft; `name` is that of a new key. @returns whether it is stored. */
  async save(name: string): Promise<boolean> {
    const { draft } = this
    if (draft === undefined) return false
    try {
      const value: unknown = JSON.parse(draft.text)
      this.#take(await this.#patch({ set: { [name]: value } }, draft.version))
      this.draft = undefined
      this.revealed.delete(pointerTo([name]))
    } catch (error) {
      await this.#failed(error, draft, name)
    }
    this.changed()
    return this.draft === undefined
  }

  /** Goes on from what is stored now: with the own text, or with theirs. */
  resolve(choice: 'mine' | 'theirs'): void {
    const { draft, detail } = this
    if (draft?.conflict === undefined || detail === undefined) return
    const { conflict, problem: _problem, ...rest } = draft
    const text = choice === 'theirs' ? (conflict.theirs ?? '') : draft.text
    this.draft = { ...rest, text, version: detail.version }
    this.changed()
  }

  async remove(name: string): Promise<void> {
    if (this.detail === undefined) return
    this.#take(await this.#patch({ unset: [name] }, this.detail.version))
  }

  /** Writes a key whatever has happened meanwhile; to take a removal back. */
  async put(name: string, value: unknown): Promise<void> {
    if (this.detail === undefined) return
    this.#take(await this.#patch({ set: { [name]: value } }, this.detail.version))
  }

  async expire(): Promise<void> {
    this.#take(await this.#call('POST', '/expire', {}))
  }

  async #failed(error: unknown, draft: Draft, name: string): Promise<void> {
    const problem =
      error instanceof SyntaxError
        ? new ApiError(0, 'bad-json', `This is no JSON: ${error.message}`, 'Text needs "quotes".')
        : asApiError(error)
    this.draft = { ...draft, problem }
    if (problem.code !== 'session-changed') return
    await this.load()
    const { detail } = this
    if (detail === undefined || !Object.hasOwn(detail.data, name))
      this.draft = { ...draft, conflict: { theirs: undefined } }
    else this.draft = { ...draft, conflict: { theirs: await this.#whole(name) } }
  }

  /** The JSON text of a key as it is stored. */
  async #whole(name: string): Promise<string> {
    const field = this.detail?.fields.find((one) => one.name === name)
    if (field?.complete !== false) return jsonOf(this.detail?.data[name], 2)
    const { value } = await this.#call<{ value: unknown }>('POST', '/reveal', { pointer: pointerTo([name]) })
    return jsonOf(value, 2)
  }

  #take(detail: Detail): void {
    this.detail = detail
    this.problem = undefined
    this.ended = detail.state === 'alive' ? undefined : 'expired'
    this.changed()
  }

  async #loadHistory(): Promise<void> {
    this.history = await this.#call('GET', '/history')
    this.changed()
  }

  #patch(body: object, ifMatch: string): Promise<Detail> {
    const { signal } = this.#life
    return this.api.call('PATCH', `api/v1/sessions/${this.handle}`, { body, ifMatch, signal })
  }

  #call<Body>(method: string, path = '', body?: object): Promise<Body> {
    const { signal } = this.#life
    return this.api.call(method, `api/v1/sessions/${this.handle}${path}`, { body, signal })
  }

  async #guarded(task: () => Promise<void>): Promise<void> {
    try {
      await task()
    } catch (error) {
      if (isAbort(error)) return
      this.problem = asApiError(error)
      this.changed()
    }
  }
}

/** The JSON Pointer to a part (RFC 6901). */
export function pointerTo(steps: readonly string[]): string {
  return steps.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
