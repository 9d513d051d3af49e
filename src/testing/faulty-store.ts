import type { EnumerableStore, Store } from '../core/store.js'

/** A method of a store. */
export type StoreMethod = Exclude<keyof EnumerableStore, 'keyOf' | 'acceptsId'>

/** A method that changes a record, and can therefore lose the change. */
export type WritingMethod = 'create' | 'update' | 'touch' | 'delete'

/** A gate that calls of one method wait at. */
export interface Barrier {
  /** Settles as soon as as many calls as were asked for stand at the barrier. */
  readonly arrived: Promise<void>
  /** Lets them go on, and every later call pass. */
  release(): void
}

/** The faults of one store; each stays until `heal()`, and a new one of the same method takes its place. */
export interface Faults {
  /** Calls of the method reject with this error, or with one that says the store is down; nothing is done. */
  fail(method: StoreMethod, error?: unknown): void
  /** Calls of the method never settle, and nothing is done: what a store behind a dead network does. */
  hang(method: StoreMethod): void
  /** Calls of the method answer as if they had succeeded; nothing is done. */
  drop(method: WritingMethod): void
  /** Calls of the method wait before anything is done; `calls` is how many `arrived` waits for, 1 when left out. */
  barrier(method: StoreMethod, calls?: number): Barrier
  /** How often the method was called, faults included; without a method, how often any was. */
  calls(method?: StoreMethod): number
  /** Ends all faults, opens all barriers; calls that hang go on hanging. */
  heal(): void
}

/** Gets the real call to go on with, and answers in its place. */
type Fault = (proceed: () => unknown) => unknown

const SUCCESS = { create: undefined, update: 'saved', touch: true, delete: true } as const

const METHODS: ReadonlySet<PropertyKey> = new Set<StoreMethod>([
  'create',
  'read',
  'update',
  'touch',
  'delete',
  'close',
  'entries',
  'count',
  'page',
  'clear',
  'findByOwner',
  'deleteByOwner',
])

const isMethod = (name: PropertyKey): name is StoreMethod => METHODS.has(name)

function signal(): { promise: Promise<void>; give: () => void } {
  let give = () => {}
  const promise = new Promise<void>((resolve) => {
    give = resolve
  })
  return { promise, give }
}

function makeBarrier(calls: number): Barrier & { fault: Fault } {
  const arrived = signal()
  const opened = signal()
  let waiting = 0
  const fault: Fault = async (proceed) => {
    waiting += 1
    if (waiting === calls) arrived.give()
    await opened.promise
    return proceed()
  }
  return { arrived: arrived.promise, release: opened.give, fault }
}

class FaultPlan implements Faults {
  readonly #faults = new Map<StoreMethod, Fault>()
  readonly #calls: StoreMethod[] = []
  #barriers: Barrier[] = []

  fail(method: StoreMethod, error: unknown = new Error('The store is down.')): void {
    this.#faults.set(method, () => Promise.reject(error))
  }

  hang(method: StoreMethod): void {
    this.#faults.set(method, () => new Promise(() => {}))
  }

  drop(method: WritingMethod): void {
    this.#faults.set(method, () => Promise.resolve(SUCCESS[method]))
  }

  barrier(method: StoreMethod, calls = 1): Barrier {
    const { fault, ...barrier } = makeBarrier(calls)
    this.#faults.set(method, fault)
    this.#barriers.push(barrier)
    return barrier
  }

  calls(method?: StoreMethod): number {
    return this.#calls.filter((called) => method === undefined || called === method).length
  }

  heal(): void {
    this.#faults.clear()
    for (const barrier of this.#barriers) barrier.release()
    this.#barriers = []
  }

  /** Makes a call under the fault of its method, if it has one. */
  run(method: StoreMethod, proceed: () => unknown): unknown {
    this.#calls.push(method)
    const fault = this.#faults.get(method)
    return fault === undefined ? proceed() : fault(proceed)
  }
}

async function* iterate(iterable: unknown): AsyncGenerator<unknown> {
  yield* (await iterable) as AsyncIterable<unknown>
}

/**
 * A store with faults on demand, for tests of what stands on it. Nothing sleeps: races are made with barriers.
 *
 * @example
 * const store = faultyStore(new MemoryStore())
 * const gate = store.faults.barrier('update')
 * const response = fetch(url)
 * await gate.arrived            // the request is about to save
 * await fetch(logoutUrl)
 * gate.release()
 */
export function faultyStore<S extends Store>(store: S): S & { readonly faults: Faults } {
  const faults = new FaultPlan()
  const get = (target: S, name: PropertyKey): unknown => {
    if (name === 'faults') return faults
    const member: unknown = Reflect.get(target, name)
    if (typeof member !== 'function') return member
    return (...args: unknown[]) => {
      const proceed = () => Reflect.apply(member, target, args)
      if (!isMethod(name)) return proceed()
      const answer = faults.run(name, proceed)
      return name === 'entries' ? iterate(answer) : answer
    }
  }
  return new Proxy(store, { get }) as S & { readonly faults: Faults }
}
