import { posix } from 'node:path'
import type { Project } from './detect-project.js'
import { type EntryEdit, editEntry, entryLines } from './edit-entry.js'
import type { Change, CodePlan, PlanInput, Snippet } from './plan.js'
import { isOurModule, MODULE_NAMES, type ModuleForm, renderModule, specifierOf } from './session-module.js'
import { addedLines } from './text-edits.js'
import { inStyle, styleOf } from './text-style.js'

/** The module that sets sessions up, beside the entry, and the entry with it mounted. */
export function planCode(project: Project, input: PlanInput): CodePlan {
  const { entry } = project
  const { choices, snippetOnly } = input
  const form = formOf(project)
  const name = freeName(project, form.extension)
  if (name === undefined) return noNameLeft(project, form, choices.proxy)
  const path = pathOf(project, name, form.extension)
  const existing = project.texts.get(path)
  const module = existing === undefined ? createModule(path, moduleText(project, input)) : path
  const specifier = specifierOf(name, form, relativeSample(entry.scan?.modules), configOf(project))
  const hops = project.trustsProxy ? 0 : choices.proxy
  const lines = entryLines(entry.scan?.app?.name ?? 'app', specifier, importsInEntry(project), hops)
  const edit = editOf(project, lines, snippetOnly)
  if (edit.ok) return { files: [module, editChange(project, edit)], snippet: undefined }
  const styled = [lines.load, ...lines.mount].map((line) => inStyle(line, form.style))
  return { files: [module], snippet: { path: entry.path, reason: edit.reason, where: WHERE, lines: styled } }
}

const WHERE = 'Import at its top, and mount right after the body parsers, before the routes:'

/** The module as these choices make it. */
export function moduleText(project: Project, { templates, choices }: PlanInput): string {
  return renderModule(templates, choices, formOf(project))
}

/** Whether the module would be made, so that its questions matter. */
export function makesModule(project: Project): boolean {
  const { extension } = formOf(project)
  const name = freeName(project, extension)
  return name !== undefined && !project.texts.has(pathOf(project, name, extension))
}

/** The files that the module may be, besides those that the secret is in. */
export function modulePaths(entry: string): string[] {
  return MODULE_NAMES.map((name) => posix.join(posix.dirname(entry), `${name}${extensionOf(entry)}`))
}

function freeName(project: Project, extension: string): string | undefined {
  return MODULE_NAMES.find((name) => {
    const text = project.texts.get(pathOf(project, name, extension))
    return text === undefined || isOurModule(text)
  })
}

const pathOf = ({ entry }: Project, name: string, extension: string): string =>
  posix.join(posix.dirname(entry.path), `${name}${extension}`)

/** The module has no JSX. */
const extensionOf = (entry: string): string => posix.extname(entry).replace('x', '')

const OWN = "'sessmw'"

/** Everything goes into the entry then. */
function noNameLeft({ entry, dotenv, trustsProxy }: Project, form: ModuleForm, proxy: number): CodePlan {
  const app = entry.scan?.app?.name ?? 'app'
  const lines = [
    form.esm ? `import { session } from ${OWN}` : `const { session } = require(${OWN})`,
    `if (!process.env.SESSION_SECRET) process.loadEnvFile('${dotenv}')`,
    ...(proxy > 0 && !trustsProxy ? [`${app}.set('trust proxy', ${proxy})`] : []),
    `${app}.use(session({ secretKey: process.env.SESSION_SECRET ?? '' }))`,
  ]
  const taken = MODULE_NAMES.map((name) => name + form.extension).join(' and ')
  const snippet: Snippet = {
    path: entry.path,
    reason: `${taken} exist beside it already`,
    where: `Rename one of them and run init again, or by hand: ${WHERE.charAt(0).toLowerCase()}${WHERE.slice(1)}`,
    lines: lines.map((line) => inStyle(line, form.style)),
  }
  return { files: [], snippet }
}

function formOf(project: Project): ModuleForm {
  const { entry, dotenv } = project
  const extension = extensionOf(entry.path)
  // TypeScript without import and export would be a script, whose names are global.
  const esm = extension.endsWith('ts') || importsInEntry(project)
  return { extension, esm, style: styleOf(entry.text), dotenv }
}

/** By what the file itself says, then its extension, then package.json, as Node does. */
export function importsInEntry({ entry, json }: Pick<Project, 'entry' | 'json'>): boolean {
  const extension = extensionOf(entry.path)
  if (entry.scan?.esm || extension.startsWith('.m')) return true
  return !extension.startsWith('.c') && json.type === 'module'
}

function editOf(
  { entry, otherSessions }: Project,
  lines: ReturnType<typeof entryLines>,
  snippetOnly: boolean,
): EntryEdit {
  const { scan, rivals } = entry
  const refuse = (reason: string): EntryEdit => ({ ok: false, reason })
  if (rivals.length > 0) return refuse(`${rivals.join(', ')} has an express() app too; pass --entry`)
  if (otherSessions) return refuse('another session library is in use, and both would own req.session')
  if (snippetOnly) return refuse('--snippet-only was given')
  return scan === undefined ? refuse('it has syntax that cannot be edited safely') : editEntry(scan, lines)
}

function editChange({ entry }: Project, { after, diff }: EntryEdit & { ok: true }): Change {
  const { path, text } = entry
  return { path, action: 'edit', before: text, after, summary: `+${diff.length} lines`, diff }
}

function createModule(path: string, after: string): Change {
  const lines = after.trimEnd().split(/\r?\n/)
  const diff = addedLines(lines, 1)
  return { path, action: 'create', before: undefined, after, summary: `${lines.length} lines`, diff }
}

const relativeSample = (modules: readonly string[] | undefined): string | undefined =>
  modules?.find((module) => /^\.\.?\/.*[^/]$/.test(module) && !module.endsWith('.json'))

function configOf({ tsconfig, json }: Project): { nodeResolution: boolean; tsImports: boolean } {
  return {
    nodeResolution:
      json.type === 'module' || /"(?:module|moduleResolution)"\s*:\s*"node(?:16|18|20|next)"/i.test(tsconfig),
    tsImports: /"(?:allowImportingTsExtensions|rewriteRelativeImportExtensions)"\s*:\s*true/.test(tsconfig),
  }
}
