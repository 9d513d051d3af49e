import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { Client } from '../support/http.js'
import { type Project, Projects, readmeExamples, start } from './projects.js'

/** Newer versions of Node are downloaded, so they run on request only. */
const OTHER_NODES = process.env.CI || process.env.SESSMW_NODES ? ['node@22', 'node@24'] : []

const TAIL = `
import type { AddressInfo } from 'node:net'
const server = app.listen(0, '127.0.0.1')
server.on('listening', () => console.log((server.address() as AddressInfo).port))
`

const STRICT = ['--strict', '--target', 'es2022', '--esModuleInterop', '--types', 'node']
const NODENEXT = ['--module', 'nodenext']
const NODE16 = ['--module', 'node16']
const BUNDLER = ['--module', 'esnext', '--moduleResolution', 'bundler']

const projects = new Projects()
let packed: string[]
let esm: Project
let cjs: Project

beforeAll(async () => {
  packed = await projects.pack()
  const types = ['@types/node', '@types/express']
  esm = await projects.create('esm', 'module', ['express', 'typescript@~5.9.0', ...types])
  cjs = await projects.create('cjs', 'commonjs', ['express@4'])
  esm.write('app.ts', readmeExamples()[0] + TAIL)
  esm.copy('test/types/augmented/session-data.ts', 'augmented.ts')
  esm.copy('test/types/augmented/session-data.ts', 'augmented.cts')
  cjs.copy('test/package/fixtures/express4.cjs', 'app.cjs')
  cjs.copy('test/package/fixtures/counter.jest.cjs', 'counter.test.js')
  await esm.node([
    binOf('typescript', 'tsc'),
    ...STRICT,
    ...NODENEXT,
    '--noCheck',
    '--outDir',
    'out',
    'app.ts',
  ])
}, 180_000)

afterAll(() => projects.remove())

describe('a strict ESM project with Express 5', () => {
  const check = (
    files: readonly string[],
    module: readonly string[],
    compiler = binOf('typescript', 'tsc'),
  ) => esm.node([compiler, ...STRICT, ...module, '--noEmit', ...files])

  it.each([
    ['node16', NODE16],
    ['bundler', BUNDLER],
  ])('compiles the first example of the README as written, resolved by %s', async (_name, module) => {
    expect(await check(['app.ts'], module)).toBe('')
  })

  it('compiles the other examples of the README', async () => {
    const examples = readmeExamples()
    for (const [index, text] of examples.entries()) esm.write(`example${index}.ts`, text)
    const names = [...examples.keys()].map((index) => `example${index}.ts`)
    // What names the session data counts for a whole program.
    const augmenting = names.filter((_name, index) => examples[index]?.includes('declare module'))
    expect(names.length).toBeGreaterThan(augmenting.length)
    expect(
      await check(
        names.filter((name) => !augmenting.includes(name)),
        NODENEXT,
      ),
    ).toBe('')
    expect(await check(augmenting, NODENEXT)).toBe('')
  })

  it.each(['augmented.ts', 'augmented.cts'])('types named session data in %s', async (file) => {
    expect(await check([file], NODENEXT)).toBe('')
  })

  it('compiles with TypeScript 5, too', async () => {
    const compiler = join(esm.folder, 'node_modules/typescript/bin/tsc')
    expect(await check(['app.ts'], BUNDLER, compiler)).toBe('')
    expect(await check(['augmented.cts'], NODE16, compiler)).toBe('')
  }, 120_000)
})

describe.each(['node', ...OTHER_NODES])('with %s', (version) => {
  const node = version === 'node' ? [process.execPath] : ['npx', '--yes', version]

  it('the ESM project with Express 5 counts 1, 2, 3', async () => {
    expect(await countIn(esm, [...node, 'out/app.js'])).toEqual([1, 2, 3])
  }, 120_000)

  it('the CommonJS project with Express 4 counts 1, 2, 3', async () => {
    expect(await countIn(cjs, [...node, 'app.cjs'])).toEqual([1, 2, 3])
  }, 120_000)
})

describe('the installed package', () => {
  it('works in a Jest test', async () => {
    await cjs.node([binOf('jest', 'jest.js'), '--rootDir', cjs.folder, '--ci', '--runInBand'])
  })

  it.each(['sessmw', 'sessmw/augment', 'sessmw/inspector', 'sessmw/testing'])(
    'gives the same names of %s to import and to require',
    async (entry) => {
      esm.write('required.cjs', `module.exports = Object.keys(require('${entry}'))`)
      esm.write(
        'names.js',
        `import required from './required.cjs'
         console.log(JSON.stringify([Object.keys(await import('${entry}')), required]))`,
      )
      const [imported, required] = JSON.parse(await esm.node(['names.js']))
      expect(required.sort()).toEqual(imported.sort())
    },
  )

  it('has a command that shows its help', async () => {
    const command = join(esm.folder, 'node_modules/.bin/sessmw')
    expect(await esm.run(command, ['--help'])).toMatch(/sessmw/)
  })

  it('S71: contains what it needs and nothing else', () => {
    expect(packed.filter((path) => !/^(?:bin|dist|templates)\//.test(path)).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'package.json',
    ])
    expect(packed).toContain('bin/sessmw.js')
    expect(packed.filter((path) => /\.test\.|\.map$|\.tsbuildinfo$/.test(path))).toEqual([])
  })
})

/** A program of a package that this repository has installed. */
function binOf(name: string, program: string): string {
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`)
  return join(dirname(manifest), 'bin', program)
}

/** Visits the counter three times as one browser, and once as another. */
async function countIn(project: Project, command: readonly string[]): Promise<number[]> {
  const { url, stop } = await start(project, command)
  onTestFinished(stop)
  const visit = async (client: Client) => (await client.get('/session_test')).json().test_counter
  const client = new Client(url)
  const counts = [await visit(client), await visit(client), await visit(client)]
  expect(await visit(new Client(url))).toBe(1)
  return counts
}
