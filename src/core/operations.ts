import { AsyncLocalStorage } from 'node:async_hooks'
import { isSessmwError, SessmwError } from '../errors.js'

/**
 * The promise of a store operation that a handler started. It knows whether anybody looks at its answer, so that a
 * failure nobody looked at can fail the commit instead of becoming an unhandled rejection.
 */
class Operation<Result> extends Promise<Result> {
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  observed = false

  override then<Ok = Result, Failed = never>(
    onOk?: ((value: Result) => Ok | PromiseLike<Ok>) | null,
    onFailed?: ((reason: unknown) => Failed | PromiseLike<Failed>) | null,
  ): Promise<Ok | Failed> {
    this.observed = true
    return super.then(onOk, onFailed)
  }
}

/** A node callback: the error or null, then nothing. */
export type Callback = (error?: unknown) => void

/** The updater that the present asynchronous context belongs to. */
const calls = new AsyncLocalStorage<{ readonly operations: Operations; isRunning: boolean }>()

/** The store operations of one session in one request: they run one after the other, in the order of the calls. */
export class Operations {
  private tail: Promise<void> | undefined
  private failed: { readonly operation: Operation<unknown>; readonly error: unknown }[] = []

  /** No commit follows any more, so a failure that nobody looks at is told as a process warning. */
  closed = false

  /** Whether nothing is running and nothing has failed unseen. */
  get idle(): boolean {
    return this.tail === undefined && this.failed.length === 0
  }

  /** Starts work once all that was started before has ended. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const call = calls.getStore()
    const isNested = call?.isRunning === true && call.operations === this
    const before = isNested ? undefined : this.tail
    const started = before === undefined ? attempt(isNested ? refuseNested : work) : before.then(work)
    const operation = new Operation<Result>((resolve, reject) => {
      started.then(resolve, reject)
    })
    const ended: Promise<void> = started.then(
      () => this.ended(ended),
      (error: unknown) => {
        this.ended(ended)
        if (!this.closed) this.failed.push({ operation, error })
        else if (!operation.observed)
          process.emitWarning(`sessmw: ${String(error)}`, { type: 'SessmwWarning' })
      },
    )
    this.tail = ended
    // The rejection is kept in `failed`; this only tells Node that it has been seen.
    Promise.prototype.then.call(operation, undefined, () => undefined)
    return operation
  }

  /** The same where nothing else is under way and the caller looks at the answer: that takes four promises less. */
  runAlone<Result>(work: () => Promise<Result>): Promise<Result> {
    const started = work()
    const end = () => this.ended(ended)
    const ended: Promise<void> = started.then(end, end)
    this.tail = ended
    return started
  }

  /** Calls an updater, which may not wait for operations of the same session: they wait for it. */
  async callUpdater<Value>(updater: () => Value | Promise<Value>): Promise<Value> {
    const call = { operations: this, isRunning: true }
    try {
      return await calls.run(call, updater)
    } finally {
      call.isRunning = false
    }
  }

  /** The same for work whose first part runs at once, such as a swap of the session; what it throws rejects too. */
  begin<Result>(start: () => () => Promise<Result>): Promise<Result> {
    try {
      return this.run(start())
    } catch (error) {
      return this.run(() => Promise.reject(error))
    }
  }

  /** Waits until all has ended, however; not for the updater that it is called from. */
  async drain(): Promise<void> {
    const call = calls.getStore()
    if (call?.isRunning === true && call.operations === this) return
    while (this.tail !== undefined) await this.tail
  }

  /** Waits until all has ended. Rejects with the first failure that nobody has looked at. */
  async settle(): Promise<void> {
    while (this.tail !== undefined) await this.tail
    const unseen = this.failed.find(({ operation, error }) => !operation.observed && !isGone(error))
    this.failed = []
    if (unseen !== undefined) throw unseen.error
  }

  private ended(tail: Promise<void>): void {
    if (this.tail === tail) this.tail = undefined
  }
}

/** That a session was ended meanwhile is no fault of the request: its verdict says `discarded`. */
function isGone(error: unknown): boolean {
  return isSessmwError(error) && error.code === 'session-gone'
}

async function refuseNested(): Promise<never> {
  throw new SessmwError(
    'nested-update',
    'An updater called an operation of its own session, which would wait for it.',
  )
}

async function attempt<Result>(work: () => Promise<Result>): Promise<Result> {
  return work()
}

/** Hands the end of a promise to a node callback, where one is given. */
export function withCallback(promise: Promise<void>, callback: Callback | undefined): Promise<void> {
  if (typeof callback !== 'function') return promise
  // As with every node callback, what it throws is the caller's own uncaught exception.
  promise.then(
    () => process.nextTick(callback, null),
    (error: unknown) => process.nextTick(callback, error),
  )
  return promise
}
