import { isReserved } from '../core/names.js'
import type { Sessions } from '../core/sessions.js'
import { type ErrorCode, isSessmwError, SessmwError } from '../errors.js'

/** A session to begin with. */
export interface Seed {
  readonly data: Readonly<Record<string, unknown>>
  readonly owner?: string
  /** Where it was read, for messages about it; left out for one that is made up. */
  readonly from?: string
}

/** As the inspector takes at once. */
const MAX_SEEDS = 1_000

/** What is wrong with the data rather than with sessmw or the store. */
const DATA_ERRORS: readonly ErrorCode[] = ['bad-key', 'unstorable-value', 'session-too-large']

const PEOPLE = ['ada', 'grace', 'linus', 'margaret', 'alan', 'barbara']
const ITEMS = ['apple', 'bread', 'cheese', 'dates', 'eggs']

/** Made-up sessions with the data of the demo; every third is nobody's. */
export function madeUpSeeds(count: number): Seed[] {
  return Array.from({ length: count }, (_, n) => {
    const owner = n % 3 === 2 ? undefined : PEOPLE[n % PEOPLE.length]
    const data = { test_counter: n + 1, cart: ITEMS.slice(0, n % (ITEMS.length + 1)) }
    return { data, ...(owner !== undefined && { owner }) }
  })
}

/**
 * Reads sessions from JSON: a list of `{data, owner}`, as `sessions` of the dump is one.
 *
 * @param file The name that errors give to it.
 * @throws SessmwError `usage`
 */
export function parseSeeds(text: string, file: string): Seed[] {
  const list = listIn(text, file)
  if (list === undefined || list.length > MAX_SEEDS || !list.every(isSeed)) {
    const form = `[{"data": {"cart": []}, "owner": "ada"}], ${MAX_SEEDS} at most`
    throw new SessmwError('usage', `${file} of --seed holds no list of sessions. It looks like ${form}.`)
  }
  return list.map(({ data, owner }, index) => {
    const from = `${file}, session ${index + 1}`
    const reserved = Object.keys(data).find(isReserved)
    if (reserved !== undefined)
      throw new SessmwError('usage', `${from}: "${reserved}" cannot be a data key, for it is reserved.`)
    return { data, from, ...(typeof owner === 'string' && { owner }) }
  })
}

/** A number of seeds within the limits. @throws SessmwError `usage` */
export function seedCount(text: string): number {
  const count = Number(text)
  if (count >= 1 && count <= MAX_SEEDS) return count
  throw new SessmwError('usage', `--seed takes a number from 1 to ${MAX_SEEDS}, or a file.`)
}

/**
 * Makes the sessions, through the front door.
 *
 * Rejects with `usage` for data that cannot be stored, else with what storing them rejects with.
 */
export async function plantSeeds(sessions: Nursery, seeds: readonly Seed[]): Promise<void> {
  for (const seed of seeds) {
    await plant(sessions, seed).catch((error: unknown) => {
      const isOfData = isSessmwError(error) && DATA_ERRORS.includes(error.code)
      throw isOfData
        ? new SessmwError('usage', `${seed.from ?? '--seed'}: ${error.message}`, { cause: error })
        : error
    })
  }
}

type Nursery = Pick<Sessions<Record<string, unknown>>, 'open' | 'commit'>

async function plant(sessions: Nursery, { data, owner }: Seed): Promise<void> {
  const session = await sessions.open()
  Object.assign(session.data, data)
  if (owner !== undefined) await session.login(owner, { keep: Object.keys(data) })
  await sessions.commit(session)
}

function listIn(text: string, file: string): unknown[] | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new SessmwError('usage', `${file} of --seed is no JSON.`, { cause: error })
  }
  const list = typeof value === 'object' && value !== null && 'sessions' in value ? value.sessions : value
  return Array.isArray(list) ? list : undefined
}

function isSeed(value: unknown): value is { data: Record<string, unknown>; owner?: unknown } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'data' in value &&
    typeof value.data === 'object' &&
    value.data !== null &&
    !Array.isArray(value.data)
  )
}
