import type { Owner } from '../core/owner.js'
import type { SessionRecord } from '../core/record.js'

/** No slot: there is no such record. */
export const NONE = -1

/** The two lists that every record is in one of, from the one seen longest ago to the newest; 0 and 1 are their ends. */
const ANONYMOUS = 0
const OWNED = 1

/** The first slot that can hold a record; the last one is before `end`. */
export const FIRST_SLOT = 2

/** One large Map stops the process for more than 100 ms when it grows or shrinks at a million keys; 64 small ones do not. */
const SHARDS = 64

/** About what one session takes in memory beside its key and fields, and one field beside its name and text. */
const RECORD_BYTES = 250
const FIELD_BYTES = 24

const WIDE = /[\u0100-\uffff]/

/** The engine keeps text in one byte per character where all of them fit, otherwise in two. */
const bytesOf = (text: string): number => (WIDE.test(text) ? text.length * 2 : text.length)

const fieldSize = (name: string, text: string): number => FIELD_BYTES + bytesOf(name) + bytesOf(text)

function sizeOf(key: string, { owner = '', fields }: SessionRecord): number {
  let bytes = RECORD_BYTES + key.length + bytesOf(owner)
  // Unlike Object.keys, it makes no garbage, of which a sweep of a million records would make much.
  for (const name in fields) if (Object.hasOwn(fields, name)) bytes += fieldSize(name, fields[name] ?? '')
  return bytes
}

const fieldSizeIn = (fields: SessionRecord['fields'], name: string): number =>
  Object.hasOwn(fields, name) ? fieldSize(name, fields[name] ?? '') : 0

/** By how much a record has grown, of which only these fields may differ. */
function growth(old: SessionRecord, record: SessionRecord, names: Iterable<string>): number {
  let bytes = bytesOf(record.owner ?? '') - bytesOf(old.owner ?? '')
  for (const name of names) bytes += fieldSizeIn(record.fields, name) - fieldSizeIn(old.fields, name)
  return bytes
}

const at = (list: Int32Array, slot: number): number => list[slot] ?? NONE

/**
 * Records by key, each in a numbered slot, with what eviction, sweeps and owners need beside them: the order in which
 * they were last seen, when they expire, how many bytes they take. Parallel arrays take half the memory of one more
 * object per record, and let a sweep look at a million of them in milliseconds. Every operation takes constant time.
 */
export class Slots {
  readonly #owners = new Map<Owner, Set<string>>()
  readonly #shards = Array.from({ length: SHARDS }, () => new Map<string, number>())
  readonly #keys: string[] = ['', '']
  readonly #records: (SessionRecord | undefined)[] = [undefined, undefined]
  #expiresAt = new Float64Array(64).fill(Number.POSITIVE_INFINITY)
  #newer = new Int32Array(64)
  #older = new Int32Array(64)
  #free = NONE
  #count = 0
  #bytes = 0

  constructor() {
    for (const end of [ANONYMOUS, OWNED]) {
      this.#newer[end] = end
      this.#older[end] = end
    }
  }

  /** How many records there are. */
  get count(): number {
    return this.#count
  }

  /** About how many bytes of memory they take. */
  get bytes(): number {
    return this.#bytes
  }

  /** One past the last slot that was ever in use. */
  get end(): number {
    return this.#records.length
  }

