import { SessmwError } from '../errors.js'

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
