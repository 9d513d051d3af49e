import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import type { StoreContext } from '../../core/store.js'
import { SessmwError } from '../../errors.js'
import { isAborted } from '../deadline.js'
import { KeyedQueue } from '../keyed-queue.js'
import { isBusy, storeFailure } from './failures.js'

/** How long a call without a signal waits for a lock. */
const LIMIT_MS = 2000

/** A write holds the lock for a fraction of a millisecond, so the first pause is short. */
const FIRST_PAUSE_MS = 1
const LONGEST_PAUSE_MS = 8

/** Everybody waits for the one lock that a database has. */
const LOCK = 'lock'

const BUSY = Symbol('busy')

/**
 * The calls of one store that wait for a lock. While the database is locked, the first of them tries again, after
 * pauses of random length in which other work goes on; if each tried by itself, a thousand would leave no time for it.
 */
export class LockQueue {
  readonly #queue = new KeyedQueue()

  /**
   * What `attempt` returns, which must not wait for a lock itself. It is tried until the signal of the call aborts, or
   * for two seconds.
   */
  async whenFree<T>(attempt: () => T, context?: StoreContext): Promise<T> {
    const found = tryOnce(attempt, context)
    if (found !== BUSY) return found
    const start = performance.now()
    return this.#queue.run(LOCK, () => untilFree(attempt, context, start))
  }
}

async function untilFree<T>(attempt: () => T, context: StoreContext | undefined, start: number): Promise<T> {
  // Whoever waited behind somebody finds the lock free, most likely.
  await nextTurn()
  for (let longest = FIRST_PAUSE_MS; ; longest = Math.min(longest * 2, LONGEST_PAUSE_MS)) {
    const found = tryOnce(attempt, context)
    if (found !== BUSY) return found
    if (context?.signal === undefined && performance.now() - start > LIMIT_MS) throw stillLocked()
    await pause(longest * (0.5 + Math.random()))
  }
}

function tryOnce<T>(attempt: () => T, context: StoreContext | undefined): T | typeof BUSY {
  if (context !== undefined && isAborted(context)) throw context.signal?.reason
  try {
    return attempt()
  } catch (cause) {
    if (isBusy(cause)) return BUSY
    throw storeFailure(cause)
  }
}

function stillLocked(): SessmwError {
  return new SessmwError(
    'store-timeout',
    `The SQLite database stayed locked for ${LIMIT_MS} ms, by another process or a transaction of the application.`,
  )
}
