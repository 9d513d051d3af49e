import { ownText } from '../cookie/checked-cookies.js'
import { readCookieValues } from '../cookie/cookie-header.js'
import { verifyValue } from '../cookie/signed-value.js'
import type { SessmwError } from '../errors.js'
import { ActiveSession } from './active-session.js'
import { atOnceOf } from './at-once.js'
import { judge, lifetimeOf } from './expiry.js'
import type { StoreErrorPolicy } from './options.js'
import { isRecord, type SessionRecord } from './record.js'
import type { RequestContext } from './request-context.js'
import { handleOf } from './session-id.js'
import type { Candidate, SessionsCore } from './sessions-core.js'
import type { LoadCode } from './verdict.js'

/** A session that is not loaded yet, because the options are lazy or nothing was asked of it. */
export function openLazily(
  core: SessionsCore,
  cookieHeader: string | undefined,
  context: RequestContext,
): ActiveSession {
  const active = new ActiveSession(core, context)
  active.loaded = false
  active.unreadCookie = cookieHeader
  active.loadCode = 'skipped'
  active.detail = 'lazy, and load() was not called'
  return active
}

/** The session of a request. Without a genuine cookie that takes no store call, and no promise. */
export function open(
  core: SessionsCore,
  cookieHeader: string | undefined,
  context: RequestContext,
): Promise<ActiveSession> | ActiveSession {
  const active = new ActiveSession(core, context)
  return load(active, cookieHeader) ?? active
}

/** Fills a session that was opened lazily; until then it cannot be used. */
export async function loadLate(active: ActiveSession): Promise<void> {
  await load(active, active.unreadCookie)
  active.loaded = true
}

/** Fills a session from the cookie; undefined when that is done already. */
function load(active: ActiveSession, cookieHeader: string | undefined): Promise<ActiveSession> | undefined {
  active.loadCode = 'none'
  active.detail = undefined
  const values = readCookieValues(cookieHeader, active.core.options.cookieName)
  if (values.length === 0) return undefined
  active.broughtCookie = true
  const candidates = verifyAll(active, values)
  const [first] = candidates
  if (first === undefined) return undefined
  return candidates.length === 1 ? loadOne(active, first) : loadLiving(active, candidates)
}

/** Of several reasons the one that says most: a forged value outweighs a foreign one. */
const REASON_ORDER: readonly LoadCode[] = ['none', 'malformed', 'unsigned', 'bad-signature', 'unknown']

function verifyAll(active: ActiveSession, values: readonly string[]): Candidate[] {
  const { core } = active
  const candidates: Candidate[] = []
  let reason: LoadCode = 'none'
  for (const value of values) {
    const candidate = core.verified.get(value) ?? core.forged.get(value) ?? verify(core, value)
    if (typeof candidate === 'string') {
      if (REASON_ORDER.indexOf(candidate) > REASON_ORDER.indexOf(reason)) reason = candidate
    } else if (!candidates.some(({ id }) => id === candidate.id)) candidates.push(candidate)
  }
  if (candidates.length === 0) {
    reject(
      active,
      reason,
      reason === 'unknown' ? 'the id is not of the form that this store issues' : undefined,
    )
  }
  return candidates
}

/** @returns why a value is refused, without any store call. */
function verify(core: SessionsCore, value: string): Candidate | LoadCode {
  const verified = verifyValue(value, core.options.preparedSecrets)
  if (!verified.ok) {
    if (verified.reason === 'bad-signature') core.forged.add(value, verified.reason)
    return verified.reason
  }
  if (!core.accepts(verified.id)) return 'unknown'
  const { id, secretIndex } = verified
  const candidate = { id: ownText(id), secretIndex, key: core.keyOf(id) }
  core.verified.add(value, candidate)
  return candidate
}

function loadOne(active: ActiveSession, candidate: Candidate): Promise<ActiveSession> | undefined {
  const { store } = active.core
  const record = atOnceOf(store, 'read')?.call(store, candidate.key)
  if (record === undefined) return loadLater(active, candidate)
  take(active, candidate, record)
  return undefined
}

async function loadLater(active: ActiveSession, candidate: Candidate): Promise<ActiveSession> {
  let found: unknown
  try {
    found = await active.core.store.read(candidate.key)
  } catch (error) {
    return loadFailed(active, error, candidate.id)
  }
  take(active, candidate, found)
  return active
}

/** Takes what the store answered. */
function take(active: ActiveSession, candidate: Candidate, found: unknown): void {
  const { record, code, detail } = assess(active.core, found)
  if (code === 'unknown') active.unknownKeys = [candidate.key]
  if (record === undefined) reject(active, code, detail, handleOf(candidate.id))
  else accept(active, candidate, record)
}

