import { randomBytes } from 'node:crypto'
import { posix } from 'node:path'
import { SessmwError } from '../../errors.js'
import { detectProject, type Project } from '../../scaffold/detect-project.js'
import { shellWord } from '../../scaffold/next-steps.js'
import { ownVersion } from '../../scaffold/own-package.js'
import { type Plan, planInit } from '../../scaffold/plan.js'
import { makesModule } from '../../scaffold/plan-code.js'
import type { SessionChoices } from '../../scaffold/session-module.js'
import { readTemplates } from '../../scaffold/templates.js'
import { applyWithUndo, undoChanges } from '../../scaffold/undo.js'
import { EXIT } from '../exit-code.js'
import { askChoices, type ChoiceFlags, choiceFlags, givenChoices } from '../init-choices.js'
import {
  cwdFlag,
  type InitRun,
  initJson,
  printDiff,
  printPlan,
  printProject,
  printResult,
  printSnippet,
  undoCommand,
} from '../init-report.js'
import { type Io, isInteractive } from '../io.js'
import { type Output, type OutputOptions, outputOf } from '../output.js'
import { type Prompts, promptsOf } from '../prompts.js'

/** Options of `sessmw init`. */
export interface InitOptions extends OutputOptions, ChoiceFlags {
  /** Where to run instead, as it was given; `io.cwd` is there already. */
  readonly cwd?: string
  readonly entry?: string
  readonly dotenv?: string
  readonly dryRun?: boolean
  /** A file of the plan, or true for all. */
  readonly diff?: string | true
  readonly check?: boolean
  readonly yes?: boolean
  readonly allowDirty?: boolean
  readonly snippetOnly?: boolean
  readonly migrate?: boolean
  readonly undo?: boolean
}

/** Shows what it would do, asks once, then does all of it or nothing. */
export async function init(options: InitOptions, io: Io): Promise<number> {
  const out = outputOf(io, options)
  if (options.undo) return undo(options, io, out)
  const given = givenChoices(options)
  const { entry, dotenv = '.env', migrate } = options
  const project = detectProject(io.cwd, { entry, dotenv, migrate, userAgent: io.env.npm_config_user_agent })
  const shaped = !project.migrating && project.mounted === undefined && makesModule(project)
  const runOf = planner(project, options, shaped, given.open.length < 4)
  let run = runOf(given.choices)
  if (run.plan.changes.length === 0) return nothingToWrite(run, options, out)
  const looksOnly = options.dryRun || options.check || options.diff !== undefined
  if (!looksOnly) checkMayApply(run, options, io)
  if (!options.json && options.diff === undefined) printProject(run, out)
  if (!looksOnly && !options.yes && shaped) run = runOf(await askChoices(given, promptsOf(io)))
  for (const { message } of run.plan.warnings) out.warn(message)
  if (!options.json) {
    if (options.diff === undefined) printPlan(run.plan, project, out)
    else printLines(run.plan, options.diff, out)
  }
  if (!looksOnly && !options.yes && !(await agrees(run.plan, promptsOf(io), out))) {
    out.note('Nothing was written.')
    return EXIT.negative
  }
  if (!looksOnly) applyWithUndo(io.cwd, run.plan.changes)
  return finish({ ...run, applied: !looksOnly }, options, out)
}

function planner(project: Project, options: InitOptions, shaped: boolean, chosen: boolean) {
  const secret = randomBytes(32).toString('base64url')
  const templates = readTemplates()
  const { snippetOnly = false } = options
  return (choices: SessionChoices): InitRun => ({
    project,
    plan: planInit(project, { secret, templates, choices, chosen, snippetOnly }),
    choices: shaped ? choices : undefined,
    applied: false,
    replay: replayCommand(options, shaped ? choices : undefined),
  })
}

