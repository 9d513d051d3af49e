import { statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/** What is loaded when an entry of the package is required, dependencies included. */
export interface EntrySize {
  readonly files: number
  readonly bytes: number
}

const ENTRIES: Readonly<Record<string, string>> = {
  sessmw: 'index.js',
  'sessmw/express-session': 'express-session.cjs',
  'sessmw/redis': 'redis.js',
  'sessmw/postgres': 'postgres.js',
  'sessmw/sqlite': 'sqlite.js',
}

const require = createRequire(import.meta.url)
const build = fileURLToPath(new URL('../../dist/cjs/', import.meta.url))

/** The size of each entry of the last build, in the form in which it is loaded: CommonJS. */
export function entrySizes(): Record<string, EntrySize> {
  return Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, sizeOf(build + file)]))
}

function sizeOf(path: string): EntrySize {
  for (const loaded of Object.keys(require.cache)) delete require.cache[loaded]
  require(path)
  const files = Object.keys(require.cache)
  return { files: files.length, bytes: files.reduce((sum, file) => sum + statSync(file).size, 0) }
}
