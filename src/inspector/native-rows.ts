import { isRecord, type SessionRecord } from '../core/record.js'
import { isEnumerable, type Store } from '../core/store.js'
import { isSessmwError } from '../errors.js'
import { itemOf } from './core-item.js'
import type { Rows } from './express-rows.js'
import type { Edit, FullItem } from './subject.js'

const PART = 500

/** Sessions in a store of sessmw behind `toExpressStore`: records whose fields are those of a row. */
export class NativeRows implements Rows {
  readonly canList: boolean

  constructor(
    private readonly store: Store,
    private readonly seen: { ids(): Iterable<string> },
    private readonly handleOfId: (sid: string) => string,
  ) {
    this.canList = isEnumerable(store)
  }

  async *items(): AsyncGenerator<readonly FullItem[]> {
    let part: FullItem[] = []
    for await (const item of this.#each()) {
      part.push(item)
      if (part.length < PART) continue
      yield part
      part = []
    }
    yield part
  }

  async count(): Promise<number | null> {
    return isEnumerable(this.store) ? this.store.count() : null
  }

  async find(handle: string): Promise<FullItem | 'corrupt' | undefined> {
    const found = await this.store.read(handle)
    if (found === null) return undefined
    return isRecord(found) ? itemOf(handle, handle, found) : 'corrupt'
  }

  edit({ key }: FullItem, { set = {}, unset = [], ifVersion }: Edit) {
    const change = { set, unset, ...(ifVersion !== undefined && { ifVersion: Number(ifVersion) }) }
    return this.store.update(key, change)
  }

  remove({ key }: FullItem): Promise<boolean> {
    return this.store.delete(key)
  }

  async restore({ key, stored }: FullItem): Promise<boolean> {
    try {
      await this.store.create(key, stored as SessionRecord)
      return true
    } catch (error) {
      if (isSessmwError(error) && error.code === 'store-exists') return false
      throw error
    }
  }

  async *#each(): AsyncGenerator<FullItem> {
    if (isEnumerable(this.store)) {
      for await (const [key, record] of this.store.entries()) yield itemOf(key, key, record)
      return
    }
    for (const sid of [...this.seen.ids()]) {
      const item = await this.find(this.handleOfId(sid))
      if (item !== undefined && item !== 'corrupt') yield item
    }
  }
}
