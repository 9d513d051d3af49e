import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import { SessmwError } from '../errors.js'

/** A source file of the project; the path is relative to it, with `/`. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

const SOURCE = /(?<!\.d)\.(?:[mc]?[jt]s|[jt]sx)$/
const TEST_FILE = /\.(?:test|spec)\.\w+$/
/** Folders with built or foreign code. */
const FOREIGN = new Set('node_modules dist build out coverage public static vendor'.split(' '))
const TESTS = new Set('test tests __tests__ spec e2e examples'.split(' '))
const MAX_DEPTH = 5
const MAX_FILES = 2000

/**
 * The source files of a project that may hold its app; links are not followed, and files that are no UTF-8 are left out,
 * as are packages inside of the project.
 */
export function readSources(root: string): SourceFile[] {
  return readFiles(root, isSkipped, (path) => SOURCE.test(path) && !TEST_FILE.test(path))
}

/** The source files, and tests and examples as well. */
export function readEverySource(root: string): SourceFile[] {
  return readFiles(root, isForeign, (path) => SOURCE.test(path))
}

function readFiles(
  root: string,
  skips: (folder: string) => boolean,
  takes: (path: string) => boolean,
): SourceFile[] {
  const files: SourceFile[] = []
  const isOther = (path: string) =>
    path !== '' && (skips(posix.basename(path)) || isPackage(join(root, path)))
  walkFolders(root, isOther, (path) => {
    if (!takes(path) || files.length >= MAX_FILES) return
    const text = decode(readFileSync(join(root, path)))
    if (text !== undefined) files.push({ path, text })
  })
  return files
}

/** Why a file is not among the sources of the project, as the end of a sentence; undefined when it is. */
export function whyNoSource(root: string, path: string): string | undefined {
  const target = join(root, path)
  if (!existsSync(target)) return 'does not exist'
  if (statSync(target).isDirectory()) return 'is a folder; name the file in it'
  if (!SOURCE.test(path)) return 'is neither JavaScript nor TypeScript'
  const folders = path.split('/').slice(0, -1)
  const at = folders.findIndex(isSkipped)
  if (at !== -1) {
    return `lies in ${folders.slice(0, at + 1).join('/')}, where init does not look: it is for built, foreign or test code`
  }
  if (TEST_FILE.test(path)) return 'is a test by its name'
  const outer = folders.map((_, index) => folders.slice(0, index + 1).join('/'))
  const other = outer.find((folder) => isPackage(join(root, folder)))
  if (other !== undefined) return `belongs to another package: npx sessmw init --cwd ${other}`
  if (decode(readFileSync(target)) === undefined) return 'is not UTF-8 text; save it as UTF-8'
  return folders.length > MAX_DEPTH ? `lies more than ${MAX_DEPTH} folders deep` : undefined
}

/** The folders below a project that are packages which depend on something, such as those of a workspace. */
export function findPackages(root: string, dependency: string): string[] {
  const folders: string[] = []
  const named = `"${dependency}"`
  walkFolders(
    root,
    (path) => isSkipped(posix.basename(path)),
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
      else if (entry.isDirectory() && depth < MAX_DEPTH) walk(path, depth + 1)
    }
  }
  walk('', 0)
}

const isForeign = (folder: string): boolean => FOREIGN.has(folder) || folder.startsWith('.')
const isSkipped = (folder: string): boolean => isForeign(folder) || TESTS.has(folder)

/**
 * The text of a file, or undefined when there is none.
 *
 * @throws SessmwError `io` for a folder, and for bytes that could not be written back as they are
 */
export function readText(path: string): string | undefined {
  if (!existsSync(path)) return undefined
  if (statSync(path).isDirectory()) {
    throw new SessmwError('io', `${path} is a folder, and a file is needed there. Nothing was changed.`, {
      fix: 'Rename the folder, or remove it.',
    })
  }
  const text = decode(readFileSync(path))
  if (text === undefined) throw new SessmwError('io', `${path} is not UTF-8 text.`)
  return text
}

/** UTF-8 that survives the way back to bytes. */
function decode(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8')
  return Buffer.from(text, 'utf8').equals(bytes) ? text : undefined
}
