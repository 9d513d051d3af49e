import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { RecordHeader, SessionRecord } from '../core/record.js'
import { type EnumerableStore, isEnumerable, type Store } from '../core/store.js'
import type { FakeClock } from './fake-clock.js'

/** What a case of the contract works with. */
export interface Kit {
  readonly store: Store
  readonly clock: FakeClock
}

/** A case before it is bound to a store. */
export interface CaseTemplate {
  readonly name: string
  readonly check: (kit: Kit) => Promise<void>
}

const DAY_MS = 86_400_000

/** A key as the core makes it: 43 characters of base64url, never the same twice. */
export function newKey(): string {
  return randomBytes(32).toString('base64url')
}

/** A record that was made now and expires in a day. */
export function newRecord(
  clock: FakeClock,
  fields: Record<string, string>,
  header: Partial<RecordHeader> = {},
): SessionRecord {
  const now = clock()
  return { version: 1, createdAt: now, lastSeenAt: now, expiresAt: now + DAY_MS, ...header, fields }
}

/** Puts a new record into the store and answers with its key and a copy that the store has never seen. */
export async function stored(
  { store, clock }: Kit,
  fields: Record<string, string> = { n: '1' },
  header: Partial<RecordHeader> = {},
): Promise<{ key: string; record: SessionRecord }> {
  const key = newKey()
  const record = newRecord(clock, fields, header)
  await store.create(key, structuredClone(record))
  return { key, record }
}

/** The record under this key, which must be there. */
export async function mustRead(store: Store, key: string): Promise<SessionRecord> {
  const record = await store.read(key)
  assert.ok(record !== null && record !== 'corrupt', `read() answered ${record} for a record that was stored`)
  return record
}

/** That the store holds exactly this record under the key. */
export async function holds(store: Store, key: string, record: SessionRecord): Promise<void> {
  const { fields, ...header } = await mustRead(store, key)
  const { fields: expected, ...expectedHeader } = record
  assert.deepEqual({ ...fields }, { ...expected })
  assert.deepEqual(present(header), present(expectedHeader))
}

/** That the store has nothing under the key. */
export async function lacks(store: Store, key: string): Promise<void> {
  assert.equal(await store.read(key), null, 'a record is there that must not be')
}

/** That a call rejects with a `SessmwError` of this code, and does not throw instead. */
export async function rejectsWith(code: string, call: () => Promise<unknown>): Promise<void> {
  await assert.rejects(promised(call), { code })
}

/** A call's promise; a call that throws at once breaks the contract. */
export function promised<T>(call: () => Promise<T>): Promise<T> {
  try {
    return call()
  } catch (cause) {
    throw new assert.AssertionError({ message: `The store threw instead of rejecting: ${cause}` })
  }
}

/** A case that applies only to stores that can list what they hold. */
export function listing(
  name: string,
  check: (store: EnumerableStore, kit: Kit) => Promise<void>,
): CaseTemplate {
  return { name, check: async (kit) => (isEnumerable(kit.store) ? check(kit.store, kit) : undefined) }
}

/** As many results of `make` as `count` says, all under way at once. */
export function atOnce<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => make(index)))
}

function present(header: RecordHeader): Record<string, unknown> {
  return Object.fromEntries(Object.entries(header).filter(([, value]) => value !== undefined))
}
