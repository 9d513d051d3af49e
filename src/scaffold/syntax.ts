import type { CallExpression, Expression, File, Node, Statement } from '@babel/types'

export type { CallExpression, Expression, File, Node, Statement } from '@babel/types'

/** Calls `visit` for a node and all below it, outermost first; `ancestors` begin with the outermost. */
export function walk(
  node: Node,
  visit: (node: Node, ancestors: readonly Node[]) => void,
  ancestors: readonly Node[] = [],
): void {
  visit(node, ancestors)
  const below = [...ancestors, node]
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child, visit, below)
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

/** Where a node begins and ends in the text. */
export function spanOf({ start, end }: Pick<Node, 'start' | 'end'>): readonly [number, number] {
  return [start ?? 0, end ?? 0]
}

/** The text of a node. */
export function textOf(text: string, node: Node): string {
  return text.slice(...spanOf(node))
}

/** `node.property` as `[node, 'property']`; undefined for every other expression. */
export function memberOf(node: Node): readonly [Node, string] | undefined {
  const isMember = node.type === 'MemberExpression' || node.type === 'OptionalMemberExpression'
  if (!isMember || node.computed || node.property.type !== 'Identifier') return undefined
  return [node.object, node.property.name]
}

/** The module that `require('x')` or `import('x')` loads, as written; also in backticks. */
export function loadedBy(node: Node): string | undefined {
  if (node.type !== 'CallExpression') return undefined
  const [argument] = node.arguments
  const { callee } = node
  const loads = callee.type === 'Import' || (callee.type === 'Identifier' && callee.name === 'require')
  if (!loads) return undefined
  if (argument?.type === 'StringLiteral') return argument.value
  // Without expressions in it, there is one part.
  if (argument?.type !== 'TemplateLiteral' || argument.expressions.length > 0) return undefined
  return argument.quasis[0]?.value.cooked ?? undefined
}

/** Where the line begins that follows a statement; undefined when other code stands behind it on its line. */
export function lineAfter(text: string, { comments }: File, statement: Statement): number | undefined {
  let [start, end] = spanOf(statement)
  // Without semicolons, one at the start of the next line guards that line and only then ends the statement.
  const guard = /\r?\n\s*;$/.exec(text.slice(start, end))
  if (guard) end = start + guard.index
  for (;;) {
    end += /^[ \t]*/.exec(text.slice(end))?.[0].length ?? 0
    const comment = comments?.find((each) => each.start === end)
    if (comment === undefined) break
    end = spanOf(comment)[1]
  }
  if (end === text.length) return end
  const newline = /^\r?\n/.exec(text.slice(end))
  return newline === null ? undefined : end + newline[0].length
}

/** The calls of `a.b().c()` by method name, innermost first, when the chain begins at the expression that is written `root`. */
export function chainOn(text: string, expression: Expression, root: string): [string, CallExpression][] {
  const calls: [string, CallExpression][] = []
  let node: Node = expression
  while (node.type === 'CallExpression') {
    const member = memberOf(node.callee)
    if (member === undefined) return []
    calls.unshift([member[1], node])
    node = member[0]
  }
  return textOf(text, node) === root ? calls : []
}
