import { flashField, isReserved } from '../core/names.js'
import type { Owner } from '../core/owner.js'
import type { SessionRecord } from '../core/record.js'
import type { FullItem } from './subject.js'

const FLASH = flashField('')

/** Sessions of an app have few sets of names, so lists of many share them. */
const MAX_SHAPES = 1_000
const shapes = new Map<string, readonly string[]>()

/** A record as the inspector knows sessions. What lists do not need is worked out only when it is asked for. */
class CoreItem implements FullItem {
  readonly version: string
  readonly owner: Owner | null
  readonly createdAt: number
  readonly lastSeenAt: number
  readonly expiresAt: number
  readonly cookieMaxAgeMs: number | null
  readonly names: readonly string[]
  readonly bytes: number

  constructor(
    readonly key: string,
    readonly handle: string,
    readonly stored: SessionRecord,
  ) {
    this.version = String(stored.version)
    this.owner = stored.owner ?? null
    this.createdAt = stored.createdAt
    this.lastSeenAt = stored.lastSeenAt
    this.expiresAt = stored.expiresAt
    this.cookieMaxAgeMs = stored.cookie?.maxAge ?? null
    const { fields } = stored
    let bytes = 0
    for (const name in fields) bytes += Buffer.byteLength(name) + Buffer.byteLength(fields[name] as string)
    this.names = dataNames(fields)
    this.bytes = bytes
  }

  get fields(): Readonly<Record<string, string>> {
    return Object.fromEntries(Object.entries(this.stored.fields).filter(([name]) => !isReserved(name)))
  }

  get flash(): readonly string[] {
    const names = Object.keys(this.stored.fields)
    return names.flatMap((name) => (name.startsWith(FLASH) ? [name.slice(FLASH.length)] : []))
  }
}

function dataNames(fields: SessionRecord['fields']): readonly string[] {
  const all = Object.keys(fields)
  const shape = all.join('\n')
  const known = shapes.get(shape)
  if (known !== undefined) return known
  if (shapes.size >= MAX_SHAPES) shapes.clear()
  const names = all.filter((name) => !isReserved(name))
  shapes.set(shape, names)
  return names
}

/** A record as the inspector knows sessions. */
export function itemOf(key: string, handle: string, record: SessionRecord): FullItem {
  return new CoreItem(key, handle, record)
}
