import type { MaskRules } from './mask.js'
import { badQuery } from './search-error.js'
import { valueTest } from './search-values.js'
import { type Word, wordsOf } from './search-words.js'
import type { FullItem, Item, State } from './subject.js'

/** What a search knows besides the sessions. */
export interface SearchFacts {
  readonly now: number
  readonly rules: MaskRules
  stateOf(item: Item): State
  /** Handles of sessions with a request to a path that begins so. */
  handlesAt(path: string): ReadonlySet<string>
}

/** A query, ready to be asked of many sessions. */
export interface Search {
  /** Whether ended sessions are meant. */
  readonly wantsExpired: boolean
  matches(item: Item): boolean
  /** Undefined when `matches` says all; else it is asked too, of sessions with their values. */
  readonly matchesValues: ((item: FullItem) => boolean) | undefined
}

type Test = (item: Item) => boolean

/** @throws CallError `bad-query` */
export function searchFor(query: string, facts: SearchFacts): Search {
  const tests: Test[] = []
  const valueTests: ((item: FullItem) => boolean)[] = []
  let wantsExpired = false
  for (const word of wordsOf(query)) {
    const test = testOf(word, facts)
    if (test === undefined) {
      const byValue = valueTest(word, facts.rules)
      valueTests.push(word.isNegated ? (item) => !byValue(item) : byValue)
    } else tests.push(word.isNegated ? (item) => !test(item) : test)
    if (word.name === 'is' && word.value === 'expired' && !word.isNegated) wantsExpired = true
  }
  return {
    wantsExpired,
    matches: (item) => tests.every((test) => test(item)),
    matchesValues: valueTests.length === 0 ? undefined : (item) => valueTests.every((test) => test(item)),
  }
}

const IS: Readonly<Record<string, (item: Item, facts: SearchFacts) => boolean>> = {
  'signed-in': ({ owner }) => owner !== null,
  anonymous: ({ owner }) => owner === null,
  expired: (item, { stateOf }) => stateOf(item).startsWith('expired'),
  expiring: isExpiring,
  new: ({ createdAt }, { now }) => createdAt !== null && now - createdAt < 60_000,
}

/** Whether a fifth of a session's time or less is left. */
function isExpiring(item: Item, { now, stateOf }: SearchFacts): boolean {
  const { expiresAt, lastSeenAt } = item
  if (expiresAt === null || stateOf(item) !== 'alive') return false
  return expiresAt - now <= (expiresAt - (lastSeenAt ?? expiresAt - 3_600_000)) / 5
}

/** The test of `is:` words, which filters of lists are too; undefined for a word that is none. */
export function isTest(word: string, facts: SearchFacts): Test | undefined {
  const test = Object.hasOwn(IS, word) ? IS[word] : undefined
  return test && ((item) => test(item, facts))
}

/** Undefined for a word that is about a value of the data. */
function testOf(word: Word, facts: SearchFacts): Test | undefined {
  const { name, operator } = word
  const value = word.value.toLowerCase()
  if (name === undefined) return bareTest(word.value, value)
  if (operator !== ':') return numberTest(word, facts.now)
  switch (name.toLowerCase()) {
    case 'user':
    case 'owner':
      return ({ owner }) => owner?.toLowerCase() === value
    case 'has':
      return ({ names }) => names.some((key) => key.toLowerCase() === value)
    case 'path': {
      const handles = facts.handlesAt(word.value)
      return ({ handle }) => handles.has(handle)
    }
    case 'is':
      return isTest(value, facts) ?? refuseIs(value)
    default:
      return undefined
  }
}

function refuseIs(value: string): never {
  throw badQuery(`There is no is:${value.slice(0, 40)}. Known: ${Object.keys(IS).join(', ')}.`)
}

function bareTest(handleStart: string, text: string): Test {
  return ({ handle, owner, names }) =>
    handle.startsWith(handleStart) ||
    owner?.toLowerCase().includes(text) === true ||
    names.some((name) => name.toLowerCase().includes(text))
}

const SECONDS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, min: 60, h: 3_600, d: 86_400 }
const BYTES: Readonly<Record<string, number>> = { '': 1, b: 1, kb: 1_024, k: 1_024, mb: 1_048_576 }

/** Each with the unit of its text, and what it measures; null compares as no. */
const MEASURES: Readonly<
  Record<string, { units: Readonly<Record<string, number>>; of: (item: Item, now: number) => number | null }>
> = {
  age: { units: SECONDS, of: ({ createdAt }, now) => since(createdAt, now) },
  idle: { units: SECONDS, of: ({ lastSeenAt }, now) => since(lastSeenAt, now) },
  expires: {
    units: SECONDS,
    of: ({ expiresAt }, now) => (expiresAt === null ? null : (expiresAt - now) / 1000),
  },
  keys: { units: { '': 1 }, of: ({ names }) => names.length },
  size: { units: BYTES, of: ({ bytes }) => bytes },
}

const since = (at: number | null, now: number): number | null => (at === null ? null : (now - at) / 1000)

function numberTest({ name = '', operator, value }: Word, now: number): Test {
  const measure = Object.hasOwn(MEASURES, name) ? MEASURES[name] : undefined
  const [, digits, unit = ''] = /^(\d{1,12}(?:\.\d{1,3})?)([a-z]*)$/i.exec(value) ?? []
  const factor = measure?.units[unit.toLowerCase()]
  if (measure === undefined || digits === undefined || factor === undefined) {
    const names = Object.keys(MEASURES).join(', ')
    throw badQuery(`${name.slice(0, 40)}${operator} is not understood. Numbers belong to: ${names}.`)
  }
  const limit = Number(digits) * factor
  return (item) => {
    const size = measure.of(item, now)
    return size !== null && COMPARE[operator](size, limit)
  }
}

const COMPARE: Readonly<Record<Word['operator'], (one: number, other: number) => boolean>> = {
  ':': (one, other) => one === other,
  '<': (one, other) => one < other,
  '<=': (one, other) => one <= other,
  '>': (one, other) => one > other,
  '>=': (one, other) => one >= other,
}