/** @throws SessmwError `no-tty` when nobody can be asked, `dirty-tree` */
function checkMayApply({ project, replay }: InitRun, options: InitOptions, io: Io): void {
  if (!options.yes && (options.json || !isInteractive(io))) {
    const why = options.json ? 'With --json nothing is asked' : 'stdin is not a terminal'
    throw new SessmwError('no-tty', `${why}. To accept the defaults, or others in their place:\n${replay}`)
  }
  if (project.git.tree === 'dirty' && !options.allowDirty) {
    throw new SessmwError('dirty-tree', 'What init changes could not be told from your own changes.')
  }
}

function replayCommand(options: InitOptions, choices: SessionChoices | undefined): string {
  const { cwd, entry, dotenv, allowDirty, snippetOnly, migrate } = options
  const parts = [`npx sessmw@${ownVersion()} init --yes${cwdFlag(cwd)}`]
  if (migrate) parts.push('--migrate')
  if (choices !== undefined) parts.push(...choiceFlags(choices))
  if (entry !== undefined) parts.push(`--entry ${shellWord(entry)}`)
  if (dotenv !== undefined && dotenv !== '.env') parts.push(`--dotenv ${dotenv}`)
  if (snippetOnly) parts.push('--snippet-only')
  if (allowDirty) parts.push('--allow-dirty')
  return parts.join(' ')
}

async function agrees(plan: Plan, prompts: Prompts, out: Output): Promise<boolean> {
  const choices = [
    { value: 'yes', name: 'yes' },
    { value: 'diff', name: 'show every line first' },
    { value: 'no', name: 'no' },
  ]
  for (;;) {
    const answer = await prompts.select('Apply?', choices)
    if (answer !== 'diff') return answer === 'yes'
    for (const change of plan.changes) printDiff(change, out)
  }
}

function nothingToWrite(run: InitRun, options: InitOptions, out: Output): number {
  for (const { message } of run.plan.warnings) out.warn(message)
  if (options.json) out.json(initJson(run, options.cwd))
  else {
    out.answer(out.paint.dim(run.plan.unchanged.map((path) => `= ${path}`).join('  ')))
    if (run.plan.snippet === undefined) out.answer('Nothing to do.')
    else printSnippet(run.plan.snippet, options.cwd, out)
  }
  return exitOf(run.plan, options)
}

/** @throws SessmwError `usage` when the plan does not change the file of `--diff` */
function printLines({ changes }: Plan, diff: string | true, out: Output): void {
  const named = diff === true ? undefined : posix.normalize(diff.replaceAll('\\', '/'))
  const shown = changes.filter(({ path }) => named === undefined || path === named)
  if (shown.length === 0)
    throw new SessmwError(
      'usage',
      `--diff ${diff}: the plan does not change this file, but ${changes.map(({ path }) => path).join(', ')}.`,
    )
  for (const change of shown) printDiff(change, out)
}

function finish(run: InitRun, options: InitOptions, out: Output): number {
  if (options.json) out.json(initJson(run, options.cwd))
  else {
    if (run.plan.snippet !== undefined) printSnippet(run.plan.snippet, options.cwd, out)
    if (run.applied) printResult(run, options.cwd, out)
  }
  return exitOf(run.plan, options)
}

function exitOf({ snippet, changes }: Plan, { check, snippetOnly }: InitOptions): number {
  if (check) return snippet === undefined && changes.length === 0 ? EXIT.ok : EXIT.negative
  return snippet === undefined || snippetOnly ? EXIT.ok : EXIT.conflict
}

function undo(options: InitOptions, io: Io, out: Output): number {
  const { restored, kept, left } = undoChanges(io.cwd) ?? { restored: [], kept: [], left: 0 }
  if (options.json) out.json({ schema: 'sessmw/init-undo@1', restored, kept })
  else {
    for (const path of restored) out.answer(`${out.paint.green('✔')} restored ${path}`)
    for (const path of kept) out.answer(`${out.paint.yellow('!')} ${path} was changed since; left alone`)
    if (restored.length + kept.length === 0) out.answer('Nothing to undo.')
  }
  const runs = left === 1 ? 'One earlier run is' : `${left} earlier runs are`
  if (left > 0) out.note(`${runs} left: ${undoCommand(options.cwd)}`)
  return kept.length === 0 ? EXIT.ok : EXIT.conflict
}
