import type { ActiveSession } from './active-session.js'
import type { Owner } from './owner.js'
import type { Store } from './store.js'

/** A request that takes a session to a new id, unless it has begun another one since. */
interface Traveller {
  readonly active: ActiveSession
  readonly life: number
}

const isSameLife = ({ active, life }: Traveller): boolean => active.life === life

/** How many sessions are remembered under the id that they had before; about 2 MB. */
const MAX_HEIRS = 10_000

/**
 * What became of sessions that `regenerate` took to a new id. It deletes the old record, so who ends the session by its
 * old id meanwhile (a logout, a revocation) finds none, and the other request would undo it. Within this process, the
 * end is passed on: to a session still in transit, which then goes no further, and to one that has arrived.
 */
export class Successors {
  /** By the former key; several requests may renew one session at once, of which one goes on. */
  private readonly inTransit = new Map<string, Traveller[]>()
  private readonly heirs = new Map<string, string>()

  depart(formerKey: string, active: ActiveSession): void {
    const traveller = { active, life: active.life }
    this.inTransit.set(formerKey, [...(this.inTransit.get(formerKey) ?? []), traveller])
  }

  /** The session has its new id, or is given up. */
  arrive(active: ActiveSession): void {
    if (this.inTransit.size === 0) return
    for (const [formerKey, travellers] of this.inTransit) {
      const others = travellers.filter((traveller) => traveller.active !== active)
      if (others.length === travellers.length) continue
      if (others.length === 0) this.inTransit.delete(formerKey)
      else this.inTransit.set(formerKey, others)
      const hasMoved = active.header !== undefined && active.key !== formerKey
      if (hasMoved && !active.gone && travellers.some(isSameLife)) this.remember(formerKey, active.key)
    }
  }

  /** Ends the session that had this key and whose new one nobody was told yet. Resolves with whether there was one. */
  async endInTransit(store: Store, formerKey: string): Promise<boolean> {
    const living = (this.inTransit.get(formerKey) ?? []).filter(
      (traveller) => !traveller.active.gone && isSameLife(traveller),
    )
    // All of them before any deletion, during which one that has not heard of it would still send its cookie.
    for (const { active } of living) active.ranOut()
    for (const { active } of living) if (active.header !== undefined) await store.delete(active.key)
    return living.length > 0
  }

  /** Ends what became of the session that had this key, by whatever way. Rejects when the store fails. */
  async end(store: Store, formerKey: string): Promise<boolean> {
    const wasInTransit = await this.endInTransit(store, formerKey)
    const heir = this.heirs.get(formerKey)
    if (heir === undefined) return wasInTransit
    this.heirs.delete(formerKey)
    return (await store.delete(heir)) || (await this.end(store, heir)) || wasInTransit
  }

  /**
   * Ends those of an owner that were told to nobody yet, so that their responses say so; the store is not asked.
   *
   * @param except Stays, and has left its former record when this resolves.
   */
  async endOwner(owner: Owner, except: string | undefined): Promise<void> {
    for (const traveller of [...this.inTransit.values()].flat()) {
      const { active } = traveller
      if (active.owner !== owner || !isSameLife(traveller)) continue
      if (except !== undefined && active.key === except) await active.operations.drain()
      else active.ranOut()
    }
  }

  private remember(formerKey: string, key: string): void {
    this.heirs.set(formerKey, key)
    if (this.heirs.size <= MAX_HEIRS) return
    for (const oldest of this.heirs.keys()) {
      this.heirs.delete(oldest)
      return
    }
  }
}
