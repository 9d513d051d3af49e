import { SessmwError } from '../errors.js'
import type { EnumerableStore } from './store.js'

/** Whom a session belongs to, as the store keeps it: non-empty text. */
export type Owner = string

/** Whether a value is an owner as stores keep it. */
export function isOwner(value: unknown): value is Owner {
  return typeof value === 'string' && value !== ''
}

/**
 * The owner that an application names: text, or a number or bigint such as a database key.
 *
 * @throws SessmwError `bad-option` for anything else.
 */
export function toOwner(value: unknown): Owner {
  if (isOwner(value)) return value
  if ((typeof value === 'number' && Number.isFinite(value)) || typeof value === 'bigint') return String(value)
  throw new SessmwError(
    'bad-option',
    'The owner of a session must be non-empty text or a number, such as a user id.',
  )
}

/** Each further look needs a session that moved during the one before, so more than two are a store that goes wrong. */
const MOST_LOOKS = 10

/**
 * Ends all sessions of an owner, and yields the keys that they had. A session may go on under a new id while the store
 * looks them up: both records are there for a moment, but the look came too early for the new one and too late for the
 * old. So it is repeated until none is left.
 *
 * Rejects with `store-failed` when that does not come.
 */
export async function* endOwner(
  store: Pick<EnumerableStore, 'deleteByOwner' | 'findByOwner'>,
  owner: Owner,
  options: { except?: string },
): AsyncGenerator<string> {
  for (let look = 0; look < MOST_LOOKS; look++) {
    yield* await store.deleteByOwner(owner, options)
    const left = await store.findByOwner(owner)
    if (left.every((key) => key === options.except)) return
  }
  throw new SessmwError(
    'store-failed',
    'The store still has sessions of this owner after ten attempts to end them. Try again; if it stays so, deleteByOwner() of the store removes less than findByOwner() finds.',
  )
}
