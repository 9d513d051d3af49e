import { endOfEarlyRun } from './early-middleware.js'
import type { ExpressApp, SourceScan } from './express-app.js'
import { originOf } from './module-names.js'
import { lineAfter, type Node, type Statement, spanOf, walk } from './syntax.js'
import { applyEdits, type DiffLine, lineNumber, type TextEdit } from './text-edits.js'
import { inStyle, styleOf } from './text-style.js'

/** What the generated module exports, and the entry mounts. */
export const MIDDLEWARE = 'sessionMiddleware'

/** An entry with the session mounted, or why it was left alone. */
export type EntryEdit =
  | { readonly ok: true; readonly after: string; readonly diff: readonly DiffLine[] }
  | { readonly ok: false; readonly reason: string }

/** The lines that an entry needs, in the style of the templates. */
export interface EntryLines {
  readonly load: string
  /** What follows the app and its early middleware, one statement each. */
  readonly mount: readonly string[]
}

/** The lines for an app of this name; `hops` > 0: so many proxies are to be trusted. */
export function entryLines(app: string, specifier: string, esm: boolean, hops: number): EntryLines {
  return {
    load: esm
      ? `import { ${MIDDLEWARE} } from '${specifier}'`
      : `const { ${MIDDLEWARE} } = require('${specifier}')`,
    mount: [...(hops > 0 ? [`${app}.set('trust proxy', ${hops})`] : []), `${app}.use(${MIDDLEWARE})`],
  }
}

/**
 * Mounts the session behind the body parsers, static files and loggers that follow the app, and imports it behind the
 * other imports. Whatever is not certain is a reason to leave the file alone.
 */
export function editEntry(scan: SourceScan, lines: EntryLines): EntryEdit {
  const { app, file, text } = scan
  if (app === undefined) return refuse(whyNoApp(scan))
  if (hasName(file.program, MIDDLEWARE)) return refuse(`it already has something called ${MIDDLEWARE}`)
  const loadAt = loadPlace(scan, app)
  const last = endOfEarlyRun(app.block, app.index, { ...scan, name: app.name })
  const mountAt = last && lineAfter(text, file, last)
  if (last === undefined || loadAt === undefined || mountAt === undefined || loadAt > mountAt) {
    return refuse('other code stands on the line behind which the session belongs')
  }
  const lineStart = text.lastIndexOf('\n', spanOf(last)[0] - 1) + 1
  const indent = /^[ \t]*/.exec(text.slice(lineStart))?.[0] ?? ''
  const edits = [insertion(text, loadAt, [lines.load], ''), insertion(text, mountAt, lines.mount, indent)]
  return { ok: true, after: applyEdits(text, edits), diff: diffOf(text, edits) }
}

const refuse = (reason: string): EntryEdit => ({ ok: false, reason })

function whyNoApp({ appCount }: SourceScan): string {
  if (appCount > 1) return `it has ${appCount} express() apps`
  return 'its express() app is not a variable of its own that is set once'
}

function hasName(program: Node, name: string): boolean {
  let found = false
  walk(program, (node) => {
    if (node.type === 'Identifier' && node.name === name) found = true
  })
  return found
}

/** Where the import goes: behind the last one that ends its line, or before the app. */
function loadPlace(scan: SourceScan, { outermost }: ExpressApp): number | undefined {
  const { text, file } = scan
  const { body } = file.program
  const before = body.slice(0, body.indexOf(outermost))
  const places = before.filter((statement) => lineAfter(text, file, statement) !== undefined)
  const last = places.findLast(isImport) ?? places.findLast((statement) => isRequire(statement, scan))
  if (last !== undefined) return lineAfter(text, file, last)
  const [start] = spanOf(outermost)
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  if (text.slice(lineStart, start).trim() !== '') return undefined
  return text.charAt(lineStart) === '\uFEFF' ? lineStart + 1 : lineStart
}

const isImport = ({ type }: Statement): boolean =>
  type === 'ImportDeclaration' || type === 'TSImportEqualsDeclaration'

/** `const x = require(...)` or `await import(...)`, also with calls and members behind it. */
function isRequire(statement: Statement, { names }: SourceScan): boolean {
  if (statement.type === 'VariableDeclaration') {
    return statement.declarations.every(({ init }) => init && originOf(innermost(init), names.origins))
  }
  if (statement.type !== 'ExpressionStatement') return false
  return originOf(innermost(statement.expression), new Map()) !== undefined
}

/** `require('a').b('c')` is what `require('a')` gives, in the end. */
function innermost(node: Node): Node {
  if (originOf(node, new Map()) !== undefined) return node
  if (node.type === 'CallExpression') return innermost(node.callee)
  return node.type === 'MemberExpression' ? innermost(node.object) : node
}

/** Whole lines at the start of a line, or at the end of a text whose last line is not ended. */
function insertion(text: string, at: number, lines: readonly string[], indent: string): TextEdit {
  const style = styleOf(text)
  // A line that begins like this would go on with ours (ECMA-262 12.10).
  const goesOn = /^\s*[([`/+-]/.test(text.slice(at)) && !/^\s*\/[/*]/.test(text.slice(at))
  const styled = lines.map((line) => inStyle(line, { ...style, semicolons: style.semicolons || goesOn }))
  const written = styled.map((line) => `${indent}${line}`).join(style.eol)
  const unended = at > 0 && text.charAt(at - 1) !== '\n' && text.charAt(at - 1) !== '\uFEFF'
  return { start: at, end: at, text: unended ? `${style.eol}${written}` : `${written}${style.eol}` }
}

function diffOf(text: string, edits: readonly TextEdit[]): DiffLine[] {
  let above = 0
  return edits.flatMap(({ start, text: added }) => {
    const lead = /^\r?\n/.test(added) ? 1 : 0
    const lines = added.replace(/^\r?\n|\r?\n$/g, '').split(/\r?\n/)
    const first = lineNumber(text, start) + lead + above
    above += lines.length
    return lines.map((line, index) => ({ sign: '+' as const, line: first + index, text: line }))
  })
}
