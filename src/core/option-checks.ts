import type { IncomingMessage } from 'node:http'
import { SessmwError } from '../errors.js'
import type { Logger } from './logger.js'
import type { BaseSessionOptions, StoreErrorPolicy } from './options.js'
import { ISSUABLE_ID, newSessionId } from './session-id.js'

/** @throws SessmwError `bad-option` */
export function flag(value: unknown, name: string): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value
  throw new SessmwError('bad-option', `${name} must be true or false.`)
}

/** @throws SessmwError `bad-option` */
export function positive(value: number, name: string): number {
  if (typeof value === 'number' && value > 0) return value
  throw new SessmwError('bad-option', `${name} must be a number above 0.`)
}

/** @throws SessmwError `bad-option` */
export function propertyName(name: string): string {
  if (typeof name === 'string' && name !== '' && name !== '__proto__') return name
  throw new SessmwError('bad-option', 'sessionObject must be the name of a property.')
}

/** @throws SessmwError `bad-option` */
export function functionOption<
  Options extends object,
  Name extends keyof Options & ('cookie' | 'skip' | 'ownerOf' | 'clock' | 'generateId'),
>(options: Options, name: Name): Options[Name] {
  const value = options[name]
  if (value === undefined || typeof value === 'function') return value
  throw new SessmwError('bad-option', `${name} must be a function.`)
}

/** @throws SessmwError `bad-option` */
export function resolvePolicy(
  option: NonNullable<BaseSessionOptions['onStoreError']>,
): (error: unknown, request?: IncomingMessage) => StoreErrorPolicy {
  if (typeof option === 'function') return option
  if (option === 'fail' || option === 'anonymous') return () => option
  throw new SessmwError(
    'bad-option',
    "onStoreError must be 'fail', 'anonymous' or a function that returns one of them.",
  )
}

/** @throws SessmwError `bad-option` */
export function resolveLogger(logger: Logger | undefined): Logger | undefined {
  if (logger === undefined) return undefined
  if (['debug', 'info', 'warn'].every((name) => hasMethod(logger, name))) return logger
  throw new SessmwError('bad-option', 'logger needs the methods debug, info and warn; console has them.')
}

/** The calls that every store answers. */
const STORE_METHODS = ['create', 'read', 'update', 'touch', 'delete']

/** @throws SessmwError `bad-option` for what is no store, such as one that was written for express-session. */
export function checkStore(store: unknown): void {
  const missing = STORE_METHODS.filter((name) => !hasMethod(store, name))
  if (missing.length === 0) return
  const hint =
    hasMethod(store, 'get') && hasMethod(store, 'set')
      ? ' A store for express-session goes through fromExpressStore() of sessmw/express-session.'
      : ''
  throw new SessmwError('bad-option', `store has no method ${missing.join(', ')}.${hint}`)
}

function hasMethod(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function'
}

/** A generator whose ids are checked each time: `bad-id` for an unsafe one. */
export function checkedGenerator(generate: (() => string) | undefined): () => string {
  if (generate === undefined) return newSessionId
  return () => {
    const id = generate()
    if (typeof id !== 'string' || !ISSUABLE_ID.test(id)) {
      throw new SessmwError(
        'bad-id',
        'generateId must return 22 to 256 characters of base64url text (128 bits or more).',
      )
    }
    return id
  }
}
