import type { ScannedFile } from './express-app.js'
import type { ModuleLoad } from './module-names.js'
import type { Change, CodePlan } from './plan.js'
import type { SourceFile } from './source-files.js'
import { applyEdits, type DiffLine, lineNumber } from './text-edits.js'

const FROM = 'express-session'
const TO = 'sessmw/express-session'

/**
 * Changes where express-session is loaded from, in each file, and nothing else: options, stores, cookies and types stay.
 *
 * `import type` and `declare module 'express-session'` stay too, since the types are those of `@types/express-session`.
 */
export function planMigration(sources: readonly ScannedFile[]): CodePlan {
  const files: Change[] = []
  let unread: ScannedFile | undefined
  for (const source of sources.filter(({ text }) => text.includes(FROM))) {
    const loads = source.scan?.names.loads
    const found = loads?.filter(({ module, typeOnly }) => module === FROM && !typeOnly)
    if (found === undefined) unread = source
    else if (found.length > 0) files.push(changeOf(source, found))
  }
  if (unread === undefined) return { files, snippet: undefined }
  const reason = 'it has syntax that cannot be edited safely'
  return {
    files,
    snippet: { path: unread.path, reason, where: `Load ${TO} instead of ${FROM}:`, lines: [`'${TO}'`] },
  }
}

/** The quoted name of the package, where its types alone are not meant. */
const LOADED = new RegExp(
  String.raw`(['"\x60])${FROM}\1(?<!\b(?:declare\s+module|(?:import|export)\s+type\b[^'"\x60;]*)\s*.${FROM}.)`,
)

/** The files that name express-session in code once these changes are made. */
export function stillLoading(sources: readonly SourceFile[], changes: readonly Change[]): string[] {
  const textOf = ({ path, text }: SourceFile) => changes.find((change) => change.path === path)?.after ?? text
  return sources.filter((source) => LOADED.test(textOf(source))).map(({ path }) => path)
}

function changeOf({ path, text }: ScannedFile, loads: readonly ModuleLoad[]): Change {
  const edits = loads.map(({ literal: [start, end] }) => ({ start: start + 1, end: end - 1, text: TO }))
  return {
    path,
    action: 'edit',
    before: text,
    after: applyEdits(text, edits),
    summary: `loads ${TO}`,
    diff: loads.flatMap((load) => diffOf(text, load)),
  }
}

/** Shows the import alone: what is called with it may hold a secret. */
function diffOf(text: string, { span, literal }: ModuleLoad): DiffLine[] {
  const [start, end] = span
  const line = lineNumber(text, literal[0])
  const before = text.slice(start, literal[0] + 1)
  const after = text.slice(literal[1] - 1, end)
  const shown = (name: string) => `${before}${name}${after}`.replace(/\s+/g, ' ')
  return [
    { sign: '-', line, text: shown(FROM) },
    { sign: '+', line, text: shown(TO) },
  ]
}
