import type { Project } from './detect-project.js'
import type { Mounted } from './find-mounted.js'
import { moduleText, planCode } from './plan-code.js'
import { planMigration } from './plan-migration.js'
import { type Extras, planSecret, secretWarnings, weakSecret } from './plan-secret.js'
import { isOurModule, type SessionChoices, STORES, type Templates } from './session-module.js'
import type { DiffLine } from './text-edits.js'

/** One file that is to change. */
export interface Change {
  /** Relative to the project, with `/`. */
  readonly path: string
  readonly action: 'create' | 'edit' | 'add-key' | 'add-line'
  /** Undefined for a file that does not exist. */
  readonly before: string | undefined
  readonly after: string
  /** What it does, in words; holds no secret. */
  readonly summary: string
  /** The lines that change, with stars for a secret. The lines around them are left out, since they may hold one. */
  readonly diff: readonly DiffLine[]
  /** Permissions of a new file; default: what the umask leaves of 0666. */
  readonly mode?: number
}

/** Something to know, which stops nothing. */
export interface PlanWarning {
  readonly code: 'secret-file-tracked' | 'secret-empty' | 'secret-weak' | 'choices-ignored'
  readonly message: string
}

/** What the user has to paste, because a file is left alone. */
export interface Snippet {
  readonly path: string
  readonly reason: string
  /** Where the lines belong, as a sentence. */
  readonly where: string
  readonly lines: readonly string[]
}

/** The changes to code; of a file that is as it should be, the path alone. */
export interface CodePlan {
  readonly files: readonly (Change | string)[]
  readonly snippet: Snippet | undefined
}

/** What `init` would do. */
export interface Plan {
  readonly changes: readonly Change[]
  /** Files that are as they should be. */
  readonly unchanged: readonly string[]
  readonly snippet: Snippet | undefined
  /** Packages that package.json does not name, with the major version that sessmw works with. */
  readonly install: readonly string[]
  readonly warnings: readonly PlanWarning[]
}

/** What a plan needs besides the project. */
export interface PlanInput {
  /** A new one, used only if the project has none. */
  readonly secret: string
  readonly templates: Templates
  readonly choices: SessionChoices
  /** The choices that the user made, which only a new module can follow. */
  readonly chosen: boolean
  readonly snippetOnly: boolean
}

/** What each store needs besides sessmw: one of these clients, a variable with its address, files that git should not see. */
const STORE_PARTS: Record<SessionChoices['store'], Extras & { readonly clients?: readonly string[] }> = {
  memory: {},
  sqlite: { clients: ['better-sqlite3@12'], ignore: 'sessions.db*' },
  redis: { clients: ['redis@5', 'ioredis'], example: ['REDIS_URL', 'redis://localhost:6379'] },
  postgres: { clients: ['pg@8'], example: ['DATABASE_URL', 'postgres://localhost/postgres'] },
}

/** Decides what to change; pure. */
export function planInit(project: Project, input: PlanInput): Plan {
  if (project.migrating) return planOf(project, planMigration(project.sources), [], 'memory')
  const code = project.mounted === undefined ? planCode(project, input) : mountedCode(project.mounted)
  const store = storeOf(project, code)
  const secret = needsSecret(project) ? planSecret(project, input.secret, BY, STORE_PARTS[store]) : []
  return planOf(project, code, secret, store, ignoresChoices(project, input) ? [CHOICES_IGNORED] : [])
}

const BY = 'sessmw init'

const CHOICES_IGNORED: PlanWarning = {
  code: 'choices-ignored',
  message: 'What is there stays as it is; --store, --frontend, --name and --proxy shape new code only.',
}

/** Whether the user chose what only a new module, or a new line in the entry, could follow. */
function ignoresChoices(project: Project, input: PlanInput): boolean {
  const { mounted, texts, trustsProxy } = project
  const existing = [...texts.values()].find(isOurModule)
  if (!input.chosen || (mounted === undefined && existing === undefined)) return false
  return existing !== moduleText(project, input) || (input.choices.proxy > 0 && !trustsProxy)
}

const mountedCode = ({ path, line }: Mounted): CodePlan => ({
  files: [`${path} (mounted at line ${line})`],
  snippet: undefined,
})

/** An app that uses sessmw in its own way may have its secret elsewhere. */
const needsSecret = ({ mounted }: Project): boolean => mounted === undefined || mounted.generated

/** The store of the generated module, whether it is new or was there. */
function storeOf({ texts }: Project, { files }: CodePlan): SessionChoices['store'] {
  const made = files.flatMap((file) => (typeof file === 'string' ? [] : [file.after]))
  const module = [...made, ...texts.values()].find(isOurModule)
  return STORES.find((store) => module?.includes(`sessmw/${store}`)) ?? 'memory'
}

function planOf(
  project: Project,
  code: CodePlan,
  secret: readonly (Change | string)[],
  store: SessionChoices['store'],
  warnings: readonly PlanWarning[] = [],
): Plan {
  const files = [...code.files, ...secret]
  return {
    changes: files.filter((file) => typeof file !== 'string'),
    unchanged: files.filter((file) => typeof file === 'string'),
    snippet: code.snippet,
    install: missingPackages(project, STORE_PARTS[store].clients ?? []),
    warnings: [
      ...warnings,
      ...(secret.length > 0 ? [...secretWarnings(project), ...weakSecret(project)] : []),
    ],
  }
}

/** The first of the clients stands for all. */
function missingPackages({ json }: Project, clients: readonly string[]): string[] {
  const isThere = (name: string) => json.dependencies[name.replace(/@.*/, '')] !== undefined
  const missing = clients.some(isThere) ? [] : clients.slice(0, 1)
  return ['sessmw', ...missing].filter((name) => !isThere(name))
}
