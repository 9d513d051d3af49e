import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { SessmwError } from '../errors.js'
import { applyChanges, type FileChange, hashOf, removeEmpty } from './apply.js'
import { goesThroughLink, safePath } from './safe-path.js'
import { readText } from './source-files.js'

/** Where the notes are; in the second place when the first is behind a link, through which nothing is written. */
const FOLDERS = ['node_modules/.cache/sessmw', '.sessmw'] as const
const IGNORE_ALL = '*\n'

/** What undo knows of one file. */
interface UndoEntry {
  readonly path: string
  /** The text before; null when there was no file. */
  readonly before: string | null
  /** SHA-256 of the text that `init` left. */
  readonly after: string | null
}

/** What undo did. */
export interface UndoResult {
  readonly restored: readonly string[]
  /** Changed since, and therefore left alone. */
  readonly kept: readonly string[]
  /** How many earlier runs can be taken back. */
  readonly left: number
}

/**
 * Applies changes in such a way that `undoChanges` can take them back.
 *
 * The note of what was there may hold other secrets of `.env`; so it is readable by its owner only and ignored by git.
 */
export function applyWithUndo(root: string, changes: readonly FileChange[]): void {
  const { folder, state, runs } = readNotes(root)
  const run = changes.map(({ path, before, after }) => ({
    path,
    before: before ?? null,
    after: hashOf(after),
  }))
  const notes = own(root, state, notesOf([...runs, run]))
  applyChanges(root, [own(root, `${folder}/.gitignore`, IGNORE_ALL), notes, ...changes])
}

/** Restores each file that is still as the last run left it. Undefined when there is nothing to take back. */
export function undoChanges(root: string): UndoResult | undefined {
  const { folder, state, text, runs } = readNotes(root)
  if (text === undefined) return undefined
  let step = stepOf(root, runs.pop())
  // Of a run that was taken back by hand nothing is left to do.
  while (step.restored.length + step.kept.length === 0 && runs.length > 0) step = stepOf(root, runs.pop())
  const { restored, kept } = step
  const notes = own(root, state, runs.length === 0 ? undefined : notesOf(runs))
  applyChanges(root, [...restored, notes])
  if (runs.length === 0) removeFolder(root, folder)
  return { restored: restored.map(({ path }) => path), kept, left: runs.length }
}

function stepOf(root: string, run: readonly UndoEntry[] = []) {
  const restored: FileChange[] = []
  const kept: string[] = []
  for (const { path, before, after } of run) {
    const now = readText(safePath(root, path))
    if (hashOf(now) === after) restored.push({ path, before: now, after: before ?? undefined })
    else if (now !== (before ?? undefined)) kept.push(path)
  }
  return { restored, kept }
}

/** Removes what the notes needed, outwards as far as nothing else is there. */
function removeFolder(root: string, folder: string): void {
  const ignore = own(root, `${folder}/.gitignore`, undefined)
  if (ignore.before === IGNORE_ALL) applyChanges(root, [ignore])
  for (let path: string = folder; path !== '.'; path = dirname(path)) removeEmpty(join(root, path))
}

function own(root: string, path: string, after: string | undefined): FileChange {
  return { path, before: readText(safePath(root, path)), after, mode: 0o600 }
}

function readNotes(root: string) {
  const usable = FOLDERS.filter((folder) => !goesThroughLink(root, folder))
  const used = usable.find((folder) => existsSync(join(root, folder, 'undo.json')))
  const folder = used ?? usable[0] ?? FOLDERS[1]
  const state = `${folder}/undo.json`
  const text = readText(safePath(root, state))
  return { folder, state, text, runs: text === undefined ? [] : parseNotes(state, text) }
}

const notesOf = (runs: readonly (readonly UndoEntry[])[]): string =>
  `${JSON.stringify({ version: 1, runs }, null, 2)}\n`

function parseNotes(path: string, text: string): UndoEntry[][] {
  try {
    const { runs } = JSON.parse(text) as Record<string, unknown>
    if (Array.isArray(runs) && runs.every(isRun)) return runs
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new SessmwError('io', `${path} cannot be understood; nothing was changed.`, {
    fix: 'Remove that file; what it noted can then not be undone.',
  })
}

const isRun = (run: unknown): run is UndoEntry[] => Array.isArray(run) && run.every(isEntry)

function isEntry(value: unknown): value is UndoEntry {
  if (typeof value !== 'object' || value === null) return false
  const { path, before, after } = value as Record<string, unknown>
  const isText = (part: unknown) => part === null || typeof part === 'string'
  return typeof path === 'string' && isText(before) && isText(after)
}
