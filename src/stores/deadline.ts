import { atOnceOf, setAtOnce } from '../core/at-once.js'
import { type EnumerableStore, isEnumerable, type Store, type StoreContext } from '../core/store.js'
import { isSessmwError, SessmwError } from '../errors.js'

/** What a Node timer can count. */
const MAX_TIMER_MS = 2 ** 31 - 1

/**
 * One call under way, and the context that the store gets. An AbortController costs more than a whole read from
 * memory, so one is made only for a store that asks for the signal.
 */
class Call implements StoreContext {
  previous: Call | undefined
  next: Call | undefined
  #controller: AbortController | undefined
  #signal: AbortSignal | undefined
  #late: SessmwError | undefined

  constructor(
    readonly method: string,
    readonly endsAt: number,
    readonly reject: (error: SessmwError) => void,
    readonly caller: AbortSignal | undefined,
  ) {}

  get aborted(): boolean {
    return this.#late !== undefined || this.caller?.aborted === true
  }

  get signal(): AbortSignal {
    if (this.#signal !== undefined) return this.#signal
    this.#controller = new AbortController()
    if (this.#late !== undefined) this.#controller.abort(this.#late)
    const { signal } = this.#controller
    this.#signal = this.caller === undefined ? signal : AbortSignal.any([signal, this.caller])
    return this.#signal
  }

  abort(error: SessmwError): void {
    this.#late = error
    this.reject(error)
    this.#controller?.abort(error)
  }
}

/** Whether a call is aborted, without making its signal. */
export function isAborted(context: StoreContext): boolean {
  return context instanceof Call ? context.aborted : context.signal?.aborted === true
}

/** The calls under way, oldest first: all have the same time, so the first one is the next to end, and one timer does. */
class Deadlines {
  readonly #timeoutMs: number
  #first: Call | undefined
  #last: Call | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  run<T>(
    method: string,
    outer: StoreContext | undefined,
    ask: (context: StoreContext) => Promise<T>,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const call = new Call(method, performance.now() + this.#timeoutMs, reject, outer?.signal)
      this.#add(call)
      const answers = ANSWERS[method]
      const failed = (cause: unknown): void => {
        this.#remove(call)
        reject(isFromCaller(cause, call) ? cause : storeFailure(method, cause))
      }
      try {
        Promise.resolve(ask(call)).then((answer) => {
          this.#remove(call)
          if (answers === undefined || answers.includes(answer)) resolve(answer)
          else reject(wrongAnswer(method, answer, answers))
        }, failed)
      } catch (cause) {
        failed(cause)
      }
    })
  }

  #add(call: Call): void {
    call.previous = this.#last
    if (this.#last === undefined) this.#first = call
    else this.#last.next = call
    this.#last = call
    // Left running when the last call ends: stopping and starting it would cost more than a read from memory.
    this.#timer ??= this.#startTimer(this.#timeoutMs)
  }

  /** Does nothing for a call that was removed before. */
  #remove(call: Call): void {
    const { previous, next } = call
    if (previous === undefined && this.#first !== call) return
    if (previous === undefined) this.#first = next
    else previous.next = next
    if (next === undefined) this.#last = previous
    else next.previous = previous
    call.previous = undefined
    call.next = undefined
  }

  #startTimer(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#abortLate(), Math.min(Math.ceil(ms), MAX_TIMER_MS)).unref()
  }

  #abortLate(): void {
    const now = performance.now()
    for (let call = this.#first; call !== undefined && call.endsAt <= now; call = this.#first) {
      this.#remove(call)
      const late = `The session store did not answer ${call.method}() within ${this.#timeoutMs} ms.`
      call.abort(new SessmwError('store-timeout', late))
    }
    this.#timer = this.#first && this.#startTimer(this.#first.endsAt - now)
  }
}

/** A store of the application may forget to answer, and `undefined` read as "gone" would end living sessions. */
const ANSWERS: Readonly<Record<string, readonly unknown[]>> = {
  update: ['saved', 'missing', 'conflict'],
  touch: [true, false],
  delete: [true, false],
}

