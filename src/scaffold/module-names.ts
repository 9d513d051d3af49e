import { type Expression, type File, loadedBy, memberOf, type Node, spanOf, walk } from './syntax.js'

/** What a name or expression stands for: a package or file as a whole, or one of its exports. */
export interface Origin {
  readonly module: string
  /** Undefined: the module itself, which for CommonJS packages is the default export, too. */
  readonly member: string | undefined
}

/** A place that loads a module. */
export interface ModuleLoad {
  readonly module: string
  /** Where the quoted name stands. */
  readonly literal: readonly [number, number]
  /** Where the import statement or the call stands. */
  readonly span: readonly [number, number]
  /** Erased by the compiler. */
  readonly typeOnly: boolean
}

/** Which modules a file loads, and what its names stand for. Scopes are not told apart. */
export interface ModuleNames {
  readonly loads: readonly ModuleLoad[]
  readonly origins: ReadonlyMap<string, Origin>
  /** What variables are set to where they are declared. */
  readonly values: ReadonlyMap<string, Expression>
}

/** Reads the imports of a file, of both module systems. */
export function moduleNames(file: File): ModuleNames {
  const loads: ModuleLoad[] = []
  const origins = new Map<string, Origin>()
  const values = new Map<string, Expression>()
  walk(file.program, (node) => {
    const load = loadOf(node)
    if (load !== undefined) loads.push(load)
    for (const [name, origin] of namesOf(node, origins)) origins.set(name, origin)
    if (node.type === 'VariableDeclarator' && node.id.type === 'Identifier' && node.init) {
      values.set(node.id.name, node.init)
    }
  })
  return { loads, origins, values }
}

/** What an expression stands for, as far as imports tell. */
export function originOf(node: Node, origins: ReadonlyMap<string, Origin>): Origin | undefined {
  if (node.type === 'Identifier') return origins.get(node.name)
  if (node.type === 'AwaitExpression') return originOf(node.argument, origins)
  const module = loadedBy(node)
  if (module !== undefined) return { module, member: undefined }
  const [object, member] = memberOf(node) ?? []
  const origin = object && originOf(object, origins)
  return origin === undefined ? undefined : memberOrigin(origin, member)
}

function memberOrigin({ module, member }: Origin, name: string | undefined): Origin {
  return { module, member: name === 'default' ? member : name }
}

function loadOf(node: Node): ModuleLoad | undefined {
  const span = spanOf(node)
  if (node.type === 'ImportDeclaration' || isReExport(node)) {
    const typeOnly = (node.type === 'ImportDeclaration' ? node.importKind : node.exportKind) === 'type'
    const { source } = node
    return source ? { module: source.value, literal: spanOf(source), span, typeOnly } : undefined
  }
  if (node.type === 'TSImportEqualsDeclaration') {
    if (node.moduleReference.type !== 'TSExternalModuleReference') return undefined
    const { expression } = node.moduleReference
    return {
      module: expression.value,
      literal: spanOf(expression),
      span,
      typeOnly: node.importKind === 'type',
    }
  }
  const module = loadedBy(node)
  if (module === undefined || node.type !== 'CallExpression') return undefined
  const [literal] = node.arguments
  return literal && { module, literal: spanOf(literal), span, typeOnly: false }
}

const isReExport = (node: Node) =>
  node.type === 'ExportNamedDeclaration' || node.type === 'ExportAllDeclaration'

function namesOf(node: Node, origins: ReadonlyMap<string, Origin>): [string, Origin][] {
  if (node.type === 'ImportDeclaration') {
    const module = node.source.value
    return node.specifiers.map((specifier) => {
      const whole = specifier.type !== 'ImportSpecifier'
      return [
        specifier.local.name,
        memberOrigin({ module, member: undefined }, whole ? 'default' : nameOf(specifier.imported)),
      ]
    })
  }
  if (node.type === 'TSImportEqualsDeclaration') {
    const load = loadOf(node)
    return load === undefined ? [] : [[node.id.name, { module: load.module, member: undefined }]]
  }
  if (node.type !== 'VariableDeclarator' || !node.init) return []
  const origin = originOf(node.init, origins)
  if (origin === undefined) return []
  if (node.id.type === 'Identifier') return [[node.id.name, origin]]
  return node.id.type === 'ObjectPattern' ? node.id.properties.flatMap((part) => picked(part, origin)) : []
}

/** `{ json: parse }` of a pattern: `parse` stands for the member `json`. */
function picked(part: Node, origin: Origin): [string, Origin][] {
  if (part.type !== 'ObjectProperty' || part.computed || part.value.type !== 'Identifier') return []
  return [[part.value.name, memberOrigin(origin, nameOf(part.key))]]
}

function nameOf(node: Node): string | undefined {
  if (node.type === 'Identifier') return node.name
  return node.type === 'StringLiteral' ? node.value : undefined
}
