// Random interleavings that can be replayed: every store call stops at a gate, and a seeded generator says which goes on.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Store } from '../../src/index.js'

/** mulberry32: small, fast, and the same everywhere. */
export class Random {
  private state: number

  constructor(readonly seed: number) {
    this.state = seed >>> 0
  }

  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let t = this.state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }

  /** A whole number from 0 to below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end)
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }
}

const GATED = new Set(['create', 'read', 'update', 'touch', 'delete', 'findByOwner', 'deleteByOwner'])

/** Gates that open one at a time, in the order that the seed says. */
export class Scheduler {
  private readonly waiting: (() => void)[] = []
  /** Called when a write finds no row, in the context of its request. */
  onMissing: () => void = () => undefined

  constructor(private readonly random: Random) {}

  /** Stops the caller until it is its turn. */
  gate(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve))
  }

  /** A store whose every call stops before it acts, and again before its answer is seen. */
  gated<S extends Store>(store: S): S {
    return new Proxy(store, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        if (!GATED.has(String(name))) return member.bind(target)
        return async (...args: unknown[]) => {
          await this.gate()
          const answer: unknown = await Reflect.apply(member, target, args)
          await this.gate()
          if (answer === 'missing' || (name === 'touch' && answer === false)) this.onMissing()
          return answer
        }
      },
    })
  }

  /** Opens gates until all work is done. */
  async run(work: readonly Promise<unknown>[]): Promise<void> {
    let done = false
    const all = Promise.all(work).finally(() => {
      done = true
    })
    // Whoever awaits `all` below hears of a failure; until then it is only being waited for.
    all.catch(() => undefined)
    for (let idle = 0; !done; ) {
      await settled()
      if (this.waiting.length === 0) {
        if (done) break
        idle += 1
        if (idle > 1000) throw new Error('nothing moves any more: a deadlock')
        await nextTurn()
        continue
      }
      idle = 0
      const [open] = this.waiting.splice(this.random.below(this.waiting.length), 1)
      open?.()
    }
    await all
  }
}

/** Lets every promise that can settle do so; far cheaper than a turn of the event loop. */
async function settled(): Promise<void> {
  for (let n = 0; n < 30; n++) await undefined
}

/** Whether an error is one that a request may meet when its session was ended by another. */
export function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'session-gone'
}

/** The seeds of one run; `INTERLEAVING_SEED` replays a single one. */
export function seeds(count: number): number[] {
  const replay = process.env.INTERLEAVING_SEED
  if (replay !== undefined) return [Number(replay)]
  const start = process.env.CI ? 1 : Date.now() % 1_000_000_000
  return Array.from({ length: count }, (_, n) => start + n)
}

/**
 * Runs the check for every seed; the error of a failure names its seed.
 *
 * @param known Seeds that have found a fault before.
 */
export async function forSeeds(
  count: number,
  check: (random: Random) => Promise<void>,
  known: readonly number[] = [],
): Promise<void> {
  for (const seed of [...known, ...seeds(count)]) {
    try {
      await check(new Random(seed))
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      throw new Error(`INTERLEAVING_SEED=${seed} replays it: ${message}`, { cause: error })
    }
  }
}
