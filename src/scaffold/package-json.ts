import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { SessmwError } from '../errors.js'
import { readText } from './source-files.js'

/** Who installs packages. */
export type PackageManager = 'npm' | 'pnpm' | 'yarn' | 'bun'

/** What `init` needs of a package.json. */
export interface PackageJson {
  readonly type?: string
  readonly main?: string
  readonly packageManager?: string
  readonly scripts: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
}

const LOCKFILES: readonly (readonly [string, PackageManager])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
  ['package-lock.json', 'npm'],
]

/**
 * Reads package.json; development dependencies count as dependencies.
 *
 * @throws SessmwError `no-project`
 */
export function readPackage(root: string): PackageJson {
  const text = readText(join(root, 'package.json'))
  if (text === undefined) throw new SessmwError('no-project', 'There is no package.json in this folder.')
  let json: Record<string, unknown>
  try {
    json = objectOr(JSON.parse(text.replace(/^\uFEFF/, '')))
  } catch (error) {
    const fix = 'Repair package.json; `npm pkg get name` shows where it breaks.'
    throw new SessmwError('no-project', 'package.json is not valid JSON.', { fix, cause: error })
  }
  const dependencies = { ...strings(json.devDependencies), ...strings(json.dependencies) }
  return {
    ...strings({ type: json.type, main: json.main, packageManager: json.packageManager }),
    scripts: strings(json.scripts),
    dependencies,
  }
}

/** The dependencies that need another package to be installed, as their own package.json says. */
export function dependentsOf(root: string, json: PackageJson, name: string): string[] {
  const names = new RegExp(`"(?:dependencies|peerDependencies)"\\s*:\\s*\\{[^}]*"${name}"`)
  return Object.keys(json.dependencies).filter((dependency) =>
    names.test(readText(join(root, 'node_modules', dependency, 'package.json')) ?? ''),
  )
}

/** Lockfile here or further up, then the `packageManager` field, then who started this process; else npm. */
export function packageManagerOf(
  root: string,
  json: PackageJson,
  userAgent: string | undefined,
): PackageManager {
  for (let folder = root; ; folder = dirname(folder)) {
    const found = LOCKFILES.find(([file]) => existsSync(join(folder, file)))
    if (found) return found[1]
    if (folder === dirname(folder) || existsSync(join(folder, '.git'))) break
  }
  const named = /^(npm|pnpm|yarn|bun)\b/.exec(json.packageManager ?? userAgent ?? '')
  return (named?.[1] as PackageManager | undefined) ?? 'npm'
}

const objectOr = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

function strings(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(objectOr(value)).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  )
}
