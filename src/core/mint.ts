import { signValue } from '../cookie/signed-value.js'
import { expiresAt, lifetimeOf } from './expiry.js'
import type { SessionRecord } from './record.js'
import { handleOf } from './session-id.js'
import type { SessionsCore } from './sessions-core.js'

/** A new session that no browser has asked for. */
export interface Minted {
  readonly handle: string
  /** Name and value, as a Cookie header has them: a credential. */
  readonly cookie: string
}

/**
 * Stores a new session, begun now, with these fields: for tools of development, such as a copy of a session whose id
 * cannot be had back from its hash.
 *
 * Rejects with what the store rejects with.
 */
export async function mint(
  core: SessionsCore,
  { fields, owner, cookie }: Pick<SessionRecord, 'fields' | 'owner' | 'cookie'>,
): Promise<Minted> {
  const { secrets, cookieName, lifetime, generateId } = core.options
  const now = core.now()
  const times = { createdAt: now, lastSeenAt: now }
  const id = generateId()
  await core.store.create(core.keyOf(id), {
    version: 1,
    ...times,
    expiresAt: expiresAt(times, lifetimeOf(lifetime, cookie)),
    ...(owner !== undefined && { owner }),
    ...(cookie !== undefined && { cookie }),
    fields,
  })
  const handle = handleOf(id)
  core.events.publish('created', { at: now, handle, ...(owner !== undefined && { owner }) })
  return { handle, cookie: `${cookieName}=${signValue(id, secrets[0] as string)}` }
}
