import { SessmwError } from '../errors.js'

/** The members of `req.session`, which are therefore no data keys. */
const MEMBERS: ReadonlySet<string> = new Set([
  'getSession',
  'getSessionId',
  'clearSession',
  'saveSession',
  'id',
  'cookie',
  'save',
  'reload',
  'touch',
  'destroy',
  'regenerate',
  'resetMaxAge',
])

/** Names that reach a prototype (CWE-1321); no field is ever stored or read under them. */
const PROTOTYPE_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** All names that no data key can have. */
export const RESERVED_NAMES: readonly string[] = [...MEMBERS, ...PROTOTYPE_NAMES]

/** Fields that begin with this are sessmw's own (flash messages); the data never shows them. */
const OWN_PREFIX = '$sessmw.'

/** JavaScript callers may forget the key. */
function checkText(key: unknown): void {
  if (typeof key === 'string') return
  throw new SessmwError('bad-key', `A key must be text, not ${key === null ? 'null' : typeof key}.`)
}

/** The field that keeps the flash messages of one key. */
export function flashField(key: string): string {
  checkText(key)
  return `${OWN_PREFIX}flash.${key}`
}

/** Whether a field is sessmw's own, so that it belongs to the session but not to its data. */
export const isOwnField = (name: string): boolean => name.startsWith(OWN_PREFIX)

/** Whether a name can never be a data key, wherever it comes from. */
export function isReserved(name: string): boolean {
  return MEMBERS.has(name) || PROTOTYPE_NAMES.has(name) || isOwnField(name)
}

/**
 * Refuses a reserved name as a data key.
 *
 * @throws SessmwError `bad-key`
 */
export function checkDataKey(name: string): void {
  checkText(name)
  if (!isReserved(name)) return
  const why = MEMBERS.has(name) ? 'is a member of req.session' : 'is reserved'
  throw new SessmwError('bad-key', `"${name}" ${why}, so it cannot be a data key.`, {
    path: `session.${name}`,
  })
}