function wrongAnswer(method: string, answer: unknown, answers: readonly unknown[]): SessmwError {
  const given = typeof answer === 'boolean' ? String(answer) : typeof answer
  return new SessmwError(
    'store-failed',
    `The session store answered ${method}() with ${given}; the answer is one of: ${answers.join(', ')}.`,
  )
}

/** The reason of the caller's own signal is no fault of the store. */
const isFromCaller = (cause: unknown, call: Call): boolean =>
  call.caller?.aborted === true && cause === call.caller.reason

function storeFailure(method: string, cause: unknown): SessmwError {
  if (isSessmwError(cause)) return cause
  return new SessmwError('store-failed', `The session store failed in ${method}().`, { cause })
}

/**
 * Gives every call of a store a deadline and an AbortSignal (made only if the store reads `context.signal`).
 *
 * A call that has no answer in time rejects with `store-timeout`, and what the store answers later is ignored; whatever
 * a store throws or rejects with comes out as `store-failed` with its `cause`, unless it is a `SessmwError`. `entries()`
 * goes through as it is. The timer keeps no process alive.
 *
 * @param timeoutMs Milliseconds; fractions are fine.
 */
export function withDeadline(store: EnumerableStore, timeoutMs: number): EnumerableStore
export function withDeadline(store: Store, timeoutMs: number): Store | EnumerableStore
export function withDeadline(store: Store, timeoutMs: number): Store | EnumerableStore {
  const deadlines = new Deadlines(timeoutMs)
  const guarded = guardBasics(store, deadlines)
  return isEnumerable(store) ? { ...guarded, ...guardListing(store, deadlines) } : guarded
}

function guardBasics(store: Store, deadlines: Deadlines): Store {
  const guarded: Store = {
    create: (key, record, outer) => deadlines.run('create', outer, (call) => store.create(key, record, call)),
    read: (key, outer) => deadlines.run('read', outer, (call) => store.read(key, call)),
    update: (key, change, outer) => deadlines.run('update', outer, (call) => store.update(key, change, call)),
    touch: (key, times, outer) => deadlines.run('touch', outer, (call) => store.touch(key, times, call)),
    delete: (key, outer) => deadlines.run('delete', outer, (call) => store.delete(key, call)),
    close: () => deadlines.run('close', undefined, async () => store.close?.()),
    ...(store.keyOf && { keyOf: store.keyOf.bind(store) }),
    ...(store.acceptsId && { acceptsId: store.acceptsId.bind(store) }),
  }
  if (atOnceOf(store, 'read') !== undefined) passAtOnce(store, guarded)
  return guarded
}

/** What needs no waiting needs no deadline. Asked each time, because tests and tools put methods of their own in place. */
function passAtOnce(store: Store, guarded: Store): void {
  setAtOnce(guarded, 'create', (key, record) =>
    attempt(() => atOnceOf(store, 'create')?.call(store, key, record), false),
  )
  setAtOnce(guarded, 'read', (key) => attempt(() => atOnceOf(store, 'read')?.call(store, key), undefined))
  setAtOnce(guarded, 'update', (key, change) =>
    attempt(() => atOnceOf(store, 'update')?.call(store, key, change), false),
  )
}

/** A store that throws does so again when it is asked the usual way, which tells of it. */
function attempt<Answer>(call: () => Answer | undefined, no: Answer): Answer {
  try {
    return call() ?? no
  } catch {
    return no
  }
}

function guardListing(store: EnumerableStore, deadlines: Deadlines): Omit<EnumerableStore, keyof Store> {
  const { page } = store
  return {
    entries: (outer) => store.entries(outer),
    ...(page && {
      page: (options, outer) => deadlines.run('page', outer, (call) => page.call(store, options, call)),
    }),
    count: (outer) => deadlines.run('count', outer, (call) => store.count(call)),
    clear: (outer) => deadlines.run('clear', outer, (call) => store.clear(call)),
    findByOwner: (owner, outer) =>
      deadlines.run('findByOwner', outer, (call) => store.findByOwner(owner, call)),
    deleteByOwner: (owner, options, outer) =>
      deadlines.run('deleteByOwner', outer, (call) => store.deleteByOwner(owner, options, call)),
  }
}
