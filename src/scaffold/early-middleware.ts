import { type ModuleNames, originOf } from './module-names.js'
import { chainOn, type Expression, type Node, type Statement, textOf, walk } from './syntax.js'

/** Middleware that answers nobody with data of a user, so that the session may come behind it. */
const EARLY_PACKAGES = new Set(
  'body-parser compression cookie-parser cors express-pino-logger helmet method-override morgan pino-http response-time serve-favicon serve-static'.split(
    ' ',
  ),
)
const EARLY_EXPRESS = new Set(['json', 'urlencoded', 'raw', 'text', 'static'])
const SETTINGS = new Set(['set', 'engine', 'enable', 'disable'])

/** The app and what its file says about names. */
export interface AppContext {
  readonly text: string
  readonly name: string
  readonly names: ModuleNames
}

/**
 * The last statement of the run of settings and early middleware behind the one that makes the app; declarations that
 * do not use the app may stand in the run.
 */
export function endOfEarlyRun(
  block: readonly Statement[],
  index: number,
  context: AppContext,
): Statement | undefined {
  let last = block[index]
  for (const statement of block.slice(index + 1)) {
    if (isEarly(statement, context)) last = statement
    else if (!isDeclaration(statement, context)) break
  }
  return last
}

function isEarly(statement: Statement, context: AppContext): boolean {
  if (statement.type === 'BlockStatement') return statement.body.every((each) => isEarly(each, context))
  if (statement.type === 'IfStatement') {
    const { consequent, alternate } = statement
    return isEarly(consequent, context) && (!alternate || isEarly(alternate, context))
  }
  if (statement.type !== 'ExpressionStatement') return false
  const { expression } = statement
  if (expression.type === 'AssignmentExpression') return isLocal(expression.left, context)
  const calls = chainOn(context.text, expression, context.name)
  return calls.length > 0 && calls.every(([method, call]) => isEarlyCall(method, call.arguments, context))
}

/** `app.locals.title = ...` */
const isLocal = (left: Node, { text, name }: AppContext): boolean =>
  textOf(text, left).startsWith(`${name}.locals.`)

function isEarlyCall(method: string, all: readonly Node[], { names }: AppContext): boolean {
  if (SETTINGS.has(method)) return true
  if (method !== 'use' && method !== 'options') return false
  const [first, ...rest] = all
  const hasPath = first?.type === 'StringLiteral' || first?.type === 'ArrayExpression'
  const handlers = hasPath ? rest : all
  return handlers.length > 0 && handlers.every((handler) => isEarlyHandler(handler, names))
}

/** `cors()`, or a variable that was set to it. */
function isEarlyHandler(handler: Node, names: ModuleNames): boolean {
  const value: Expression | Node | undefined =
    handler.type === 'Identifier' ? names.values.get(handler.name) : handler
  if (value?.type !== 'CallExpression') return false
  const origin = originOf(value.callee, names.origins)
  if (origin?.module === 'express') return EARLY_EXPRESS.has(origin.member ?? '')
  return origin !== undefined && EARLY_PACKAGES.has(origin.module)
}

const DECLARATION = /^(?:Function|Class|Variable|TSInterface|TSTypeAlias|TSEnum|Import)[A-Za-z]*Declaration$/

/** A function runs later, whatever it does. */
function isDeclaration(statement: Statement, { text, name }: AppContext): boolean {
  if (!DECLARATION.test(statement.type)) return false
  return statement.type === 'FunctionDeclaration' || !mentions(statement, text, name)
}

function mentions(statement: Statement, text: string, name: string): boolean {
  let found = false
  walk(statement, (node) => {
    const names = node.type === 'Identifier' || node.type === 'MemberExpression'
    if (names && textOf(text, node) === name) found = true
  })
  return found
}
