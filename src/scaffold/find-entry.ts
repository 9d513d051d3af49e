import { posix } from 'node:path'
import { SessmwError } from '../errors.js'
import type { ScannedFile } from './express-app.js'
import type { PackageJson } from './package-json.js'
import { whyNoSource } from './source-files.js'

/** The file with the app. */
export interface Entry extends ScannedFile {
  /** Other files that make an app too, so that nobody can tell which one is meant. */
  readonly rivals: readonly string[]
}

const MAYBE_APP = /\bexpress['"]?\)?\s*\(\s*\)/
const NAME_IT =
  'Name the file that has `app = express()`: --entry src/app.js. An app that a framework makes: app.use(session({ ... })) by hand.'
const EXTENSION = /\.(?:[mc]?[jt]s|[jt]sx)$/

/**
 * The file that makes the Express app: the one that was named, the only one there is, or the one that package.json
 * starts.
 *
 * @throws SessmwError `no-express` when no file makes one, `usage` when the named file is no source file
 */
export function findEntry(
  root: string,
  sources: readonly ScannedFile[],
  json: PackageJson,
  named: string | undefined,
): Entry {
  if (named !== undefined) return namedEntry(root, sources, named)
  const candidates = sources.filter(makesApp)
  const names = startedBy(json)
  const started = candidates.filter(({ path }) => names.includes(path.replace(EXTENSION, '')))
  const entry = started.length === 1 ? started[0] : candidates[0]
  if (entry === undefined)
    throw new SessmwError('no-express', 'No source file here has an express() app.', { fix: NAME_IT })
  const rivals = started.length === 1 ? [] : candidates.slice(1).map(({ path }) => path)
  return { ...entry, rivals }
}

function namedEntry(root: string, sources: readonly ScannedFile[], named: string): Entry {
  const path = posix.normalize(named.replaceAll('\\', '/'))
  const file = sources.find((source) => source.path === path)
  if (file !== undefined && makesApp(file)) return { ...file, rivals: [] }
  const why = file === undefined ? whyNoSource(root, path) : undefined
  if (why !== undefined) throw new SessmwError('usage', `--entry ${named} ${why}.`)
  throw new SessmwError('no-express', `${named} has no express() app.`, { fix: NAME_IT })
}

/** Whether some file loads a package; one that cannot be parsed may, when it names it. */
export function loadsPackage(sources: readonly ScannedFile[], name: string): boolean {
  return sources.some(({ text, scan }) =>
    scan === undefined ? text.includes(name) : scan.modules.includes(name),
  )
}

const makesApp = ({ scan, text }: ScannedFile): boolean =>
  scan === undefined ? MAYBE_APP.test(text) : scan.appCount > 0

/** What `main` and the usual scripts start, without extension; of a built file its source, too. */
function startedBy({ main, scripts }: PackageJson): string[] {
  const commands = [scripts.start, scripts.dev, scripts.serve].filter((command) => command !== undefined)
  const files = commands.flatMap((command) => command.split(/\s+/)).concat(main ?? [])
  const names = files.map((file) => file.replace(/^\.\//, '').replace(EXTENSION, ''))
  return names.flatMap((name) => [name, name.replace(/^(?:dist|build|out|lib)\//, 'src/')])
}
