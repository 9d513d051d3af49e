import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folders: string[] = []

/** The path of a database file that is not there yet, in a folder of its own. */
export function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sessmw-sqlite-'))
  folders.push(folder)
  return join(folder, 'sessions.db')
}

/** Removes every file that `newFile` has named, and what SQLite put beside it. */
export function removeFiles(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}