  /** The slot of a key, or NONE; also for what is no text, since keys come from outside. */
  find(key: string): number {
    return typeof key === 'string' ? (this.#shardOf(key)?.get(key) ?? NONE) : NONE
  }

  /** The key in this slot. */
  keyAt(slot: number): string {
    return this.#keys[slot] ?? ''
  }

  /** The record in this slot; undefined when it is empty. */
  recordAt(slot: number): SessionRecord | undefined {
    return this.#records[slot]
  }

  /** When the record in this slot expires; infinity when the slot is empty. */
  expiryAt(slot: number): number {
    return this.#expiresAt[slot] ?? Number.POSITIVE_INFINITY
  }

  /** A copy of the keys of this owner's records. */
  ownedBy(owner: Owner): string[] {
    return [...(this.#owners.get(owner) ?? [])]
  }

  /** Puts a record under a key that is not there yet; answers with its slot. */
  add(key: string, record: SessionRecord): number {
    const slot = this.#take()
    this.#keys[slot] = key
    this.#shardOf(key)?.set(key, slot)
    this.#count += 1
    this.#bytes += sizeOf(key, record)
    this.#claim(record.owner, key)
    this.#place(slot, record)
    return slot
  }

  /**
   * Puts a new record in place of the one in this slot, which makes it the newest.
   *
   * @param names The fields in which they may differ, each once.
   */
  replace(slot: number, old: SessionRecord, record: SessionRecord, names: Iterable<string>): void {
    const key = this.keyAt(slot)
    this.#bytes += growth(old, record, names)
    if (record.owner !== old.owner) {
      this.#disclaim(old.owner, key)
      this.#claim(record.owner, key)
    }
    this.#unlink(slot)
    this.#place(slot, record)
  }

  /** Empties a slot. */
  remove(slot: number): void {
    const record = this.#records[slot]
    if (record === undefined) return
    const key = this.keyAt(slot)
    this.#disclaim(record.owner, key)
    this.#shardOf(key)?.delete(key)
    this.#count -= 1
    this.#bytes -= sizeOf(key, record)
    this.#unlink(slot)
    this.#records[slot] = undefined
    this.#keys[slot] = ''
    this.#expiresAt[slot] = Number.POSITIVE_INFINITY
    this.#newer[slot] = this.#free
    this.#free = slot
  }

  /** The slot that was seen longest ago, those without an owner first, never `except`; NONE when there is no other. */
  oldest(except: number): number {
    for (const end of [ANONYMOUS, OWNED]) {
      const first = at(this.#newer, end)
      const slot = first === except ? at(this.#newer, first) : first
      if (slot !== end) return slot
    }
    return NONE
  }

  /** Store keys are hashes, so any character tells shards apart; the middle one does so behind a common prefix too. */
  #shardOf(key: string): Map<string, number> | undefined {
    return this.#shards[key.charCodeAt(key.length >> 1) % SHARDS]
  }

  #claim(owner: Owner | undefined, key: string): void {
    if (owner === undefined) return
    const keys = this.#owners.get(owner)
    if (keys === undefined) this.#owners.set(owner, new Set([key]))
    else keys.add(key)
  }

  #disclaim(owner: Owner | undefined, key: string): void {
    if (owner === undefined) return
    const keys = this.#owners.get(owner)
    if (keys?.delete(key) && keys.size === 0) this.#owners.delete(owner)
  }

  #take(): number {
    const slot = this.#free
    if (slot !== NONE) {
      this.#free = at(this.#newer, slot)
      return slot
    }
    const added = this.#records.push(undefined) - 1
    if (added === this.#newer.length) this.#grow()
    return added
  }

  #grow(): void {
    const length = this.#newer.length * 2
    const newer = new Int32Array(length)
    const older = new Int32Array(length)
    const expiresAt = new Float64Array(length).fill(Number.POSITIVE_INFINITY, this.#newer.length)
    newer.set(this.#newer)
    older.set(this.#older)
    expiresAt.set(this.#expiresAt)
    this.#newer = newer
    this.#older = older
    this.#expiresAt = expiresAt
  }

  #place(slot: number, record: SessionRecord): void {
    this.#records[slot] = record
    this.#expiresAt[slot] = record.expiresAt
    const end = record.owner === undefined ? ANONYMOUS : OWNED
    const newest = at(this.#older, end)
    this.#older[slot] = newest
    this.#newer[slot] = end
    this.#newer[newest] = slot
    this.#older[end] = slot
  }

  #unlink(slot: number): void {
    const older = at(this.#older, slot)
    const newer = at(this.#newer, slot)
    this.#newer[older] = newer
    this.#older[newer] = older
  }
}
