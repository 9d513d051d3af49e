import type { Project } from './detect-project.js'
import type { PackageManager } from './package-json.js'
import type { Plan } from './plan.js'
import { stillLoading } from './plan-migration.js'

/** The commands to run in the project after `init`, three at most. */
export function nextSteps(project: Project, plan: Plan): string[] {
  const { json, packageManager: pm, entry, migrating } = project
  const script = ['dev', 'start'].find((name) => json.scripts[name] !== undefined)
  const start = script === undefined ? startOf(entry.path) : `${pm} run ${script}`
  const first = plan.install.length > 0 ? [installCommand(pm, plan.install)] : []
  if (!migrating) return [...first, start, `npx sessmw serve ${shellWord(entry.path)}`]
  const isFree =
    expressSessionUsers(project, plan).length === 0 && json.dependencies['express-session'] !== undefined
  const last = `${pm} ${pm === 'npm' ? 'uninstall' : 'remove'} express-session`
  return [...first, start, ...(isFree ? [last] : [])]
}

/** Packages and files that load express-session after a migration, so that it has to stay installed. */
export function expressSessionUsers({ expressSessionUsers, everySource }: Project, plan: Plan): string[] {
  return [...expressSessionUsers, ...stillLoading(everySource, plan.changes)]
}

/** Node before 22.18 does not run TypeScript. */
function startOf(entry: string): string {
  return `${/\.(?:[mc]?ts|tsx)$/.test(entry) ? 'npx tsx' : 'node'} ${shellWord(entry)}`
}

/** Installs packages. */
export function installCommand(manager: PackageManager, names: readonly string[]): string {
  return `${manager} ${manager === 'npm' ? 'install' : 'add'} ${names.join(' ')}`
}

/** A word for a shell, with quotes where it needs them. */
export function shellWord(text: string): string {
  return /^[\w./@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
