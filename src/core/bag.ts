import { type CustomInspectFunction, inspect } from 'node:util'
import { SessmwError } from '../errors.js'
import type { ActiveSession } from './active-session.js'
import { bagMembers, SESSION_OF_BAG, type SessionMembers } from './bag-members.js'
import { Fields } from './fields.js'
import { reportLateWrite } from './late-write.js'
import { checkDataKey, isReserved } from './names.js'
import type { DataOf, SessionData } from './session-data.js'

/** `req.session`: the data as own properties, and the members of `SessionMembers`. */
export type SessionBag<Data = SessionData> = SessionMembers<Data> & DataOf<Data>

interface Target {
  readonly [inspect.custom]: CustomInspectFunction
}

/** Shared by all bags and never changed: every trap answers from the fields. */
const TARGET: Target = Object.create(bagMembers)

/** The fields of a session as a `Proxy` shows them. */
export class BagTraps extends Fields implements ProxyHandler<Target> {
  /** Whether anything of the session was looked at, so that the response depends on the cookie. */
  wasRead = false
  readonly bag: SessionBag

  constructor(private readonly active: ActiveSession) {
    super()
    this.bag = new Proxy(TARGET, this) as unknown as SessionBag
  }

  get(target: Target, key: string | symbol, receiver: unknown): unknown {
    if (typeof key === 'symbol')
      return key === SESSION_OF_BAG ? this.active : Reflect.get(target, key, receiver)
    this.wasRead = true
    if (!this.active.loaded && !(key in target)) this.active.assertLoaded()
    if (isReserved(key) || !this.contains(key)) return Reflect.get(target, key, receiver)
    return this.valueOf(key)
  }

  has(target: Target, key: string | symbol): boolean {
    if (typeof key === 'symbol') return Reflect.has(target, key)
    this.see()
    return key in target || (!isReserved(key) && this.contains(key))
  }

  set(_target: Target, key: string | symbol, value: unknown): boolean {
    if (typeof key === 'symbol') throw symbolKey(key)
    checkDataKey(key)
    this.beginWrite()
    this.put(key, value)
    return true
  }

  deleteProperty(_target: Target, key: string | symbol): boolean {
    if (typeof key === 'symbol' || isReserved(key)) return true
    this.beginWrite()
    this.remove(key)
    return true
  }

  ownKeys(): string[] {
    this.see()
    return this.names()
  }

  getOwnPropertyDescriptor(_target: Target, key: string | symbol): PropertyDescriptor | undefined {
    if (typeof key === 'symbol') return undefined
    this.see()
    if (isReserved(key) || !this.contains(key)) return undefined
    return { value: this.valueOf(key), writable: true, enumerable: true, configurable: true }
  }

  defineProperty(target: Target, key: string | symbol, descriptor: PropertyDescriptor): boolean {
    if (descriptor.get !== undefined || descriptor.set !== undefined) {
      throw new SessmwError('bad-key', `"${String(key)}" cannot be an accessor: the session keeps values.`)
    }
    // A proxy may not report a property as fixed that its target does not have; TypeError, as for a frozen object.
    if (descriptor.configurable === false) return false
    if (!('value' in descriptor) && typeof key === 'string' && this.contains(key)) return true
    return this.set(target, key, descriptor.value)
  }

  setPrototypeOf(): boolean {
    return false
  }

  preventExtensions(): boolean {
    return false
  }

  /** The traps show themselves to `util.inspect(bag, { showProxy: true })` and `%o`. */
  [inspect.custom](): string {
    return '[the fields of a session]'
  }

  protected override onCorrupt(name: string): void {
    this.active.fieldCorrupt(name)
  }

  private beginWrite(): void {
    this.active.assertWritable()
    reportLateWrite(this.active)
    this.wasRead = true
  }

  private see(): void {
    this.active.assertLoaded()
    this.wasRead = true
  }
}

/** The fields of a new, empty session, with their bag. */
export function createBag(active: ActiveSession): BagTraps {
  return new BagTraps(active)
}

function symbolKey(key: symbol): SessmwError {
  return new SessmwError('bad-key', `${String(key)} cannot be a session key: only text names can be stored.`)
}
