import { type Dirent, type FSWatcher, readdirSync, watch } from 'node:fs'
import { join, relative, sep } from 'node:path'

/** Editors write a file in several steps, and tools several files. */
const GATHER_MS = 100

/** What an app is made of. Other files are its data, which it may write itself. */
const SOURCE = /(?:\.[cm]?[jt]sx?|^\.env(?:\..+)?)$/

const IGNORED = /^(?:node_modules|\..+)$/

/** Watches the source files in a folder and all below it, but for `node_modules` and folders that begin with a dot. */
export class FolderWatcher {
  readonly #watchers = new Map<string, FSWatcher>()
  #timer: NodeJS.Timeout | undefined
  #changed: string | undefined

  /** @param changed Called with the path of a changed file within the folder, some milliseconds after the last change. */
  constructor(
    private readonly folder: string,
    private readonly changed: (file: string) => void,
  ) {
    this.#watchAll(folder)
  }

  /** Nothing is told of afterwards. */
  close(): void {
    clearTimeout(this.#timer)
    for (const folder of [...this.#watchers.keys()]) this.#forget(folder)
  }

  /** @returns the folders that were not watched before. */
  #watchAll(folder: string): string[] {
    const isNew = !this.#watchers.has(folder)
    const watcher = isNew
      ? ifThere(() => watch(folder, (kind, name) => this.#noticed(folder, kind, name ?? '')))
      : undefined
    if (watcher !== undefined) {
      watcher.on('error', () => this.#forget(folder))
      this.#watchers.set(folder, watcher)
    }
    const below = entriesOf(folder).filter((entry) => entry.isDirectory() && !IGNORED.test(entry.name))
    const more = below.flatMap(({ name }) => this.#watchAll(join(folder, name)))
    return watcher === undefined ? more : [folder, ...more]
  }

  #forget(folder: string): void {
    this.#watchers.get(folder)?.close()
    this.#watchers.delete(folder)
  }

  #noticed(folder: string, kind: string, name: string): void {
    const path = join(folder, name)
    if (SOURCE.test(name)) this.#changed = relative(this.folder, path)
    else if (IGNORED.test(name)) return
    // A folder that was replaced is another one, of which its watcher hears nothing.
    const isFolder = (known: string): boolean => known === path || known.startsWith(path + sep)
    if (kind === 'rename')
      for (const known of [...this.#watchers.keys()].filter(isFolder)) this.#forget(known)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#settle(), GATHER_MS)
  }

  #settle(): void {
    const found = this.#watchAll(this.folder)
    // A new folder was not watched when its files were written.
    const file =
      this.#changed ?? found.map((folder) => this.#sourceIn(folder)).find((path) => path !== undefined)
    this.#changed = undefined
    if (file !== undefined) this.changed(file)
  }

  #sourceIn(folder: string): string | undefined {
    const entry = entriesOf(folder).find(({ name }) => SOURCE.test(name))
    return entry && relative(this.folder, join(folder, entry.name))
  }
}

const entriesOf = (folder: string): Dirent[] =>
  ifThere(() => readdirSync(folder, { withFileTypes: true })) ?? []

/** Undefined for a folder that has gone meanwhile, or that may not be read. */
function ifThere<Result>(look: () => Result): Result | undefined {
  try {
    return look()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return undefined
    throw error
  }
}
