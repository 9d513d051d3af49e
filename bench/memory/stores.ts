import { createHash } from 'node:crypto'
import type { SessionRecord } from '../../src/index.js'
import { type ExpressStore, memorystore, session } from '../subjects/express.js'
import { sessmw } from '../subjects/ours.js'

/** A store as the benchmark of memory drives it; sessions are numbered. */
export interface BenchStore {
  /** Whether it lets sessions go when it holds as many as it may. */
  readonly isBounded: boolean
  insert(n: number): Promise<unknown>
  /** Rejects when the session is not there. */
  read(n: number): Promise<unknown>
  /** Removes what has expired. */
  sweep(): unknown
  count(): number | Promise<number>
}

const FIELDS = 10
const FIELD_BYTES = 90
const DAY = 24 * 60 * 60 * 1000

const idOf = (n: number): string => createHash('sha256').update(String(n)).digest('base64url')

/** A text of its own for each session: equal ones could be shared. */
const textOf = (n: number, field: number): string => `${n}:${field}:`.padEnd(FIELD_BYTES, 'x')

function dataOf(n: number): Record<string, string> {
  const data: Record<string, string> = {}
  for (let field = 0; field < FIELDS; field++) data[`field${field}`] = textOf(n, field)
  return data
}

function recordOf(n: number): SessionRecord {
  const now = Date.now()
  const fields: Record<string, string> = {}
  for (const [name, value] of Object.entries(dataOf(n))) fields[name] = JSON.stringify(value)
  return { version: 1, createdAt: now, lastSeenAt: now, expiresAt: now + DAY, fields }
}

function ours(count: number): BenchStore {
  const store = new sessmw.MemoryStore({ maxSessions: count, maxBytes: Number.MAX_SAFE_INTEGER })
  return {
    isBounded: true,
    insert: (n) => store.create(idOf(n), recordOf(n)),
    read: async (n) => present(await store.read(idOf(n))),
    sweep: () => store.sweep(),
    count: () => store.count(),
  }
}

function express(store: ExpressStore, isBounded: boolean): BenchStore {
  const ask = <Value>(call: (callback: (error?: unknown, value?: Value) => void) => void) =>
    new Promise<Value | undefined>((resolve, reject) => {
      call((error, value) => (error ? reject(error) : resolve(value)))
    })
  const all = (): Promise<object | undefined> => ask((callback) => store.all(callback as never))
  return {
    isBounded,
    insert: (n) => ask((callback) => store.set(idOf(n), { cookie: cookieOf(), ...dataOf(n) }, callback)),
    read: async (n) => present(await ask((callback) => store.get(idOf(n), callback as never))),
    sweep: async () => (store.prune === undefined ? await all() : store.prune()),
    count: async () => Object.keys((await all()) ?? {}).length,
  }
}

const cookieOf = (): object => ({
  originalMaxAge: DAY,
  expires: new Date(Date.now() + DAY).toISOString(),
  httpOnly: true,
  path: '/',
})

/** JSON texts in a Map, the oldest of which go when there are too many. */
function plainMap(count: number): BenchStore {
  const rows = new Map<string, { text: string; expiresAt: number }>()
  return {
    isBounded: true,
    async insert(n) {
      rows.set(idOf(n), { text: JSON.stringify(dataOf(n)), expiresAt: Date.now() + DAY })
      for (const oldest of rows.keys()) {
        if (rows.size <= count) break
        rows.delete(oldest)
      }
    },
    read: async (n) => JSON.parse(present(rows.get(idOf(n))).text),
    sweep() {
      for (const [id, { expiresAt }] of rows) if (expiresAt <= Date.now()) rows.delete(id)
    },
    count: () => rows.size,
  }
}

function present<Value>(value: Value | null | undefined): Value {
  if (value === null || value === undefined) throw new Error('the session is not there')
  return value
}

/** How to make each for so many sessions. */
export const stores: Readonly<Record<string, (count: number) => BenchStore>> = {
  'sessmw MemoryStore': ours,
  'express-session MemoryStore': () => express(new session.MemoryStore(), false),
  memorystore: (count) => express(new (memorystore(session))({ max: count }), true),
  Map: plainMap,
}
