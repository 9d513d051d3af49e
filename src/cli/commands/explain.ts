import { SessmwError } from '../../errors.js'
import { closestTo } from '../closest.js'
import { CODE_TABLES, type CodeTable } from '../code-tables.js'
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

/** Prints what a code of a verdict, a finding, an error or a warning means, and what to do. */
export async function explain(
  options: OutputOptions & { readonly operand: string },
  io: Io,
): Promise<number> {
  // Some warnings name their object behind a colon, such as milliseconds:maxAge.
  const code = options.operand.toLowerCase().replaceAll('_', '-').replace(/:.*/s, '')
  const meanings = CODE_TABLES.flatMap((table) => meaningsIn(table, code))
  if (meanings.length === 0) throw unknownCode(code)
  const out = outputOf(io, options)
  if (options.json) out.json({ schema: 'sessmw/help@1', code, meanings })
  else for (const { where, title, fix } of meanings) out.answer(`${code} (${where})\n  ${title}.\n  ${fix}`)
  return EXIT.ok
}

/** A root cause is explained by the verdicts that it shows as, too. */
function meaningsIn({ where, codes }: CodeTable, code: string): Meaning[] {
  return Object.entries(codes).flatMap(([name, text]) => {
    const { title, fix } = text
    if (name === code) return [{ code, where, title, fix }]
    const isCause = 'causes' in text && text.causes.includes(code)
    return isCause ? [{ code, where: `a cause of ${where} "${name}"`, title, fix }] : []
  })
}

function unknownCode(code: string): SessmwError {
  const near = closestTo(
    code,
    CODE_TABLES.flatMap(({ codes }) => Object.keys(codes)),
  )
  const lists = CODE_TABLES.map(({ kind, codes }) => `${kind}: ${Object.keys(codes).join(', ')}.`)
  const hint = near === undefined ? lists.join('\n') : `(Did you mean ${near}?)`
  return new SessmwError('usage', `There is no code and no command of this name.\n${hint}`)
}
