import type { Answer } from '../answer.js'
import type { Call } from './call.js'
import { deleteSession, expireSession, patchSession, undoDelete } from './changes.js'
import { getClock, setClock } from './clock.js'
import { copyCookie } from './cookie.js'
import { getEvents } from './events.js'
import { exportAll } from './export.js'
import { getInfo } from './info.js'
import { getRequests } from './requests.js'
import { seed } from './seed.js'
import { getHistory, getSession, getSessions, reveal } from './sessions.js'
import { verifyCookie } from './verify.js'

/** What answers one method of one path. */
export interface Route {
  /** Whether it writes, which a read-only inspector refuses. */
  readonly writes: boolean
  answer(call: Call): Promise<Answer>
}

const reads = (answer: Route['answer']): Route => ({ writes: false, answer })
const writes = (answer: Route['answer']): Route => ({ writes: true, answer })

type Methods = Readonly<Record<string, Route>>

const PATHS: Readonly<Record<string, Methods>> = {
  info: { GET: reads(getInfo) },
  sessions: { GET: reads(getSessions) },
  requests: { GET: reads(getRequests) },
  verify: { POST: reads(verifyCookie) },
  clock: { GET: reads(getClock), PUT: writes(setClock) },
  seed: { POST: writes(seed) },
  export: { GET: reads(exportAll) },
  events: { GET: reads(getEvents) },
}

/** Below `sessions/HANDLE`. */
const OF_SESSION: Readonly<Record<string, Methods>> = {
  '': { GET: reads(getSession), PATCH: writes(patchSession), DELETE: writes(deleteSession) },
  '/undo': { POST: writes(undoDelete) },
  '/expire': { POST: writes(expireSession) },
  '/reveal': { POST: reads(reveal) },
  '/history': { GET: reads(getHistory) },
  '/cookie': { POST: writes(copyCookie) },
}

/** Nothing is decoded and nothing normalised: a path is one of these, letter by letter, or it is none. */
const SESSION_PATH = /^\/api\/v1\/sessions\/([A-Za-z0-9_-]{43})(\/[a-z]+)?$/
const PLAIN_PATH = /^\/api\/v1\/([a-z]+)$/

/** The routes of a path by method, and the handle in it; undefined when there is no such path. */
export function routesAt(path: string): { readonly methods: Methods; readonly handle: string } | undefined {
  const [, handle = '', rest = ''] = SESSION_PATH.exec(path) ?? []
  const [table, name] = handle === '' ? [PATHS, PLAIN_PATH.exec(path)?.[1] ?? ''] : [OF_SESSION, rest]
  const methods = Object.hasOwn(table, name) ? table[name] : undefined
  return methods && { methods, handle }
}
