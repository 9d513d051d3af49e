import { describe, expect, it } from 'vitest'
import { App, CJS_ENTRY, packageJson, project, TS_ENTRY } from '../scaffold/apps.js'
import { run } from './run-in-process.js'
import { validJson } from './schemas.js'

const init = (cwd: string, ...args: string[]) => run(['init', '--yes', ...args], { cwd })

describe('what sessmw init says comes next', () => {
  it.each([
    ['app.js', CJS_ENTRY, ['node app.js', 'npx sessmw serve app.js']],
    ['src/app.ts', TS_ENTRY, ['npx tsx src/app.ts', 'npx sessmw serve src/app.ts']],
    ['my app.js', CJS_ENTRY, ["node 'my app.js'", "npx sessmw serve 'my app.js'"]],
  ])('names the entry: %s', async (path, entry, next) => {
    const { stdout } = await init(new App(project(path, entry)).root)
    for (const [index, step] of next.entries()) expect(stdout).toContain(`  ${index + 1}. ${step}\n`)
    const json = await init(new App(project(path, entry)).root, '--json')
    expect(validJson('init', json.stdout).next).toEqual(next)
  })

  it('repeats --cwd where a command is run from the same place', async () => {
    const app = new App({
      'packages/my api/package.json': packageJson(),
      'packages/my api/app.js': CJS_ENTRY,
    })
    const { stdout } = await init(app.root, '--cwd', 'packages/my api')
    expect(stdout).toContain('Next, in packages/my api\n')
    expect(stdout).toContain("Undo:   npx sessmw init --undo --cwd 'packages/my api'\n")
    expect(stdout).toMatch(/Repeat: npx sessmw@[\d.]+ init --yes --cwd 'packages\/my api' --store /)
    const undone = await run(['init', '--undo', '--cwd', 'packages/my api'], { cwd: app.root })
    expect(undone.exit).toBe(0)
    const json = await init(app.root, '--cwd', 'packages/my api', '--json')
    expect(validJson('init', json.stdout)).toMatchObject({
      undo: "npx sessmw init --undo --cwd 'packages/my api'",
      replay: expect.stringContaining("--cwd 'packages/my api'"),
    })
  })
})

describe('the check that a snippet of sessmw init ends with', () => {
  it('can be run as it is, from the same place', async () => {
    const app = new App({ 'api/package.json': packageJson(), 'api/app.js': CJS_ENTRY })
    const { stdout } = await init(app.root, '--cwd', 'api', '--snippet-only')
    const check = /Then check with: npx sessmw (.*)\n/.exec(stdout)?.[1]?.split(' ') ?? []
    expect(check).toEqual(['init', '--check', '--cwd', 'api'])
    expect((await run(check, { cwd: app.root })).exit).toBe(1)
  })
})

describe('the snippet of sessmw init where no name is left for the module', () => {
  it.each([
    ['app.js', CJS_ENTRY, {}, "const { session } = require('sessmw');"],
    ['app.mjs', CJS_ENTRY.replaceAll(';', ''), {}, "import { session } from 'sessmw'"],
    ['app.ts', TS_ENTRY, {}, 'import { session } from "sessmw";'],
  ])('is complete and in the form of the entry: %s', async (path, entry, extra, load) => {
    const extension = path.replace('app', '')
    const taken = {
      [`session${extension}`]: 'var mine = 1\n',
      [`session-middleware${extension}`]: 'var mine = 2\n',
    }
    const app = new App(project(path, entry, extra, taken))
    const { exit, stdout } = await init(app.root, '--proxy', '1')
    const { snippet } = validJson('init', (await init(app.root, '--json', '--proxy', '1')).stdout) as {
      snippet: { lines: string[] }
    }
    expect([exit, snippet.lines[0]]).toEqual([4, load])
    expect(snippet.lines.join('\n')).toMatch(
      /app\.set\(.trust proxy., 1\);?\napp\.use\(session\(\{ secretKey/,
    )
    expect(stdout).toContain('run init again')
    app.write(path, `${snippet.lines[0]}\n${entry}\n${snippet.lines.slice(1).join('\n')}`)
    expect(await init(app.root)).toMatchObject({ exit: 0, stdout: expect.stringContaining('Nothing to do.') })
  })
})
