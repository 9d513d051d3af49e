import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'

export const root = join(import.meta.dirname, '..', '..')

/** One import or re-export of a source file. */
export interface Import {
  /** Path below `src`, with slashes; of a package, its name. */
  readonly target: string
  readonly external: boolean
  /** Erased by the compiler: nothing is loaded because of it. */
  readonly typeOnly: boolean
}

export interface SourceFile {
  /** Path below `src`, with slashes. */
  readonly path: string
  readonly lines: number
  readonly imports: readonly Import[]
}

/** Every TypeScript file below `src`, with what it imports. */
export function readSources(): SourceFile[] {
  const src = join(root, 'src')
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => path.split(sep).join('/'))
    .sort()
    .map((path) => {
      const text = readFileSync(join(src, path), 'utf8')
      return { path, lines: text.trimEnd().split('\n').length, imports: importsOf(text, path) }
    })
}

/** The imports in the text of a file; `path` is where it lies below `src`. */
export function importsOf(text: string, path: string): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  const statements = code.matchAll(/^(?:import|export)\b([^'"`;=]*?)\bfrom\s*'([^']+)'/gm)
  const bare = code.matchAll(/^import\s*'([^']+)'/gm)
  const dynamic = code.matchAll(/\b(?:import|require)\(\s*'([\w@./:-]+)'\s*\)/g)
  return [
    ...[...statements].map(([, clause = '', target = '']) => toImport(target, path, isTypeOnly(clause))),
    ...[...bare, ...dynamic].map(([, target = '']) => toImport(target, path, false)),
  ]
}

function isTypeOnly(clause: string): boolean {
  if (/^\s*type\b/.test(clause)) return true
  const named = /^\s*\{([^}]*)\}\s*$/.exec(clause)?.[1]
  if (named === undefined) return false
  return named
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .every((name) => name.startsWith('type '))
}

function toImport(target: string, from: string, typeOnly: boolean): Import {
  const external = !target.startsWith('.')
  const path = posix.join(posix.dirname(from), target).replace(/\.js$/, '.ts')
  return { target: external ? target : path, external, typeOnly }
}

/** Files below a folder of the repository, relative to its root. */
export function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
}

/** The folder of a source file below `src`: its ring; for files at the top, their name. */
export function ringOf(path: string): string {
  const folder = dirname(path).split('/')[0]
  return folder === undefined || folder === '.' ? path : folder
}

/** The version of a package that is installed in this repository. */
export function versionOf(name: string): string {
  return JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version
}
