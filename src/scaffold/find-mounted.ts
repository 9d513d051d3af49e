import { posix } from 'node:path'
import { MIDDLEWARE } from './edit-entry.js'
import type { ScannedFile } from './express-app.js'
import { type ModuleNames, originOf } from './module-names.js'
import { isOurModule } from './session-module.js'
import { memberOf, type Node, spanOf, walk } from './syntax.js'
import { lineNumber } from './text-edits.js'

/** Where sessmw is used already; lines count from 1. */
export interface Mounted {
  readonly path: string
  readonly line: number
  /** By what `init` wrote; else the app has its own way, which is left alone. */
  readonly generated: boolean
}

/** Where some file mounts the generated module, or uses sessmw in its own way. */
export function findMounted(sources: readonly ScannedFile[]): Mounted | undefined {
  const generated = generatedModules(sources)
  for (const source of sources) {
    const mounted = mountedIn(source, generated)
    if (mounted !== undefined) return mounted
  }
  return undefined
}

function mountedIn({ path, text, scan }: ScannedFile, modules: ReadonlySet<string>): Mounted | undefined {
  if (scan === undefined) return undefined
  const { names } = scan
  const isOurs = isOurModule(text)
  const isGenerated = (node: Node): boolean => {
    const { module, member = MIDDLEWARE } = originOf(node, names.origins) ?? {}
    if (module !== undefined) return member === MIDDLEWARE && isOneOf(modules, module, path)
    return isOurs && isMadeHere(node, names)
  }
  let found: Mounted | undefined
  walk(scan.file.program, (node, ancestors) => {
    if (node.type !== 'CallExpression' || found !== undefined) return
    const generated =
      memberOf(node.callee)?.[1] === 'use' &&
      node.arguments.some((argument) => isGenerated(argument) && !isParameter(argument, ancestors))
    const { module, member } = originOf(node.callee, names.origins) ?? {}
    const own = (module === 'sessmw' && OWN.has(member ?? '')) || module === 'sessmw/express-session'
    if (generated || (own && !isOurs)) {
      found = { path, line: lineNumber(text, spanOf(node)[0]), generated }
    }
  })
  return found
}

const OWN = new Set(['session', 'createSessions'])

/** The session of sessmw in a variable, as in the generated module. */
function isMadeHere(node: Node, { values, origins }: ModuleNames): boolean {
  const value = node.type === 'Identifier' ? values.get(node.name) : undefined
  return value?.type === 'CallExpression' && originOf(value.callee, origins)?.module === 'sessmw'
}

/** Whether the name is one that a function around it was given, which nobody knows the value of. */
function isParameter(node: Node, ancestors: readonly Node[]): boolean {
  if (node.type !== 'Identifier') return false
  const isSame = (param: Node) => param.type === 'Identifier' && param.name === node.name
  return ancestors.some((each) => 'params' in each && Array.isArray(each.params) && each.params.some(isSame))
}

/** The modules that `init` wrote, and those that pass on what they export. */
function generatedModules(sources: readonly ScannedFile[]): Set<string> {
  const modules = new Set<string>()
  const add = (path: string) => modules.add(stemOf(path)).add(stemOf(path).replace(/\/index$/, ''))
  for (const { path, text } of sources) if (isOurModule(text)) add(path)
  for (let before = -1; before < modules.size; ) {
    before = modules.size
    for (const source of sources) if (passesOn(source, modules)) add(source.path)
  }
  return modules
}

const stemOf = (path: string): string => path.replace(/\.(?:[mc]?[jt]s|[jt]sx)$/, '')

/** `export ... from` */
function passesOn({ path, scan }: ScannedFile, modules: ReadonlySet<string>): boolean {
  const statements = scan?.file.program.body ?? []
  return statements.some(
    (each) =>
      (each.type === 'ExportAllDeclaration' || each.type === 'ExportNamedDeclaration') &&
      each.source &&
      isOneOf(modules, each.source.value, path),
  )
}

/** Whether a file loads one of the modules by this name. */
function isOneOf(modules: ReadonlySet<string>, name: string, from: string): boolean {
  if (name.startsWith('.')) return modules.has(stemOf(posix.join(posix.dirname(from), name)))
  // `@/session`, `#src/session`: an alias, whose end is a path.
  const end = stemOf(name.slice(name.indexOf('/') + 1))
  return [...modules].some((module) => module === end || module.endsWith(`/${end}`))
}
