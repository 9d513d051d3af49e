import { join } from 'node:path'
import { SessmwError } from '../errors.js'
import { type ScannedFile, scanSources } from './express-app.js'
import { type Entry, findEntry, loadsPackage } from './find-entry.js'
import { findMounted, type Mounted } from './find-mounted.js'
import { type GitState, readGit } from './git.js'
import {
  dependentsOf,
  type PackageJson,
  type PackageManager,
  packageManagerOf,
  readPackage,
} from './package-json.js'
import { modulePaths } from './plan-code.js'
import { safePath } from './safe-path.js'
import { findPackages, readEverySource, readSources, readText, type SourceFile } from './source-files.js'

/** What the user said about the project. */
export interface DetectOptions {
  /** The file with the app, relative to the project. */
  readonly entry?: string | undefined
  /** The file for the secret, relative to the project. */
  readonly dotenv: string
  /** Move an app on express-session to the drop-in. */
  readonly migrate?: boolean | undefined
  /** `npm_config_user_agent`: which package manager runs this process. */
  readonly userAgent?: string | undefined
}

/** All that the plan depends on. Paths are relative to `root`, with `/`. */
export interface Project {
  readonly root: string
  readonly dotenv: string
  /** Version or range of Express. */
  readonly express: string
  readonly packageManager: PackageManager
  readonly json: PackageJson
  readonly git: GitState
  readonly sources: readonly ScannedFile[]
  /** When it is to be moved from express-session: the sources and its tests. */
  readonly everySource: readonly SourceFile[]
  readonly entry: Entry
  readonly mounted: Mounted | undefined
  /** Loads express-session, and is to be moved. */
  readonly migrating: boolean
  /** Packages that load express-session themselves, so that it has to stay installed. */
  readonly expressSessionUsers: readonly string[]
  /** Uses a library that owns `req.session` too. */
  readonly otherSessions: boolean
  /** Sets `trust proxy` already. */
  readonly trustsProxy: boolean
  readonly tsconfig: string
  /** Texts of the files that may be written; those that do not exist are absent. */
  readonly texts: ReadonlyMap<string, string>
}

/**
 * Reads everything, changes nothing.
 *
 * @throws SessmwError when `init` has nothing to work on (exit 3) or a path is unsafe (exit 2)
 */
export function detectProject(root: string, options: DetectOptions): Project {
  const dotenv = checkDotenv(root, options.dotenv)
  if (options.entry !== undefined) safePath(root, options.entry)
  const json = readPackage(root)
  const sources = scanSources(readSources(root))
  if (json.dependencies.express === undefined && !loadsPackage(sources, 'express')) throw noExpress(root)
  const mounted = findMounted(sources)
  const onExpressSession = loadsPackage(sources, 'express-session')
  if (onExpressSession && !options.migrate && mounted === undefined) {
    throw new SessmwError(
      'already-on-express-session',
      'express-session is mounted here; two libraries cannot own req.session.',
    )
  }
  if (options.migrate && !onExpressSession && mounted === undefined) {
    throw new SessmwError('nothing-to-migrate', 'No source file here loads express-session.')
  }
  const migrating = options.migrate === true && onExpressSession
  const entry = findEntry(root, sources, json, options.entry)
  return {
    root,
    dotenv,
    express: expressVersion(root, json),
    packageManager: packageManagerOf(root, json, options.userAgent),
    json,
    git: readGit(root, dotenv),
    sources,
    everySource: migrating ? readEverySource(root) : [],
    entry,
    mounted,
    migrating,
    expressSessionUsers: dependentsOf(root, json, 'express-session'),
    otherSessions: loadsPackage(sources, 'cookie-session') || loadsPackage(sources, 'client-sessions'),
    trustsProxy: sources.some(({ text }) => /['"]trust proxy['"]/.test(text)),
    tsconfig: readText(join(root, 'tsconfig.json')) ?? '',
    texts: readTexts(root, [dotenv, exampleOf(dotenv), '.gitignore', ...modulePaths(entry.path)]),
  }
}

/** In the root of a workspace the app is further down. */
function noExpress(root: string): SessmwError {
  const packages = findPackages(root, 'express')
  const [first] = packages
  const message = 'Neither package.json nor a source file names express.'
  if (first === undefined) return new SessmwError('no-express', message)
  const list = packages.slice(0, 5).join(', ')
  const fix = `Set one of them up: npx sessmw init --cwd ${first}`
  return new SessmwError('no-express', `${message} These packages do: ${list}.`, { fix })
}

/** The file that shows which variables there are; it is committed, so it never holds a value. */
export const exampleOf = (dotenv: string): string => `${dotenv}.example`

/** What has to be known to put a secret into a project, which need not be one of Express. */
export function readSecretFiles(root: string, file: string): Pick<Project, 'dotenv' | 'texts' | 'git'> {
  const dotenv = checkDotenv(root, file)
  return {
    dotenv,
    texts: readTexts(root, [dotenv, exampleOf(dotenv), '.gitignore']),
    git: readGit(root, dotenv),
  }
}

/** The path is written into source code and `.gitignore`, so it has to be plain. */
function checkDotenv(root: string, path: string): string {
  safePath(root, path)
  const plain = path.replace(/\\/g, '/').replace(/^\.\//, '')
  if (/^[\w.][\w./-]*$/.test(plain)) return plain
  throw new SessmwError('usage', `--dotenv ${JSON.stringify(path)}: letters, digits, . - _ / only, please.`)
}

function readTexts(root: string, paths: readonly string[]): Map<string, string> {
  const texts = new Map<string, string>()
  for (const path of paths) {
    const text = readText(safePath(root, path))
    if (text !== undefined) texts.set(path, text)
  }
  return texts
}

/** @throws SessmwError `no-express` for a version that sessmw does not know */
function expressVersion(root: string, json: PackageJson): string {
  const installed = readText(join(root, 'node_modules', 'express', 'package.json'))
  const found = installed === undefined ? null : /"version"\s*:\s*"([^"]+)"/.exec(installed)
  const version = found?.[1] ?? json.dependencies.express ?? 'unknown'
  const major = /\d+/.exec(version)
  if (major === null || Number(major[0]) >= 4) return version
  throw new SessmwError('no-express', `Express ${version} is too old; sessmw needs Express 4 or 5.`)
}
