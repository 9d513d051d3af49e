import type { Project } from '../scaffold/detect-project.js'
import { expressSessionUsers, installCommand, nextSteps, shellWord } from '../scaffold/next-steps.js'
import type { Change, Plan, Snippet } from '../scaffold/plan.js'
import { importsInEntry } from '../scaffold/plan-code.js'
import type { SessionChoices } from '../scaffold/session-module.js'
import type { Output } from './output.js'

/** A run of `init` as far as it got. */
export interface InitRun {
  readonly project: Project
  readonly plan: Plan
  /** The answers, where they shape a new module. */
  readonly choices: SessionChoices | undefined
  readonly applied: boolean
  /** The command that answers every question the same way. */
  readonly replay: string
}

/** `--cwd` once more, for a command that is run from the same place. */
export const cwdFlag = (cwd: string | undefined): string =>
  cwd === undefined ? '' : ` --cwd ${shellWord(cwd)}`

/** The command that takes the last run back. */
export const undoCommand = (cwd: string | undefined): string => `npx sessmw init --undo${cwdFlag(cwd)}`

/** The answer with `--json`: `docs/cli-schemas/init.json`. */
export function initJson(
  { project, plan, choices, applied, replay }: InitRun,
  cwd: string | undefined,
): object {
  const { entry, git, express, packageManager } = project
  return {
    schema: 'sessmw/init@1',
    applied,
    project: {
      express,
      esm: importsInEntry(project),
      ts: isTypeScript(entry.path),
      pm: packageManager,
      entry: entry.path,
      git: git.tree,
    },
    options: choices ?? null,
    changes: plan.changes.map(changeJson),
    unchanged: plan.unchanged,
    snippet: plan.snippet ?? null,
    install: plan.install,
    warnings: plan.warnings,
    next: nextSteps(project, plan),
    undo: applied ? undoCommand(cwd) : null,
    replay,
  }
}

function changeJson({ path, action, summary, diff }: Change): object {
  const lines = diff.map(({ sign, line, text }) => `${sign}${line} ${text}`)
  const count = (sign: string) => diff.filter((each) => each.sign === sign).length
  return { path, action, summary, added: count('+'), removed: count('-'), diff: lines }
}

/** What was found, before anything is asked. */
export function printProject({ project, plan }: InitRun, { answer, paint }: Output): void {
  const { express, packageManager, entry, git, dotenv, mounted } = project
  const line = (good: boolean, text: string, why = '') =>
    answer(`${good ? paint.green('✔') : paint.yellow('!')} ${text.padEnd(44)} ${paint.dim(why)}`.trimEnd())
  const language = isTypeScript(entry.path) ? 'TypeScript' : 'JavaScript'
  line(true, `express ${express} · ${language} · ${importsInEntry(project) ? 'ES modules' : 'CommonJS'}`)
  line(true, packageManager)
  const { scan, rivals } = entry
  const app = rivals.length > 0 ? undefined : scan?.app
  line(app !== undefined, `entry ${entry.path}`, app && `${app.name} = express(), line ${app.line}`)
  line(git.tree === 'clean', git.tree === 'none' ? 'no git repository' : `git ${git.tree}`)
  const isAdded = plan.changes.some(({ path }) => path === '.gitignore')
  if (mounted === undefined && (git.tracked || (!git.ignored && isAdded))) {
    line(
      false,
      `${dotenv} is not ignored by git`,
      git.tracked ? 'and tracked' : 'will be added to .gitignore',
    )
  }
}

/** What is to change. */
export function printPlan({ changes, unchanged, install }: Plan, project: Project, out: Output): void {
  const { answer, paint } = out
  answer(paint.bold('\nPlan'))
  for (const { path, action, before, summary } of changes) {
    const sign = before === undefined ? paint.green('+') : paint.yellow('~')
    answer(`  ${sign} ${path.padEnd(24)} ${action.padEnd(8)} ${summary}`)
  }
  for (const path of unchanged) answer(paint.dim(`  = ${path}`))
  if (install.length > 0) answer(`  ${paint.dim('$')} ${installCommand(project.packageManager, install)}`)
  for (const change of changes.filter(({ action }) => action === 'edit')) printDiff(change, out)
}

/** The lines that change in a file. */
export function printDiff({ path, diff }: Change, { answer, paint }: Output): void {
  answer(paint.dim(`\n--- ${path}`))
  const width = `${diff.at(-1)?.line ?? 0}`.length
  for (const { sign, line, text } of diff) {
    const written = `  ${sign}${String(line).padEnd(width)}  ${text}`.trimEnd()
    answer(sign === '+' ? paint.green(written) : paint.red(written))
  }
}

/** What to paste where. */
export function printSnippet(
  { path, reason, where, lines }: Snippet,
  cwd: string | undefined,
  { answer, paint }: Output,
): void {
  answer(`\n${paint.yellow('!')} ${path} was not edited: ${reason}.`)
  answer(`  ${where}`)
  for (const line of lines) answer(paint.green(`    + ${line}`))
  answer(`  Then check with: ${paint.cyan(`npx sessmw init --check${cwdFlag(cwd)}`)}`)
}

/** How it ended, and what is left to do. */
export function printResult({ project, plan, replay }: InitRun, cwd: string | undefined, out: Output): void {
  const { answer, paint } = out
  const count = plan.changes.length
  answer(`\n${paint.green('✔')} ${count} ${count === 1 ? 'file' : 'files'} written`)
  answer(paint.bold(cwd === undefined ? 'Next' : `Next, in ${cwd}`))
  for (const [index, step] of nextSteps(project, plan).entries())
    answer(`  ${index + 1}. ${paint.cyan(step)}`)
  const users = project.migrating ? expressSessionUsers(project, plan) : []
  if (users.length > 0) {
    answer(`Keep express-session installed: ${users.join(', ')} ${users.length === 1 ? 'needs' : 'need'} it.`)
  }
  answer(paint.dim(`Undo:   ${undoCommand(cwd)}`))
  answer(paint.dim(`Repeat: ${replay}`))
}

const isTypeScript = (path: string): boolean => /\.(?:[mc]?ts|tsx)$/.test(path)
