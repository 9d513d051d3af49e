// What each workload asks of the store: calls per request by method, and the bytes of names and texts that they write.
import type { RecordChange, SessionRecord, Store } from '../../src/index.js'
import { Lane } from '../exchange.js'
import { ours, sessmw } from '../subjects/ours.js'
import { nameOf, seed, WORKLOADS } from '../workloads.js'

/** Per request, by workload. */
export interface StoreTraffic {
  readonly calls: Readonly<Record<string, number>>
  readonly bytesWritten: number
}

const COUNTED = 20
const lane = new Lane()

const bytesOf = (texts: Readonly<Record<string, string>> = {}): number =>
  Object.entries(texts).reduce((sum, [name, text]) => sum + Buffer.byteLength(name + text), 0)

/** A memory store that counts. */
class CountingStore extends sessmw.MemoryStore implements Store {
  calls: Record<string, number> = {}
  bytesWritten = 0

  override create(...args: Parameters<Store['create']>): Promise<void> {
    this.#note('create', args[1])
    return super.create(...args)
  }

  override read(...args: Parameters<Store['read']>): Promise<SessionRecord | null> {
    this.#note('read')
    return super.read(...args)
  }

  override update(...args: Parameters<Store['update']>): ReturnType<Store['update']> {
    this.#note('update', args[1])
    return super.update(...args)
  }

  override touch(...args: Parameters<Store['touch']>): Promise<boolean> {
    this.#note('touch')
    return super.touch(...args)
  }

  override delete(...args: Parameters<Store['delete']>): Promise<boolean> {
    this.#note('delete')
    return super.delete(...args)
  }

  #note(
    call: string,
    written: Pick<RecordChange, 'set'> & Partial<Pick<SessionRecord, 'fields'>> = {},
  ): void {
    this.calls[call] = (this.calls[call] ?? 0) + 1
    this.bytesWritten += bytesOf(written.fields) + bytesOf(written.set)
  }
}

const found: Record<string, StoreTraffic> = {}
for (const workload of WORKLOADS) {
  const store = new CountingStore()
  const subject = ours(store)
  const cookie = workload.cookie(await seed(subject, workload.bytes))
  Object.assign(store, { calls: {}, bytesWritten: 0 })
  for (let n = 0; n < COUNTED; n++) await lane.exchange(subject, cookie, workload.use)
  const calls = Object.entries(store.calls).map(([call, count]) => [call, count / COUNTED])
  const bytesWritten = Math.round(store.bytesWritten / COUNTED)
  found[nameOf(workload)] = { calls: Object.fromEntries(calls), bytesWritten }
}
process.send?.(found, () => process.exit())
