import { posix } from 'node:path'
import { error, type Finding } from './finding.js'
import type { ProjectSource } from './project-source.js'
import type { SessionCall } from './session-calls.js'
import { type Call, callsOf, isSameBlock, type SourceText } from './source-text.js'

const ROUTES = String.raw`\w+\.(?:use|all|get|post|put|patch|delete)`
/** What fails without a session: reading its keys, and what builds on it. */
const READS = /\b(?:req|request)\.session\s*(?:\.|\[)|\bsessionOf\s*\(|\bpassport\.session\s*\(/
/** Code that is prepared for a request without one: it asks whether there is a session. */
const IS_GUARDED =
  /\b(?:req|request)\.session\s*(?:\?|&&|\|\||[=!]==?)|(?:\b(?:if|while|Boolean)\s*\(|&&|\|\||!)\s*(?:req|request)\.session\s*[);&|]/
const isLost = (text: string): boolean => READS.test(text) && !IS_GUARDED.test(text)

/** Routes that need the session and stand above its middleware, in the file that mounts it. */
export function checkOrder({ files, calls }: ProjectSource): Finding[] {
  return files.flatMap((file) => {
    if (!/session/i.test(file.text)) return []
    const routes = callsOf(file, ROUTES)
    const mount = routes.find((route) => mounts(route, file, calls))
    if (mount === undefined) return []
    const app = mount.callee.split('.')[0]
    const early = routes.filter(
      ({ start, callee }) =>
        start < mount.start && callee.split('.')[0] === app && isSameBlock(file.text, start, mount.start),
    )
    const first = early.find((route) => needsSession(route, file, files, calls))
    if (first === undefined) return []
    const lines = [`${first.path}:${first.line} ${first.callee}(...) needs the session`]
    return [error('middleware-order', ...lines, `${mount.path}:${mount.line} mounts it, which is later`)]
  })
}

function mounts(route: Call, file: SourceText, calls: readonly SessionCall[]): boolean {
  if (!route.callee.endsWith('.use')) return false
  const isInline = calls.some(
    ({ path, start }) =>
      path === file.path &&
      start > route.start &&
      start < route.start + route.callee.length + route.text.length + 2,
  )
  return isInline || wordsOf(route.text).some((word) => isMiddleware(word, file, calls))
}

/** Whether a name is a session middleware of this file or of the one that it is imported from. */
function isMiddleware(word: string, file: SourceText, calls: readonly SessionCall[]): boolean {
  const source = importOf(word, file)
  return calls.some(({ path, variable }) =>
    path === file.path
      ? variable === word
      : /session/i.test(word) && source !== undefined && isModule(path, source),
  )
}

function needsSession(
  route: Call,
  file: SourceText,
  files: readonly SourceText[],
  calls: readonly SessionCall[],
): boolean {
  if (isLost(route.text)) return true
  return wordsOf(route.text).some((word) => {
    const source = importOf(word, file)
    const module = source === undefined ? undefined : files.find(({ path }) => isModule(path, source))
    if (module !== undefined) return !calls.some(({ path }) => path === module.path) && isLost(module.text)
    return callsOf(file, `${word}\\.(?:use|all|get|post|put|patch|delete)`).some(({ text }) => isLost(text))
  })
}

/** The names in arguments such as `'/api', router` or `authRouter()`. */
const wordsOf = (text: string): string[] =>
  text.length > 200 ? [] : (text.replace(/(["'`]).*?\1/g, '').match(/(?<![.\w$])[A-Za-z_]\w*/g) ?? [])

/** The path, without extension, of the local module that a name is imported from. */
function importOf(word: string, { path, text }: SourceText): string | undefined {
  const forms = [
    new RegExp(`import\\b[^'";]*\\b${word}\\b[^'";]*from\\s*['"](\\.[^'"]+)['"]`),
    new RegExp(`\\b${word}\\b[^='"\\n;]*=\\s*require\\(\\s*['"](\\.[^'"]+)['"]`),
  ]
  const found = forms.map((form) => form.exec(text)?.[1]).find((each) => each !== undefined)
  return found === undefined ? undefined : posix.join(posix.dirname(path), found)
}

function isModule(path: string, source: string): boolean {
  const plain = (text: string): string => text.replace(/\.[mc]?[jt]sx?$/, '')
  return plain(path) === plain(source) || plain(path) === `${plain(source)}/index`
}
