import type { RecordChange } from '../../core/store.js'
import { type Entry, timeToLive } from './owner-index.js'
import { fieldName, toText } from './record-hash.js'

const orNothing = (value: number | undefined): string => (value === undefined ? '' : `${value}`)

/**
 * The arguments of the script CHANGE.
 *
 * @param mode `touch`, `update`, or the version that the record must have.
 * @param entry The entry in the index of an owner that was written for this change.
 * @param now Milliseconds since 1970.
 */
export function changeArguments(
  mode: string,
  change: RecordChange,
  entry: Entry | undefined,
  now: number,
): string[] {
  const { lastSeenAt, expiresAt, cookie, owner, set = {}, unset = [] } = change
  const names = Object.keys(set)
  const args = [
    mode,
    orNothing(lastSeenAt),
    orNothing(expiresAt),
    expiresAt === undefined ? '' : timeToLive(expiresAt, now),
    cookie === null ? '-' : orNothing(cookie?.maxAge),
    owner === null ? '-' : owner === undefined ? '' : `=${toText(owner)}`,
    entry?.owner ?? '',
    entry?.till ?? '',
    `${names.length}`,
  ]
  for (const name of names) args.push(fieldName(name), set[name] ?? '')
  for (const name of unset) args.push(fieldName(name))
  return args
}
