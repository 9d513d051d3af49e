import type { SessionRecord } from './record.js'
import type { RecordChange, Store } from './store.js'

/**
 * The same calls where the answer needs no promise, as in memory: waiting for one, and holding the response meanwhile,
 * takes a third of a whole request. Each answers no, with nothing done, where its method would say anything but that all
 * is well; that is then left to the method.
 */
interface AtOnce {
  /** True when the record has been inserted; with its fields, it then belongs to the store. */
  create(key: string, record: SessionRecord): boolean
  /** The record, if there is one. */
  read(key: string): SessionRecord | undefined
  /** True when the change has been made. */
  update(key: string, change: RecordChange): boolean
}

const AT_ONCE = Symbol('at once')

type Method<Name extends keyof AtOnce> = Store[Name] & {
  [AT_ONCE]?: { readonly method: unknown; readonly answer: AtOnce[Name] }
}

/**
 * Says how a method of the store answers at once. It belongs to this method alone: what is put in its place, such as a
 * mock with all its properties, is called.
 */
export function setAtOnce<Name extends keyof AtOnce>(store: Store, name: Name, answer: AtOnce[Name]): void {
  const method: Method<Name> = store[name]
  method[AT_ONCE] = { method, answer }
}

/** How a method of the store answers at once, if it does; to be called on the store. */
export function atOnceOf<Name extends keyof AtOnce>(store: Store, name: Name): AtOnce[Name] | undefined {
  const method: Method<Name> = store[name]
  const known = method[AT_ONCE]
  return known?.method === method ? known.answer : undefined
}
