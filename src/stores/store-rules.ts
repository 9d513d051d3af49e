import type { Clock } from '../core/clock.js'
import { SessmwError } from '../errors.js'

/** Expired records stay for an hour, so that a late visitor is told *expired* rather than *unknown*. */
export const KEEP_MS = 3_600_000

/** Whether a value can be a store key. */
export const isKey = (key: unknown): boolean =>
  typeof key === 'string' && key !== '' && key.length <= 256 && !/\p{Cc}/u.test(key)

/** What a call with a key that is none rejects with. */
export function badKey(): SessmwError {
  const rule = 'A store key is text of 1 to 256 characters without control characters.'
  return new SessmwError('store-bad-key', rule)
}

/** What a call after `close()` rejects with. */
export function storeClosed(storeName: string): SessmwError {
  return new SessmwError('store-closed', `The ${storeName} is closed.`)
}

/** What `page()` rejects with for a cursor that is none. */
export function badCursor(): SessmwError {
  return new SessmwError('bad-option', 'This cursor is of no page of this store: leave it out to begin anew.')
}

/** @throws SessmwError `bad-option`, always. */
export function refuseOption(storeName: string, problem: string): never {
  throw new SessmwError('bad-option', `${storeName}: ${problem}`)
}

/**
 * The rules that the options of every store share.
 *
 * @throws SessmwError `bad-option` for what is no object, for a name that is not known, and for a clock that is no function.
 */
export function checkOptions(storeName: string, options: { clock?: Clock }, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null)
    refuseOption(storeName, 'its options must be an object.')
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined)
    refuseOption(storeName, `there is no option ${unknown}; there are ${known.join(', ')}.`)
  if (options.clock !== undefined && typeof options.clock !== 'function')
    refuseOption(storeName, 'clock must be a function that returns milliseconds.')
}
