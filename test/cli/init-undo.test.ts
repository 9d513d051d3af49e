import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { App, CJS_ENTRY, project } from '../scaffold/apps.js'
import { run } from './run-in-process.js'
import { validJson } from './schemas.js'

const init = (app: App, ...args: string[]) => run(['init', ...args], { cwd: app.root })
const app = () => new App(project('app.js', CJS_ENTRY))

describe('sessmw init --undo', () => {
  it('takes back the runs one after the other, and says what is left', async () => {
    const twice = app()
    const before = twice.snapshot()
    await init(twice, '--yes')
    rmSync(join(twice.root, '.env'))
    const between = twice.snapshot()
    await init(twice, '--yes')
    const last = await init(twice, '--undo')
    expect([last.exit, last.stdout]).toEqual([0, '✔ restored .env\n'])
    expect(last.stderr).toMatch(/One earlier run is left: npx sessmw init --undo\n$/)
    expect(twice.snapshot()).toEqual(between)
    const first = await init(twice, '--undo')
    expect([first.exit, first.stderr]).toEqual([0, ''])
    expect(twice.snapshot()).toEqual(before)
    expect((await init(twice, '--undo')).stdout).toBe('Nothing to undo.\n')
  })

  it('passes over a run of which nothing is left', async () => {
    const twice = app()
    const before = twice.snapshot()
    await init(twice, '--yes')
    rmSync(join(twice.root, '.env'))
    await init(twice, '--yes')
    rmSync(join(twice.root, '.env'))
    const { stdout, stderr } = await init(twice, '--undo')
    expect([stdout, stderr]).toEqual([expect.stringContaining('✔ restored app.js'), ''])
    expect(twice.snapshot()).toEqual(before)
  })

  it('leaves no folder behind that init made, and those of others alone', async () => {
    const alone = app()
    await init(alone, '--yes')
    await init(alone, '--undo')
    expect(existsSync(join(alone.root, 'node_modules'))).toBe(false)
    const shared = app()
    shared.write('node_modules/.cache/other/x', '')
    await init(shared, '--yes')
    await init(shared, '--undo')
    expect(existsSync(join(shared.root, 'node_modules/.cache/sessmw'))).toBe(false)
    expect(shared.read('node_modules/.cache/other/x')).toBe('')
  })

  it.each(['node_modules', 'node_modules/.cache'])(
    'writes nothing through a link, and works all the same: %s',
    async (link) => {
      const linked = app()
      const outside = new App({ 'express/package.json': '{ "version": "5.1.0" }' })
      if (link !== 'node_modules') mkdirSync(join(linked.root, 'node_modules'))
      symlinkSync(outside.root, join(linked.root, link))
      linked.git('init', '-q')
      const before = [linked.snapshot(), outside.snapshot()]
      expect((await init(linked, '--yes', '--allow-dirty')).exit).toBe(0)
      expect(outside.snapshot()).toEqual(before[1])
      linked.git('check-ignore', '-q', '.sessmw/undo.json')
      expect(linked.mode('.sessmw/undo.json')).toBe('600')
      expect((await init(linked, '--undo')).exit).toBe(0)
      expect([linked.snapshot(), outside.snapshot()]).toEqual(before)
      expect(existsSync(join(linked.root, '.sessmw'))).toBe(false)
    },
  )

  it('answers programs on stdout as before', async () => {
    const twice = app()
    await init(twice, '--yes')
    rmSync(join(twice.root, '.env'))
    await init(twice, '--yes')
    const { stdout, stderr } = await init(twice, '--undo', '--json')
    expect(validJson('init-undo', stdout).restored).toEqual(['.env'])
    expect(stderr).toContain('is left')
  })
})
