import { EventEmitter } from 'node:events'
import { callable, Store } from './store.js'
import type { Callback, GetCallback, SessionRow } from './types.js'

type AllCallback = (error: unknown, sessions: Record<string, SessionRow>) => void

/** When a stored session ends, in milliseconds since 1970; undefined for one that does not. */
function endOf({ cookie }: Pick<SessionRow, 'cookie'>): number | undefined {
  const expires = cookie?.expires
  return expires ? new Date(expires).valueOf() : undefined
}

function isOver(row: Pick<SessionRow, 'cookie'>): boolean {
  const end = endOf(row)
  return end !== undefined && end <= Date.now()
}

/** How rows begin: JSON keeps the order of properties, and a session gets its cookie first. */
const COOKIE = '{"cookie":'

/** Where the cookie of such a row ends, so that a touch neither parses nor writes the data; -1 for other rows. */
function cookieEnd(text: string): number {
  if (!text.startsWith(`${COOKIE}{`)) return -1
  let isText = false
  for (let at = COOKIE.length + 1; at < text.length; at++) {
    const char = text[at]
    if (isText && char === '\\') at++
    else if (char === '"') isText = !isText
    else if (!isText && char === '{') return -1
    else if (!isText && char === '}') return at + 1
  }
  return -1
}

/** What is stored under an id, unless it has ended. */
function find(store: BaseMemoryStore, sid: string): SessionRow | undefined {
  const text = store.sessions[sid]
  if (!text) return undefined
  const row: SessionRow = JSON.parse(text)
  if (!isOver(row)) return row
  Reflect.deleteProperty(store.sessions, sid)
  return undefined
}

class BaseMemoryStore extends Store {
  /** JSON by session id. */
  sessions: Record<string, string> = Object.create(null)

  get(sid: string, callback: GetCallback): void {
    setImmediate(callback, null, find(this, sid))
  }

  set(sid: string, session: object, callback?: Callback): void {
    this.sessions[sid] = JSON.stringify(session)
    if (callback) setImmediate(callback)
  }

  destroy(sid: string, callback?: Callback): void {
    Reflect.deleteProperty(this.sessions, sid)
    if (callback) setImmediate(callback)
  }

  /** Moves the expiry of a stored session; its data stay as they are in the store. */
  touch(sid: string, session: { cookie?: unknown }, callback?: Callback): void {
    const text = this.sessions[sid]
    const end = text === undefined ? -1 : cookieEnd(text)
    if (text !== undefined && end !== -1 && !isOver({ cookie: JSON.parse(text.slice(COOKIE.length, end)) }))
      this.sessions[sid] = COOKIE + JSON.stringify(session.cookie) + text.slice(end)
    else {
      const row = find(this, sid)
      if (row) this.sessions[sid] = JSON.stringify({ ...row, cookie: session.cookie })
    }
    if (callback) setImmediate(callback)
  }

  /** Gives all living sessions by their ids. */
  all(callback?: AllCallback): void {
    const living: Record<string, SessionRow> = Object.create(null)
    for (const sid of Object.keys(this.sessions)) {
      const row = find(this, sid)
      if (row) living[sid] = row
    }
    if (callback) setImmediate(callback, null, living)
  }

  clear(callback?: Callback): void {
    this.sessions = Object.create(null)
    if (callback) setImmediate(callback)
  }

  /** Gives the number of living sessions. */
  length(callback: (error: unknown, count?: number) => void): void {
    this.all((_error, sessions) => callback(null, Object.keys(sessions).length))
  }
}

/**
 * Sessions in the memory of this process, for development: it never forgets a session that does not expire. For more
 * than that, `toExpressStore(new MemoryStore())` with the bounded `MemoryStore` of `sessmw`.
 */
export const MemoryStore = callable(BaseMemoryStore, (self) => {
  EventEmitter.call(self as EventEmitter)
  Object.assign(self, { sessions: Object.create(null) })
})
/** A store in the memory of this process. */
export type MemoryStore = BaseMemoryStore
