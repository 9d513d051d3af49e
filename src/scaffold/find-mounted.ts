import { MIDDLEWARE } from './edit-entry.js'
import type { ScannedFile } from './express-app.js'
import { originOf } from './module-names.js'
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
  for (const source of sources) {
    const mounted = mountedIn(source)
    if (mounted !== undefined) return mounted
  }
  return undefined
}

function mountedIn({ path, text, scan }: ScannedFile): Mounted | undefined {
  if (scan === undefined) return undefined
  const { origins } = scan.names
  let found: Mounted | undefined
  walk(scan.file.program, (node) => {
    if (node.type !== 'CallExpression' || found !== undefined) return
    const generated = mountsGenerated(node)
    const { module, member } = originOf(node.callee, origins) ?? {}
    const own = (module === 'sessmw' && OWN.has(member ?? '')) || module === 'sessmw/express-session'
    if (generated || (own && !isOurModule(text))) {
      found = { path, line: lineNumber(text, spanOf(node)[0]), generated }
    }
  })
  return found
}

const OWN = new Set(['session', 'createSessions'])

/** `app.use(sessionMiddleware)`, also with a path and with other middleware. */
function mountsGenerated(node: Node): boolean {
  if (node.type !== 'CallExpression' || memberOf(node.callee)?.[1] !== 'use') return false
  return node.arguments.some((argument) => argument.type === 'Identifier' && argument.name === MIDDLEWARE)
}
