import assert from 'node:assert/strict'
import { cookieOf, Lane, type Subject, type Use } from './exchange.js'

/** One row of the table: what a request brings, and what its handler does. */
export interface Workload {
  readonly id: string
  readonly title: string
  /** Size of the stored session, as JSON. */
  readonly bytes: number
  readonly writes: boolean
  /** Made once, from the cookie of the stored session. */
  cookie(valid: string): string | undefined
  /** Whether each request leaves a session behind, so that no subject is used for long. */
  readonly grows?: boolean
  readonly use: Use
  /** Fails unless the subject does what the row says. */
  check(subject: Subject, valid: string): Promise<void>
}

const lane = new Lane()
const KB = 1024
const FIELDS = 10
let written = 0

const nothing: Use = () => {}
const read: Use = ({ session }) => {
  if (typeof session?.field3 !== 'string') throw new Error('the session was not loaded')
}
const write: Use = ({ session }) => {
  if (session) session.counter = ++written
}

/** Session data of about so many bytes as JSON, in ten fields. */
export function dataOf(bytes: number): Record<string, unknown> {
  const each = Math.floor(bytes / FIELDS) - '"field0":"",'.length
  return Object.fromEntries(Array.from({ length: FIELDS }, (_, index) => [`field${index}`, 'x'.repeat(each)]))
}

/** Stores a session and answers with its cookie. */
export async function seed(subject: Subject, bytes: number): Promise<string> {
  const data = dataOf(bytes)
  const response = await lane.exchange(subject.seeder ?? subject, undefined, ({ session }) =>
    Object.assign(session ?? {}, data),
  )
  const cookie = cookieOf(response)
  assert(cookie !== undefined, `${subject.name}: a stored session sets a cookie`)
  return cookie
}

/** The same cookie under a signature that differs in one letter. */
export function forge(cookie: string): string {
  let at = cookie.length - 5
  while (!/^[^%][^%][A-Za-z0-9]/.test(cookie.slice(at - 2))) at--
  return cookie.slice(0, at) + (cookie[at] === 'A' ? 'B' : 'A') + cookie.slice(at + 1)
}

async function look(subject: Subject, cookie: string | undefined, key: string): Promise<unknown> {
  let value: unknown
  await lane.exchange(subject, cookie, ({ session }) => {
    value = session?.[key]
  })
  return value
}

async function setsCookie(
  subject: Subject,
  cookie: string | undefined,
  use: Use,
): Promise<string | undefined> {
  return cookieOf(await lane.exchange(subject, cookie, use))
}

const noCookie: Workload = {
  id: 'a',
  title: 'no cookie',
  bytes: KB,
  writes: false,
  cookie: () => undefined,
  use: nothing,
  async check(subject) {
    assert.equal(await setsCookie(subject, undefined, nothing), undefined)
  },
}

const readOne: Workload = {
  id: 'b',
  title: 'read one key',
  bytes: KB,
  writes: false,
  cookie: (valid) => valid,
  use: read,
  async check(subject, valid) {
    assert.equal(await look(subject, valid, 'field3'), dataOf(this.bytes).field3)
  },
}

const untouched: Workload = {
  ...readOne,
  id: 'c',
  title: 'valid cookie, session not used',
  use: nothing,
  async check(subject, valid) {
    assert.equal(await setsCookie(subject, valid, nothing), undefined)
  },
}

const writeOne: Workload = {
  ...readOne,
  id: 'd',
  title: 'write one key',
  writes: true,
  use: write,
  async check(subject, valid) {
    const cookie = (await setsCookie(subject, valid, write)) ?? valid
    assert.equal(await look(subject, cookie, 'counter'), written)
    assert.equal(await look(subject, cookie, 'field3'), dataOf(this.bytes).field3)
  },
}

const forged: Workload = {
  ...noCookie,
  id: 'e',
  title: 'forged cookie',
  cookie: forge,
  async check(subject, valid) {
    assert.equal(await look(subject, forge(valid), 'field3'), undefined)
    assert.equal(await look(subject, valid, 'field3'), dataOf(this.bytes).field3)
  },
}

const firstVisit: Workload = {
  ...noCookie,
  id: 'f',
  title: 'first visit, writes',
  writes: true,
  grows: true,
  use: write,
  async check(subject) {
    const cookie = await setsCookie(subject, undefined, write)
    assert.equal(await look(subject, cookie, 'counter'), written)
  },
}

const large = (workload: Workload): Workload => ({ ...workload, bytes: 16 * KB })

export const WORKLOADS: readonly Workload[] = [
  noCookie,
  readOne,
  untouched,
  writeOne,
  forged,
  firstVisit,
  large(readOne),
  large(writeOne),
]

/** What a workload is called in a list that holds all of them. */
export const nameOf = ({ id, bytes }: Workload): string => `${id}, ${bytes / KB} KB`
