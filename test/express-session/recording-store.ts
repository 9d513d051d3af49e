import type original from 'express-session'

type Callback = (error?: unknown) => void
type Method = 'get' | 'set' | 'destroy' | 'touch'

/** What kind of store a scenario runs on. */
export interface StoreTraits {
  /** Answers within the call. */
  readonly sync?: boolean
  /** Has no method `touch`. */
  readonly noTouch?: boolean
  /** Which call fails, counted from 1 for each method; 0 = every one. */
  readonly fails?: Partial<Record<Method, number>>
  /** The `code` of the error it fails with. */
  readonly code?: string
}

export interface RecordingStore extends original.Store {
  /** What is stored, parsed. */
  rows(): Record<string, unknown>
  /** Stores without recording it. */
  put(sid: string, row: unknown): void
}

/** A store of whole rows as JSON that tells of every call, with what it was given. */
export function recordingStore(
  session: typeof original,
  note: (line: string) => void,
  traits: StoreTraits = {},
): RecordingStore {
  const texts = new Map<string, string>()
  const counts: Record<string, number> = {}
  const later = (work: () => void): void => {
    if (traits.sync) work()
    else setImmediate(work)
  }
  const failureOf = (method: Method): Error | undefined => {
    counts[method] = (counts[method] ?? 0) + 1
    const failing = traits.fails?.[method]
    if (failing !== 0 && failing !== counts[method]) return undefined
    return Object.assign(new Error(`the store failed to ${method}`), traits.code && { code: traits.code })
  }
  const answer = (method: Method, work: () => void, callback?: Callback): void => {
    const failure = failureOf(method)
    if (failure === undefined) work()
    later(() => {
      note(`${method} answered`)
      callback?.(failure)
    })
  }

  class Recording extends session.Store implements RecordingStore {
    override get(sid: string, callback: (error: unknown, row?: original.SessionData | null) => void): void {
      note(`get ${sid}`)
      const failure = failureOf('get')
      const text = texts.get(sid)
      later(() => callback(failure, text === undefined || failure ? undefined : JSON.parse(text)))
    }

    override set(sid: string, row: original.SessionData, callback?: Callback): void {
      const text = JSON.stringify(row)
      note(`set ${sid} ${text}`)
      answer('set', () => texts.set(sid, text), callback)
    }

    override destroy(sid: string, callback?: Callback): void {
      note(`destroy ${sid}`)
      answer('destroy', () => texts.delete(sid), callback)
    }

    rows(): Record<string, unknown> {
      return Object.fromEntries([...texts].map(([sid, text]) => [sid, JSON.parse(text)]))
    }

    put(sid: string, row: unknown): void {
      texts.set(sid, JSON.stringify(row))
    }
  }
  const store: RecordingStore = new Recording()
  if (!traits.noTouch) {
    store.touch = (sid: string, row: original.SessionData, callback?: Callback) => {
      note(`touch ${sid} ${JSON.stringify(row.cookie)}`)
      const text = texts.get(sid)
      const moved = () => {
        if (text !== undefined) texts.set(sid, JSON.stringify({ ...JSON.parse(text), cookie: row.cookie }))
      }
      answer('touch', moved, callback)
    }
  }
  return store
}
