import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** Where this package lies. Resolved by its own name, because source and build lie at different depths. */
function ownFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('sessmw/package.json'))
}

/** The version of this package. */
export function ownVersion(): string {
  return (JSON.parse(readOwnFile('package.json')) as { version: string }).version
}

/** The text of a file of this package. */
export function readOwnFile(path: string): string {
  return readFileSync(join(ownFolder(), path), 'utf8')
}