/** Several genuine cookies: the living one, or none if two are alive, since their order proves nothing (RFC 6265bis 4.2.2). */
async function loadLiving(active: ActiveSession, candidates: readonly Candidate[]): Promise<ActiveSession> {
  const { core } = active
  try {
    const found = await Promise.all(
      candidates.map(async (candidate) => ({
        candidate,
        ...assess(core, await core.store.read(candidate.key)),
      })),
    )
    active.unknownKeys = found.flatMap(({ candidate, code }) => (code === 'unknown' ? [candidate.key] : []))
    const living = found.flatMap(({ candidate, record }) =>
      record === undefined ? [] : [{ candidate, record }],
    )
    const [only] = living
    if (only !== undefined && living.length === 1) accept(active, only.candidate, only.record)
    else if (only === undefined) {
      const [first] = found
      reject(active, first?.code ?? 'unknown', first?.detail)
    } else await revokeAll(active, living)
  } catch (error) {
    return loadFailed(active, error, undefined)
  }
  return active
}

async function revokeAll(
  active: ActiveSession,
  living: readonly { candidate: Candidate; record: SessionRecord }[],
): Promise<void> {
  const { core } = active
  for (const { candidate, record } of living) {
    await core.store.delete(candidate.key)
    const { owner } = record
    core.events.publish('revoked', {
      at: core.now(),
      handle: handleOf(candidate.id),
      ...(owner && { owner }),
    })
  }
  reject(active, 'ambiguous', `${living.length} living sessions, all of them revoked`)
}

/** Whether what the store returned is a living session; if not, why. */
export function assess(
  core: SessionsCore,
  found: unknown,
): { record: SessionRecord | undefined; code: LoadCode; detail?: string } {
  if (found === null || found === undefined) return { record: undefined, code: 'unknown' }
  if (!isRecord(found))
    return { record: undefined, code: 'corrupt', detail: 'the record cannot be understood' }
  const state = judge(found, core.now(), lifetimeOf(core.options.lifetime, found.cookie))
  if (state === 'alive') return { record: found, code: 'loaded' }
  if (state !== 'from-the-future') return { record: undefined, code: state }
  return {
    record: undefined,
    code: 'corrupt',
    detail: 'the record claims to be from the future; do the clocks agree?',
  }
}

function accept(active: ActiveSession, { id, key, secretIndex }: Candidate, record: SessionRecord): void {
  active.adopt(id, key, record)
  active.toldId = id
  if (secretIndex > 0) active.cookieDue = 're-signed'
  if (!active.core.events.hasAudience('corrupt')) return
  const hidden = active.fields.hiddenNames()
  if (hidden.length === 0) return
  const detail = `the store has fields that cannot be data keys: ${hidden.map((name) => JSON.stringify(name)).join(', ')}`
  active.core.events.publish('corrupt', { at: active.core.now(), handle: active.handle, detail })
}

function reject(active: ActiveSession, code: LoadCode, detail: string | undefined, handle?: string): void {
  const { core } = active
  active.loadCode = code
  active.detail = detail
  const name =
    code === 'corrupt'
      ? code
      : code === 'expired-idle' || code === 'expired-absolute'
        ? 'expired'
        : 'rejected'
  if (core.events.hasAudience(name)) tell(core, name, code, detail, handle)
  core.debug(`cookie rejected: ${code}${detail === undefined ? '' : `, ${detail}`}`, handle)
}

function tell(
  core: SessionsCore,
  name: 'corrupt' | 'expired' | 'rejected',
  code: LoadCode,
  detail: string | undefined,
  handle: string | undefined,
): void {
  const event = { at: core.now(), ...(handle !== undefined && { handle }) }
  if (name === 'corrupt')
    core.events.publish(name, { ...event, detail: detail ?? 'the record cannot be understood' })
  else if (name === 'expired') core.events.publish(name, { ...event, code })
  else core.events.publish(name, { ...event, code, ...(detail !== undefined && { detail }) })
}

/** The store failed: the request fails, or goes on with an empty session that cannot be written. */
function loadFailed(active: ActiveSession, error: unknown, id: string | undefined): ActiveSession {
  const { core, context } = active
  const failure = core.storeFailed(error, id === undefined ? undefined : handleOf(id))
  active.loadCode = 'store-error'
  active.detail = failure.code
  active.degraded = true
  if (policyFor(core, failure, context) !== 'anonymous') active.loadError = failure
  return active
}

/** A policy that throws fails the request, as the default does; its own error becomes a process warning. */
function policyFor(core: SessionsCore, failure: SessmwError, { request }: RequestContext): StoreErrorPolicy {
  try {
    return core.options.onStoreError(failure, request)
  } catch (error) {
    process.emitWarning(`The function onStoreError threw: ${String(error)}`, { type: 'SessmwWarning' })
    return 'fail'
  }
}
