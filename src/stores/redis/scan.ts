import type { PageOptions, StoreContext } from '../../core/store.js'
import { badCursor } from '../store-rules.js'
import type { Node } from './clients.js'
import { type Connection, refuseAborted } from './connection.js'
import { COUNT_STEP } from './scripts.js'

/** How many keys one SCAN passes at most: some milliseconds of the server's time. */
const MOST = 5_000

/** Where a scan goes on: on which node (null after the last one), from where, and with keys that were found already. */
type Position = readonly [node: string | null, from: string, ...found: string[]]

/** Keys that were found, and where there are more. */
export interface Keys {
  readonly keys: string[]
  readonly cursor?: string
}

/** Finds the keys that begin with a text, on all nodes, in steps that leave the servers time for others. */
export class Scan {
  readonly #start: string
  readonly #pattern: string

  constructor(start: string) {
    this.#start = start
    this.#pattern = `${start.replace(/[\\*?[\]]/g, '\\$&')}*`
  }

  /** All keys, a part at a time: about `count` each, perhaps none. */
  async *parts(redis: Connection, count: number, context?: StoreContext): AsyncGenerator<string[]> {
    for (const node of await redis.nodes(context)) {
      let from = '0'
      do {
        refuseAborted(context)
        const step = await this.#step(node, from, count)
        from = step.from
        yield step.keys
      } while (from !== '0')
    }
  }

  /** How many there are, counted where they are: a million keys would take seconds to send. */
  async count(redis: Connection, step: number, context?: StoreContext): Promise<number> {
    let count = 0
    for (const node of await redis.nodes(context)) {
      let from = '0'
      do {
        refuseAborted(context)
        const reply = await node.send(['EVAL', COUNT_STEP.lua, '0', from, this.#pattern, `${step}`])
        const [next, found] = reply as [string, number]
        from = String(next)
        count += found
      } while (from !== '0')
    }
    return count
  }

  /** At most `limit` keys from where the cursor says. Rejects with `bad-option` for a cursor that is not of these nodes. */
  async page(redis: Connection, options: PageOptions, context?: StoreContext): Promise<Keys> {
    const { limit, cursor } = options
    const nodes = await redis.nodes(context)
    const [name, start, ...keys] = cursor === undefined ? FIRST : this.#parse(cursor)
    let at = name === null ? nodes.length : nodes.findIndex((node) => name === FIRST[0] || node.name === name)
    if (at < 0) throw badCursor()
    let from = start
    let count = limit - keys.length
    for (let node = nodes[at]; node !== undefined && keys.length < limit; node = nodes[at]) {
      refuseAborted(context)
      const step = await this.#step(node, from, count)
      keys.push(...step.keys)
      // Among keys that are not ours the steps grow, and they shrink again where ours are.
      count = step.keys.length === 0 ? Math.min(count * 2, MOST) : Math.max(limit - keys.length, 1)
      from = step.from
      if (from === '0') at += 1
    }
    const found = keys.splice(limit)
    if (at === nodes.length && found.length === 0) return { keys }
    return { keys, cursor: format([nodes[at]?.name ?? null, from, ...found]) }
  }

  /** Whoever makes up a cursor gets no other keys by it. */
  #parse(cursor: string): Position {
    try {
      const position: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
      if (isPosition(position, this.#start)) return position
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause
    }
    throw badCursor()
  }

  /** A step may give a key twice; within one of them that is mended. */
  async #step(node: Node, from: string, count: number): Promise<{ from: string; keys: string[] }> {
    const reply = await node.send(['SCAN', from, 'MATCH', this.#pattern, 'COUNT', `${count}`])
    const [next, keys] = reply as [string, string[]]
    return { from: String(next), keys: [...new Set(keys)] }
  }
}

/** On whichever node is the first. */
const FIRST: Position = ['', '0']

const format = (position: Position): string => Buffer.from(JSON.stringify(position)).toString('base64url')

function isPosition(value: unknown, start: string): value is Position {
  if (!Array.isArray(value) || value.length < 2) return false
  const [node, from, ...found] = value
  if (node !== null && typeof node !== 'string') return false
  return /^\d{1,20}$/.test(from) && found.every((key) => typeof key === 'string' && key.startsWith(start))
}
