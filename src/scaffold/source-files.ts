import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { SessmwError } from '../errors.js'

/** A source file of the project; the path is relative to it, with `/`. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

const SOURCE = /(?<!\.d)\.(?:[mc]?[jt]s|[jt]sx)$/
const TEST_FILE = /\.(?:test|spec)\.\w+$/
/** Folders with built, foreign or test code. */
const SKIPPED = new Set(
  'node_modules dist build out coverage public static vendor test tests __tests__ spec e2e examples'.split(
    ' ',
  ),
)
const MAX_DEPTH = 5
const MAX_FILES = 2000

/**
 * The source files of a project that may hold its app; links are not followed, and files that are no UTF-8 are left out,
 * as are packages inside of the project.
 */
export function readSources(root: string): SourceFile[] {
  const files: SourceFile[] = []
  const isOther = (path: string) => path !== '' && isPackage(join(root, path))
  walkFolders(root, isOther, (path) => {
    if (!isSource(path) || files.length >= MAX_FILES) return
    const text = decode(readFileSync(join(root, path)))
    if (text !== undefined) files.push({ path, text })
  })
  return files
}

/** The folders below a project that are packages which depend on something, such as those of a workspace. */
export function findPackages(root: string, dependency: string): string[] {
  const folders: string[] = []
  const named = `"${dependency}"`
  walkFolders(
    root,
    () => false,
    (path) => {
      const isManifest = path.endsWith('/package.json')
      if (isManifest && decode(readFileSync(join(root, path)))?.includes(named))
        folders.push(posix.dirname(path))
    },
  )
  return folders
}

/** A package.json that only sets `type` belongs to the package around it. */
function isPackage(folder: string): boolean {
  const path = join(folder, 'package.json')
  return existsSync(path) && /"(?:name|dependencies)"/.test(readFileSync(path, 'utf8'))
}

function walkFolders(root: string, skip: (path: string) => boolean, file: (path: string) => void): void {
  const walk = (folder: string, depth: number) => {
    if (skip(folder)) return
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isFile()) file(path)
      else if (entry.isDirectory() && depth < MAX_DEPTH && !isSkipped(entry.name)) walk(path, depth + 1)
    }
  }
  walk('', 0)
}

const isSkipped = (name: string): boolean => SKIPPED.has(name) || name.startsWith('.')
const isSource = (name: string): boolean => SOURCE.test(name) && !TEST_FILE.test(name)

/**
 * The text of a file, or undefined when there is none.
 *
 * @throws SessmwError `io` for bytes that could not be written back as they are
 */
export function readText(path: string): string | undefined {
  if (!existsSync(path)) return undefined
  const text = decode(readFileSync(path))
  if (text === undefined) throw new SessmwError('io', `${path} is not UTF-8 text.`)
  return text
}

/** UTF-8 that survives the way back to bytes. */
function decode(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8')
  return Buffer.from(text, 'utf8').equals(bytes) ? text : undefined
}
