import { COOKIE_CODES, type Explanation, LOAD_CODES, SAVE_CODES } from '../../core/verdict-table.js'
import { FINDINGS, type FindingCode, type FindingText } from '../../doctor/finding-table.js'
import { explainError, SessmwError } from '../../errors.js'
import { closestTo } from '../closest.js'
import { EXIT } from '../exit-code.js'
import type { Io } from '../io.js'
import { type OutputOptions, outputOf } from '../output.js'

/** One meaning of a code. */
interface Meaning {
  readonly code: string
  /** Where the code appears. */
  readonly where: string
  readonly title: string
  readonly fix: string
}

const TABLES: readonly (readonly [where: string, table: Readonly<Record<string, Explanation>>])[] = [
  ['verdict.load', LOAD_CODES],
  ['verdict.save', SAVE_CODES],
  ['verdict.cookie', COOKIE_CODES],
]

/** Prints what a code of a verdict, a finding or an error means, and what to do. */
export async function explain(
  options: OutputOptions & { readonly operand: string },
  io: Io,
): Promise<number> {
  const code = options.operand.toLowerCase().replaceAll('_', '-')
  const meanings = [...findingMeanings(code), ...verdictMeanings(code), ...errorMeanings(code)]
  if (meanings.length === 0) {
    const known = [
      ...new Set([...TABLES.flatMap(([, table]) => Object.keys(table)), ...Object.keys(FINDINGS)]),
    ]
    const near = closestTo(code, known)
    const hint = near === undefined ? `Codes: ${known.join(', ')}.` : `(Did you mean ${near}?)`
    throw new SessmwError('usage', `There is no code and no command of this name.\n${hint}`)
  }
  const out = outputOf(io, options)
  if (options.json) out.json({ schema: 'sessmw/help@1', code, meanings })
  else for (const { where, title, fix } of meanings) out.answer(`${code} (${where})\n  ${title}.\n  ${fix}`)
  return EXIT.ok
}

function findingMeanings(code: string): Meaning[] {
  if (!Object.hasOwn(FINDINGS, code)) return []
  const text: FindingText = FINDINGS[code as FindingCode]
  return [{ code, where: 'finding of sessmw doctor', ...text }]
}

/** A root cause is explained by the codes that it shows as, too. */
function verdictMeanings(code: string): Meaning[] {
  return TABLES.flatMap(([where, table]) =>
    Object.entries(table).flatMap(([name, { title, fix, causes }]) => {
      if (name === code) return [{ code, where, title, fix }]
      return causes.includes(code) ? [{ code, where: `a cause of ${where} "${name}"`, title, fix }] : []
    }),
  )
}

function errorMeanings(code: string): Meaning[] {
  const error = explainError(code)
  return error === undefined ? [] : [{ code, where: 'error', ...error }]
}
