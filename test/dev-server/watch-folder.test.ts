import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { FolderWatcher } from '../../src/dev-server/watch-folder.js'

/** A watched folder; `told` is what was told of it. */
function watched(files: Record<string, string> = {}) {
  const root = mkdtempSync(join(tmpdir(), 'sessmw-watch-'))
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  for (const [path, text] of Object.entries(files)) write(path, text)
  const told: string[] = []
  const watcher = new FolderWatcher(root, (file) => told.push(file))
  onTestFinished(() => {
    watcher.close()
    rmSync(root, { recursive: true, force: true })
  })
  return { root, write, told, watcher }
}

const tells = (told: readonly string[], file: string): Promise<void> =>
  vi.waitFor(() => expect(told).toContain(file), { timeout: 5_000 })

describe('a watched folder', () => {
  it('tells of a changed source file, once for many writes', async () => {
    const { write, told } = watched({ 'app.js': '1' })
    for (let n = 0; n < 20; n += 1) write('app.js', String(n))
    await tells(told, 'app.js')
    expect(told).toEqual(['app.js'])
  })

  it('tells of files below, of new ones, of removed ones, and of those that took the place of another', async () => {
    const { root, write, told } = watched({ 'lib/deep/a.ts': '1', 'b.mjs': '1', 'c.cjs': '1' })
    write('lib/deep/a.ts', '2')
    await tells(told, join('lib', 'deep', 'a.ts'))
    write('lib/new.tsx', '1')
    await tells(told, join('lib', 'new.tsx'))
    rmSync(join(root, 'b.mjs'))
    await tells(told, 'b.mjs')
    write('other.txt', '2')
    renameSync(join(root, 'other.txt'), join(root, 'c.cjs'))
    await tells(told, 'c.cjs')
    write('.env.local', 'A=1')
    await tells(told, '.env.local')
  })

  it('follows folders that are new, and those that were replaced', async () => {
    const { root, write, told } = watched({ 'lib/a.js': '1' })
    write('more/inner/b.js', '1')
    await tells(told, join('more', 'inner', 'b.js'))
    rmSync(join(root, 'lib'), { recursive: true })
    write('lib/a.js', '2')
    await tells(told, join('lib', 'a.js'))
    told.length = 0
    write('lib/a.js', '3')
    await tells(told, join('lib', 'a.js'))
  })

  it('does not tell of data, of packages and of hidden folders', async () => {
    const { write, told } = watched({ 'node_modules/x/index.js': '1', '.git/a.js': '1', 'db.json': '1' })
    for (const path of ['node_modules/x/index.js', '.git/a.js', 'db.json', 'sessions/1.json', 'app.db'])
      write(path, '2')
    write('last.js', '1')
    await tells(told, 'last.js')
    expect(told).toEqual(['last.js'])
  })

  it('tells of nothing once it is closed', async () => {
    const { write, told, watcher } = watched({ 'a.js': '1' })
    const other = watched({ 'a.js': '1' })
    write('a.js', '2')
    watcher.close()
    other.write('a.js', '2')
    await tells(other.told, 'a.js')
    expect(told).toEqual([])
  })
})
