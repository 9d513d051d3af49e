import type { RecordTimes, SessionRecord } from '../core/record.js'
import { type EnumerableStore, isEnumerable, type RecordChange, type Store } from '../core/store.js'

/** Hears of each call of a store that succeeded. */
export interface StoreWatcher {
  read(key: string, record: SessionRecord): void
  created(key: string, record: SessionRecord): void
  updated(key: string, change: RecordChange): void
  touched(key: string, times: RecordTimes): void
  deleted(key: string): void
  cleared(): void
}

/**
 * The same store, whose calls are watched. What it answers, and when, stays as it is; a watcher that throws becomes a
 * process warning.
 *
 * @param store With own methods, as `withDeadline` makes it.
 */
export function watchStore<Watched extends Store>(store: Watched, watcher: StoreWatcher): Watched {
  const watched: Pick<Store, 'create' | 'read' | 'update' | 'touch' | 'delete'> = {
    create: (key, record, context) =>
      after(store.create(key, record, context), () => watcher.created(key, record)),
    read: (key, context) =>
      after(store.read(key, context), (found) => {
        if (found !== null && found !== 'corrupt') watcher.read(key, found)
      }),
    update: (key, change, context) =>
      after(store.update(key, change, context), (result) => {
        if (result === 'saved') watcher.updated(key, change)
        if (result === 'missing') watcher.deleted(key)
      }),
    touch: (key, times, context) =>
      after(store.touch(key, times, context), (isAlive) => {
        if (isAlive) watcher.touched(key, times)
      }),
    delete: (key, context) => after(store.delete(key, context), () => watcher.deleted(key)),
  }
  if (!isEnumerable(store)) return { ...store, ...watched }
  const clear: EnumerableStore['clear'] = (context) => after(store.clear(context), () => watcher.cleared())
  return { ...store, ...watched, clear }
}

function after<Result>(call: Promise<Result>, tell: (result: Result) => void): Promise<Result> {
  call.then(tell, leaveToCaller).catch(warn)
  return call
}

/** The caller has the same promise, and its rejection. */
function leaveToCaller(): void {}

function warn(error: unknown): void {
  process.emitWarning(`The inspector could not follow the store: ${String(error)}`, { type: 'SessmwWarning' })
}
