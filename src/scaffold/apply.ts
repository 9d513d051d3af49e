import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { SessmwError } from '../errors.js'
import { safePath } from './safe-path.js'
import { readText } from './source-files.js'

/** A file and what it holds before and after; undefined = it does not exist. */
export interface FileChange {
  /** Relative to the root, with `/`. */
  readonly path: string
  readonly before: string | undefined
  readonly after: string | undefined
  /** Permissions of a new file. */
  readonly mode?: number
}

/** SHA-256 of a text, base64url; null for a file that does not exist. */
export function hashOf(text: string | undefined): string | null {
  return text === undefined ? null : createHash('sha256').update(text).digest('base64url')
}

interface Staged extends FileChange {
  readonly target: string
  /** The new text on disk, beside the target, so that one rename puts it in place. */
  readonly temporary: string | undefined
}

/**
 * Changes all files or none: everything is written beside its target first, then put in place, and taken back when a
 * step fails.
 *
 * @throws SessmwError `io` when something cannot be written or has changed since it was read, `unsafe-path` for links
 */
export function applyChanges(root: string, changes: readonly FileChange[]): void {
  const staged: Staged[] = []
  const done: Staged[] = []
  const folders: string[] = []
  try {
    for (const change of changes) {
      folders.push(...makeFolders(dirname(safePath(root, change.path))))
      staged.push(stage(root, change))
    }
    for (const change of staged) {
      put(change)
      done.push(change)
    }
  } catch (error) {
    for (const change of done.reverse()) takeBack(change)
    for (const folder of folders.reverse()) removeEmpty(folder)
    throw ioError(error)
  } finally {
    for (const { temporary } of staged) if (temporary !== undefined) rmSync(temporary, { force: true })
  }
}

function stage(root: string, change: FileChange): Staged {
  const target = safePath(root, change.path)
  if (hashOf(readText(target)) !== hashOf(change.before)) {
    throw new SessmwError('io', `${change.path} changed while sessmw was looking at it.`)
  }
  if (change.after === undefined) return { ...change, target, temporary: undefined }
  const temporary = writeBeside(target, change.after, modeOf(target, change))
  return { ...change, target, temporary }
}

/** An existing file keeps its permissions. */
function modeOf(target: string, { before, mode }: FileChange): number | undefined {
  return before === undefined ? mode : statSync(target).mode & 0o7777
}

function writeBeside(target: string, text: string, mode: number | undefined): string {
  const suffix = randomBytes(6).toString('hex')
  const temporary = join(dirname(target), `.${basename(target)}.sessmw-${suffix}`)
  writeFileSync(temporary, text, { flag: 'wx', mode: mode === undefined ? 0o666 : mode & 0o600 })
  // The mode given at creation is cut by the umask.
  if (mode !== undefined) chmodSync(temporary, mode)
  return temporary
}

function put({ target, temporary, before }: Staged): void {
  if (temporary === undefined) rmSync(target)
  // O_EXCL: a file or link that somebody made in the meantime is never overwritten.
  else if (before === undefined) copyNew(temporary, target)
  else renameSync(temporary, target)
}

function copyNew(from: string, to: string): void {
  try {
    copyFileSync(from, to, constants.COPYFILE_EXCL)
  } catch (error) {
    // A full disk leaves the first part of the copy.
    if (codeOf(error) !== 'EEXIST') rmSync(to, { force: true })
    throw error
  }
}

function takeBack({ target, before, after, mode }: Staged): void {
  if (before === undefined) rmSync(target, { force: true })
  else
    renameSync(
      writeBeside(target, before, after === undefined ? mode : statSync(target).mode & 0o7777),
      target,
    )
}

/** Makes a folder and those above it; answers with the ones that were not there, outermost first. */
function makeFolders(folder: string): string[] {
  if (existsSync(folder)) return []
  const made = makeFolders(dirname(folder))
  mkdirSync(folder)
  return [...made, folder]
}

/** Removes a folder unless there is something in it. */
export function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch (error) {
    // Somebody else uses it by now.
    if (codeOf(error) !== 'ENOTEMPTY') throw error
  }
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined

function ioError(error: unknown): SessmwError {
  if (error instanceof SessmwError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new SessmwError('io', `${message}. Nothing was changed.`, { cause: error })
}
