import { badRequest, CallError, notFound } from '../answer.js'
import type { MaskRules } from '../mask.js'
import type { Recorder } from '../recorder.js'
import type { FullItem } from '../subject.js'

/** What an answer is made of: the facts of a call that passed all guards, and nothing of HTTP. */
export interface Call {
  readonly recorder: Recorder
  readonly rules: MaskRules
  readonly readOnly: boolean
  /** The handle in the path; empty for routes without one. */
  readonly handle: string
  readonly query: URLSearchParams
  readonly body: Readonly<Record<string, unknown>>
  readonly ifMatch: string | undefined
  readonly lastEventId: string | undefined
  /** Scheme and host of the app, as the caller reaches it. */
  readonly origin: string
  /** Whether this caller may see a session. */
  isVisible(session: { readonly handle: string | null; readonly owner: string | null }): boolean
}

/**
 * The session that the path names, if this caller may see it.
 *
 * Rejects with `not-found` or `corrupt`, or with what the store rejects with.
 */
export async function sessionOfCall({ recorder, handle, isVisible }: Call): Promise<FullItem> {
  const found = await recorder.subject.find(handle)
  if (found === 'corrupt')
    throw new CallError(422, 'corrupt', 'The store holds something here that cannot be understood.')
  if (found === undefined || !isVisible(found)) throw notFound('There is no such session.')
  return found
}

/** A whole number of the query. @throws CallError `bad-request` */
export function numberOf(query: URLSearchParams, name: string, fallback: number, most: number): number {
  const text = query.get(name)
  if (text === null) return fallback
  const value = Number(text)
  if (/^\d{1,15}$/.test(text) && value >= 1 && value <= most) return value
  throw badRequest(`${name} must be a whole number from 1 to ${most}.`)
}

/** Refuses parts of a body that mean nothing, so that a misspelt one is not taken for nothing. */
export function checkBody(body: Call['body'], known: readonly string[]): void {
  for (const name of Object.keys(body)) {
    if (known.includes(name)) continue
    const list = known.length === 0 ? 'is empty' : `has only: ${known.join(', ')}`
    throw badRequest(`The body ${list}.`)
  }
}

/** Refuses what the store, or the middleware in front of it, cannot do. */
export function incapable(what: string): CallError {
  return new CallError(501, 'store-incapable', `${what} is not possible with this store.`, {
    fix: 'See capabilities in api/v1/info for what is.',
  })
}
