import { join } from 'node:path'
import { SessmwError } from '../errors.js'
import { applyChanges, type FileChange, hashOf } from './apply.js'
import { safePath } from './safe-path.js'
import { readText } from './source-files.js'

const FOLDER = 'node_modules/.cache/sessmw'
const STATE = `${FOLDER}/undo.json`

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
}

/**
 * Applies changes in such a way that `undoChanges` can take them back.
 *
 * The note of what was there may hold other secrets of `.env`; so it is readable by its owner only and ignored by git.
 */
export function applyWithUndo(root: string, changes: readonly FileChange[]): void {
  const entries = changes.map(({ path, before, after }) => ({
    path,
    before: before ?? null,
    after: hashOf(after),
  }))
  const state = `${JSON.stringify({ version: 1, entries }, null, 2)}\n`
  applyChanges(root, [own(root, `${FOLDER}/.gitignore`, '*\n'), own(root, STATE, state), ...changes])
}

/** Restores each file that is still as `init` left it. Undefined when there is nothing to take back. */
export function undoChanges(root: string): UndoResult | undefined {
  const text = readText(safePath(root, STATE))
  if (text === undefined) return undefined
  const restored: FileChange[] = []
  const kept: string[] = []
  for (const { path, before, after } of parseState(text)) {
    const now = readText(safePath(root, path))
    if (hashOf(now) === after) restored.push({ path, before: now, after: before ?? undefined })
    else if (now !== (before ?? undefined)) kept.push(path)
  }
  applyChanges(root, [...restored, { path: STATE, before: text, after: undefined, mode: 0o600 }])
  return { restored: restored.map(({ path }) => path), kept }
}

function own(root: string, path: string, after: string): FileChange {
  return { path, before: readText(safePath(root, path)), after, mode: 0o600 }
}

function parseState(text: string): UndoEntry[] {
  try {
    const { entries } = JSON.parse(text) as { entries: unknown }
    if (Array.isArray(entries) && entries.every(isEntry)) return entries
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new SessmwError('io', `${join(STATE)} cannot be understood; nothing was changed.`)
}

function isEntry(value: unknown): value is UndoEntry {
  if (typeof value !== 'object' || value === null) return false
  const { path, before, after } = value as Record<string, unknown>
  const isText = (part: unknown) => part === null || typeof part === 'string'
  return typeof path === 'string' && isText(before) && isText(after)
}
