import { expect } from 'vitest'
import { run } from '../cli/run-in-process.js'
import type { App } from './apps.js'
import { appOf, originalOf, startApp, typeErrors, visit } from './corpus.js'
import type { EditedApp } from './edited-apps.js'

/** Runs init on an app of the corpus, then the app, then init again, then takes it all back. */
export async function editAndBoot(edited: EditedApp): Promise<void> {
  const { name, folder = '', args = [], entry, start = entry } = edited
  const app = appOf(name, folder)
  const before = app.snapshot()
  const first = await run(['init', '--yes', ...args], { cwd: app.root })
  expect(first).toMatchObject({ exit: 0, stderr: '' })
  expectEdit(app, edited, originalOf(name, `${folder}/${entry}`))
  const after = app.snapshot()
  const second = await run(['init', '--yes', ...args], { cwd: app.root })
  expect([second.exit, second.stdout]).toEqual([0, expect.stringContaining('Nothing to do.\n')])
  expect(app.snapshot()).toEqual(after)
  if (entry.endsWith('ts')) expect(await typeErrors(app)).toBe('')
  expect(await visit(await startApp(app, start))).toEqual({ visits: [1, 2, 3], cookies: ['sid'] })
  expect((await run(['init', '--undo'], { cwd: app.root })).exit).toBe(0)
  expect(app.snapshot()).toEqual(before)
}

function expectEdit(
  app: App,
  { entry, load, mount = ['app.use(sessionMiddleware)'], behind }: EditedApp,
  original: string,
): void {
  const eol = original.includes('\r\n') ? '\r\n' : '\n'
  const lines = app.read(entry).split(eol)
  const at = lines.indexOf(mount[0] ?? '')
  expect(lines.slice(at - 1, at + mount.length)).toEqual([behind, ...mount])
  lines.splice(at, mount.length)
  expect(lines).toContain(load)
  lines.splice(lines.indexOf(load), 1)
  expect(lines.join(eol)).toBe(original)
}
