import { type ModuleLoad, type ModuleNames, moduleNames, originOf } from './module-names.js'
import { parseSource } from './parse-source.js'
import type { SourceFile } from './source-files.js'
import { type File, type Node, type Statement, spanOf, textOf, walk } from './syntax.js'
import { lineNumber } from './text-edits.js'

/** What a source file says about its Express app. */
export interface SourceScan {
  readonly text: string
  readonly file: File
  readonly names: ModuleNames
  /** Packages and files that it loads at run time. */
  readonly modules: readonly string[]
  /** Whether it is written with `import` and `export`. */
  readonly esm: boolean
  /** How often `express()` is called, anywhere. */
  readonly appCount: number
  /** The one app, when code can be put behind the statement that makes it. */
  readonly app: ExpressApp | undefined
}

/** A source file that may have to do with sessions. */
export interface ScannedFile extends SourceFile {
  /** Undefined when the file cannot be parsed. */
  readonly scan: SourceScan | undefined
}

/** Parses the files that name something of ours; the others do not matter. */
export function scanSources(sources: readonly SourceFile[]): ScannedFile[] {
  return sources
    .filter(({ text }) => /express|session|sessmw/i.test(text))
    .map((source) => ({ ...source, scan: scanSource(source.text, source.path) }))
}

/** An app that a statement of its own makes. */
export interface ExpressApp {
  /** How the statements behind it call it: `app` or `this.app`. */
  readonly name: string
  /** Counted from 1. */
  readonly line: number
  /** The block, or the whole program, whose statement at `index` makes it. */
  readonly block: readonly Statement[]
  readonly index: number
  /** The statement of the program that holds the block, or makes the app. */
  readonly outermost: Statement
}

/** Reads a source file; undefined when it cannot be parsed. */
export function scanSource(text: string, fileName: string): SourceScan | undefined {
  const file = parseSource(text, fileName)
  if (file === undefined) return undefined
  const names = moduleNames(file)
  const found: Node[][] = []
  walk(file.program, (node, ancestors) => {
    if (makesApp(node, names)) found.push([...ancestors, node])
  })
  const [path] = found
  return {
    text,
    file,
    names,
    modules: runtimeModules(names.loads),
    esm: file.program.body.some(({ type }) => MODULE_SYNTAX.test(type)),
    appCount: found.length,
    app: path !== undefined && found.length === 1 ? appAt(text, file, path) : undefined,
  }
}

const MODULE_SYNTAX = /^(?:Import|Export|TSImportEquals|TSExportAssignment)/

const runtimeModules = (loads: readonly ModuleLoad[]): string[] =>
  loads.filter(({ typeOnly }) => !typeOnly).map(({ module }) => module)

function makesApp(node: Node, { origins }: ModuleNames): boolean {
  if (node.type !== 'CallExpression' || node.arguments.length > 0) return false
  const origin = originOf(node.callee, origins)
  return origin?.module === 'express' && origin.member === undefined
}

/** Follows the path from the call outwards: `[export] const app = exports = express()`, `app = ...`, `this.app = ...`. */
function appAt(text: string, file: File, path: readonly Node[]): ExpressApp | undefined {
  let depth = path.length - 2
  let target: Node | undefined
  for (; depth > 0; depth--) {
    const node = path[depth]
    const named: Node | undefined = node && targetOf(node, path[depth + 1])
    if (named === undefined && (node === undefined || !PASSES.has(node.type))) break
    if (target === undefined || nameOf(text, target) === undefined) target = named
  }
  const parent = path[depth]
  const outermost = file.program.body.find((each) => path.includes(each))
  if (parent?.type !== 'BlockStatement' && parent?.type !== 'Program') return undefined
  const name = target && nameOf(text, target)
  const index = parent.body.findIndex((each) => path.includes(each))
  if (name === undefined || index === -1 || outermost === undefined) return undefined
  const [start] = spanOf(parent.body[index] ?? outermost)
  const declared = target?.type === 'Identifier' && path.some(({ type }) => type === 'VariableDeclarator')
  return assignments(text, file, name) === (declared ? 0 : 1)
    ? { name, line: lineNumber(text, start), block: parent.body, index, outermost }
    : undefined
}

/** What an assignment or a declaration gives its value to. */
function targetOf(node: Node, value: Node | undefined): Node | undefined {
  if (node.type === 'VariableDeclarator') return node.id
  return node.type === 'AssignmentExpression' && node.operator === '=' && node.right === value
    ? node.left
    : undefined
}

/** What may stand between the statement and the call. */
const PASSES = new Set([
  'VariableDeclaration',
  'ExportNamedDeclaration',
  'ExpressionStatement',
  'TSAsExpression',
  'TSSatisfiesExpression',
])

function nameOf(text: string, target: Node): string | undefined {
  if (target.type === 'Identifier') return target.name === 'exports' ? undefined : target.name
  const written = textOf(text, target)
  return /^this\.[\w$]+$/.test(written) ? written : undefined
}

function assignments(text: string, file: File, name: string): number {
  let count = 0
  walk(file.program, (node) => {
    if (node.type === 'AssignmentExpression' && textOf(text, node.left) === name) count++
  })
  return count
}
