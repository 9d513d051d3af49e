import type { Store } from '../core/store.js'
import { isSessmwError } from '../errors.js'
import type { CaseTemplate } from './contract-kit.js'
import { lifecycleCases } from './contract-lifecycle.js'
import { raceCases } from './contract-races.js'
import { recordCases } from './contract-records.js'
import { valueCases } from './contract-values.js'
import type { FakeClock } from './fake-clock.js'

/** One promise of a store, as a test for any runner. */
export interface ContractCase {
  /** Begins with the number of the promise, such as `C3: `. */
  readonly name: string
  /** Makes a store, checks the promise, closes the store; rejects with an `AssertionError` when the promise is broken. */
  run(): Promise<void>
}

/** Which store `storeContract` checks. */
export interface StoreContractOptions {
  /** Makes an empty store that takes its time from `clock`; called once for each case. */
  readonly create: () => Store | Promise<Store>
  /** The clock of the stores; cases move it on. */
  readonly clock: FakeClock
}

/**
 * What every store of sessmw promises, for those who write one. What asks for a store that can list its sessions
 * passes for one that cannot.
 *
 * @example
 * const clock = fakeClock()
 * for (const { name, run } of storeContract({ create: () => new MyStore({ clock }), clock })) test(name, run)
 */
export function storeContract({ create, clock }: StoreContractOptions): ContractCase[] {
  const bind = ({ name, check }: CaseTemplate): ContractCase => ({
    name,
    run: async () => {
      const store = await create()
      try {
        await check({ store, clock })
      } finally {
        await close(store)
      }
    },
  })
  return [...recordCases, ...valueCases, ...lifecycleCases, ...raceCases].map(bind)
}

/** A case may have closed the store itself. */
async function close(store: Store): Promise<void> {
  try {
    await store.close?.()
  } catch (cause) {
    if (!isSessmwError(cause) || cause.code !== 'store-closed') throw cause
  }
}
