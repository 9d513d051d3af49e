import { parseEnv } from 'node:util'
import { secretWeakness } from '../cookie/secret-strength.js'
import { SessmwError } from '../errors.js'
import { exampleOf, type Project } from './detect-project.js'
import { addVariable, brokenLine, fillVariable, hasVariable, ignores, SECRET_VARIABLE } from './env-file.js'
import type { Change, PlanWarning } from './plan.js'
import { addedLines, type DiffLine } from './text-edits.js'
import { appendLines } from './text-style.js'

/** Files of a project that sessions need besides code. */
export interface SecretFiles extends Pick<Project, 'dotenv' | 'texts' | 'git'> {}

/** What else goes into these files. */
export interface Extras {
  /** A variable for `.env.example`, with the value that works on the machine of a developer. */
  readonly example?: readonly [string, string]
  /** What git is to ignore besides the secret. */
  readonly ignore?: string
}

/** The changes that keep a secret in the project; the path alone of a file that has it already. */
export function planSecret(
  { dotenv, texts, git }: SecretFiles,
  secret: string,
  by: string,
  { example, ignore }: Extras = {},
): (Change | string)[] {
  const examples = [[SECRET_VARIABLE, ''] as const, ...(example ? [example] : [])]
  const unseen = [...(git.ignored ? [] : [dotenv]), ...(ignore === undefined ? [] : [ignore])]
  const before = texts.get(dotenv)
  const filled = planFilled(dotenv, before, secret)
  const env = filled ?? planVariables(dotenv, before, [[SECRET_VARIABLE, secret]], by)
  return [
    typeof env === 'string' ? env : hidden(env, secret),
    planVariables(exampleOf(dotenv), texts.get(exampleOf(dotenv)), examples, by),
    planIgnore(texts.get('.gitignore'), unseen),
  ]
}

/** What is wrong with where the secret is; stops nothing. */
export function secretWarnings({ dotenv, git, texts }: SecretFiles): PlanWarning[] {
  const warnings: PlanWarning[] = []
  if (git.tracked) {
    const message = `${dotenv} is tracked by git, so its secret goes into the next commit: git rm --cached ${dotenv}`
    warnings.push({ code: 'secret-file-tracked', message })
  }
  const text = texts.get(dotenv) ?? ''
  const isEmpty = parseEnv(text)[SECRET_VARIABLE] === ''
  if (isEmpty && fillVariable(text, SECRET_VARIABLE, 'x') === undefined) {
    const message = `${SECRET_VARIABLE} in ${dotenv} is empty; npx sessmw secret makes one.`
    warnings.push({ code: 'secret-empty', message })
  }
  return warnings
}

/** A secret that is there, that works in development, and that the app does not start with in production. */
export function weakSecret({ dotenv, texts }: SecretFiles): PlanWarning[] {
  const secret = parseEnv(texts.get(dotenv) ?? '')[SECRET_VARIABLE]
  const weakness = secret ? secretWeakness(secret) : undefined
  if (weakness === undefined) return []
  const message = `${SECRET_VARIABLE} in ${dotenv} ${weakness}. The app refuses it in production; npx sessmw secret makes one.`
  return [{ code: 'secret-weak', message }]
}

/** A copy of `.env.example` names the secret without having it. */
function planFilled(path: string, before = '', secret: string): Change | undefined {
  const after = fillVariable(before, SECRET_VARIABLE, secret)
  if (after === undefined) return undefined
  const old = before.split(/\r?\n/)
  const diff = after.split(/\r?\n/).flatMap((text, index): DiffLine[] => {
    const line = index + 1
    const was = old[index] ?? ''
    return text === was
      ? []
      : [
          { sign: '-', line, text: was },
          { sign: '+', line, text },
        ]
  })
  return { path, action: 'add-key', before, after, summary: SECRET_VARIABLE, diff }
}

function planVariables(
  path: string,
  before: string | undefined,
  variables: readonly (readonly [string, string])[],
  by: string,
): Change | string {
  const missing = variables.filter(([name]) => before === undefined || !hasVariable(before, name))
  if (missing.length === 0) return path
  const after = missing.reduce((text, [name, value]) => addVariable(text, name, value, by), before ?? '')
  checkReadable(path, before ?? '', after, missing)
  return appended(path, 'add-key', before, after, missing.map(([name]) => name).join(', '))
}

/** @throws SessmwError `entry-not-editable` when what was added would not be read back */
function checkReadable(
  path: string,
  before: string,
  after: string,
  added: readonly (readonly [string, string])[],
): void {
  const read = parseEnv(after)
  const lost = added.find(([name, value]) => read[name] !== value)
  if (lost === undefined) return
  const message = `Line ${brokenLine(before)} of ${path} is not NAME=value, so Node would not read ${lost[0]} behind it. Nothing was written.`
  const fix = 'Write that line as NAME=value, put # in front of it, or remove it.'
  throw new SessmwError('entry-not-editable', message, { fix })
}

/** A secret file is for its owner, and nothing that is shown of it holds the secret. */
function hidden(change: Change, secret: string): Change {
  const diff = change.diff.map((line) => ({ ...line, text: line.text.replaceAll(secret, '***') }))
  return { ...change, summary: `${change.summary} (256 bits, not shown)`, diff, mode: 0o600 }
}

function planIgnore(before: string | undefined, lines: readonly string[]): Change | string {
  // A tracked file counts as not ignored however often it is listed.
  const missing = lines.filter((line) => before === undefined || !ignores(before, line))
  if (missing.length === 0) return '.gitignore'
  return appended('.gitignore', 'add-line', before, appendLines(before ?? '', missing), missing.join(', '))
}

function appended(
  path: string,
  action: Change['action'],
  before: string | undefined,
  after: string,
  summary: string,
): Change {
  const old = before ?? ''
  const lines = after
    .slice(old.length)
    .replace(/^\r?\n|\r?\n$/g, '')
    .split(/\r?\n/)
  const first = old.split('\n').length + (old === '' || old.endsWith('\n') ? 0 : 1)
  return { path, action, before, after, summary, diff: addedLines(lines, first) }
}
