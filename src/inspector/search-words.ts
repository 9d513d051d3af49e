import { badQuery } from './search-error.js'

/** One part of a query: `-name:value` or a word. */
export interface Word {
  readonly isNegated: boolean
  /** Undefined for a bare word. */
  readonly name: string | undefined
  readonly operator: ':' | '<' | '<=' | '>' | '>='
  readonly value: string
}

/** A longer query is no question of a person. */
const MAX_LENGTH = 500
const MAX_WORDS = 20

/** `-`, then `name:` or `name>=`, then text in quotes or without spaces. */
const WORD = /^(-?)(?:([^\s:<>"]+)(:|<=|>=|<|>))?(?:"([^"]*)"|([^\s"]+))(?=\s|$)/

/** A whole handle, which may begin with the sign of negation. Its start can be put in quotes. */
const HANDLE = /^[\w-]{43}(?=\s|$)/

/**
 * The words of a query, all of which must hold.
 *
 * @throws CallError `bad-query`, naming where it is not understood.
 */
export function wordsOf(query: string): Word[] {
  if (query.length > MAX_LENGTH) throw badQuery(`A query has at most ${MAX_LENGTH} characters.`)
  const words: Word[] = []
  let rest = query.trim()
  while (rest !== '') {
    const [handle] = HANDLE.exec(rest) ?? []
    const found = WORD.exec(handle === undefined ? rest : `"${handle}"`)
    if (found === null) throw badQuery(`The query is not understood from here: ${rest.slice(0, 40)}`)
    const [whole, minus, name, operator = ':', quoted, plain = ''] = found
    words.push({
      isNegated: minus === '-',
      name,
      operator: operator as Word['operator'],
      value: quoted ?? plain,
    })
    if (words.length > MAX_WORDS) throw badQuery(`A query has at most ${MAX_WORDS} terms.`)
    rest = rest.slice(handle?.length ?? whole.length).trimStart()
  }
  return words
}
