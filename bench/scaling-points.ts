import assert from 'node:assert/strict'
import { cookieOf, Lane, type Subject, type Use } from './exchange.js'
import { expressSession } from './subjects/express.js'
import { ours, sessmw } from './subjects/ours.js'
import { dataOf } from './workloads.js'

/** What is measured at one point: a request for each cookie is in flight at a time. */
export interface Point {
  readonly subject: Subject
  readonly cookies: readonly string[]
  readonly use: Use
}

/** Something that grows, and the points at which it is measured. */
export interface Dimension {
  readonly name: string
  readonly points: readonly number[]
  prepare(subject: Subject, point: number): Promise<Point>
}

export const SUBJECTS: Readonly<Record<string, () => Subject>> = {
  sessmw: () => ours(new sessmw.MemoryStore({ maxBytes: Number.MAX_SAFE_INTEGER })),
  'express-session': expressSession,
}

const lane = new Lane()
const KB = 1024

const read: Use = ({ session }) => assert(session?.field3 !== undefined)
let written = 0
const write: Use = ({ session }) => {
  if (session) session.counter = ++written
}
/** Another text of the same length, in the field that `dataOf` has filled. */
const rewrite: Use = ({ session }) => {
  if (session) session.field3 = String(++written % 10) + String(session.field3).slice(1)
}

async function seed(subject: Subject, data: object): Promise<string> {
  const response = await lane.exchange(subject, undefined, ({ session }) =>
    Object.assign(session ?? {}, data),
  )
  const cookie = cookieOf(response)
  assert(cookie !== undefined)
  return cookie
}

async function seedMany(subject: Subject, count: number): Promise<string[]> {
  const cookies: string[] = []
  for (let n = 0; n < count; n++) cookies.push(await seed(subject, dataOf(KB)))
  return cookies
}

function bySize(name: string, use: Use): Dimension {
  return {
    name,
    points: [0.25, 1, 4, 16, 60],
    prepare: async (subject, size) => ({ subject, cookies: [await seed(subject, dataOf(size * KB))], use }),
  }
}

function byKeys(name: string, use: Use): Dimension {
  return {
    name,
    points: [10, 50, 200, 1000],
    async prepare(subject, keys) {
      const names = Array.from({ length: keys }, (_, index) => `field${index}`)
      const data = Object.fromEntries(names.map((name) => [name, 'x'.repeat(20)]))
      return { subject, cookies: [await seed(subject, data)], use }
    },
  }
}

const bySessions: Dimension = {
  name: 'sessions in the store, read one key',
  points: [100, 1000, 10_000, 50_000],
  async prepare(subject, count) {
    const cookies = await seedMany(subject, count)
    // One after the other, as far from each other as there are sessions.
    let turn = 0
    const spread: Subject = {
      name: subject.name,
      handle(request, response) {
        turn = (turn + 7919) % count
        request.headers.cookie = cookies[turn] ?? ''
        subject.handle(request, response)
      },
    }
    return { subject: spread, cookies: cookies.slice(0, 1), use: read }
  },
}

const byCookies: Dimension = {
  name: 'other cookies in the header, read one key',
  points: [1, 4, 16, 64, 150],
  async prepare(subject, count) {
    const cookie = await seed(subject, dataOf(KB))
    const others = Array.from({ length: count }, (_, index) => `other${index}=${'v'.repeat(20)}`)
    return { subject, cookies: [[...others, cookie].join('; ')], use: read }
  },
}

const byInFlight: Dimension = {
  name: 'requests in flight, write one key',
  points: [1, 4, 16, 64, 256],
  prepare: async (subject, count) => ({ subject, cookies: await seedMany(subject, count), use: write }),
}

export const DIMENSIONS: readonly Dimension[] = [
  bySize('KB of the session, read one of ten keys', read),
  bySize('KB of the session, write a small key', write),
  bySize('KB of the session, rewrite one of ten keys', rewrite),
  byKeys('keys of 20 bytes, read one', read),
  byKeys('keys of 20 bytes, write a small one', write),
  bySessions,
  byCookies,
  byInFlight,
]
