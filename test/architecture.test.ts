import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { importsOf, readSources, ringOf, root } from './support/sources.js'

const ENTRIES = [
  'index.ts',
  'augment.ts',
  'express-session.ts',
  'inspector.ts',
  'postgres.ts',
  'redis.ts',
  'sqlite.ts',
  'testing.ts',
]

/** The arrows: what the files of a ring may import besides their own ring. Everything points inward. */
const ARROWS: Record<string, readonly string[]> = {
  'errors.ts': [],
  cookie: ['errors.ts'],
  core: ['cookie', 'errors.ts'],
  stores: ['core', 'errors.ts'],
  testing: ['core', 'errors.ts'],
  express: ['core', 'cookie', 'errors.ts'],
  inspector: ['express', 'core', 'cookie', 'errors.ts'],
  scaffold: ['cookie', 'errors.ts'],
  doctor: ['core', 'cookie', 'errors.ts'],
  'dev-server': ['inspector', 'express', 'stores', 'core', 'cookie', 'errors.ts'],
  cli: ['dev-server', 'scaffold', 'doctor', 'inspector', 'express', 'stores', 'core', 'cookie', 'errors.ts'],
}

/** The one place where the core is put together with what lies outside of it. */
const COMPOSITION = {
  'core/create-sessions.ts': ['stores/deadline.ts', 'stores/memory.ts'],
}

/** Each runtime dependency, and the rings that may import it; none of them in more than one file. */
const DEPENDENCIES: Record<string, readonly string[]> = {
  'cookie-signature': ['cookie'],
  express: ['dev-server', 'inspector'],
  chalk: ['cli'],
  commander: ['cli'],
  inquirer: ['cli'],
}

/** Clients of databases, which users install, and what the build puts into our own files; by ring as well. */
const OTHERS: Record<string, readonly string[]> = {
  'better-sqlite3': ['stores'],
  redis: ['stores'],
  ioredis: ['stores'],
  pg: ['stores'],
  '@babel/parser': ['scaffold'],
  preact: ['inspector'],
  'preact/hooks': ['inspector'],
}

const sources = readSources()
const runtimeImports = sources.flatMap(({ path, imports }) =>
  imports.filter(({ typeOnly }) => !typeOnly).map((found) => ({ path, ...found })),
)

describe('source files', () => {
  it('import only their own ring and rings further inward', () => {
    const wrong = sources.flatMap(({ path, imports }) =>
      imports
        .filter(({ external, target }) => !external && !mayImport(path, target))
        .map(({ target }) => `${path} -> ${target}`),
    )
    expect(wrong).toEqual([])
  })

  it('lie in a ring that has arrows, or are entries', () => {
    const known = [...Object.keys(ARROWS), ...ENTRIES]
    expect(sources.map(({ path }) => path).filter((path) => !known.includes(ringOf(path)))).toEqual([])
  })

  it('form no cycle at run time', () => {
    expect(findCycle(new Map(sources.map(({ path }) => [path, targetsOf(path)])))).toBeUndefined()
  })

  it('have at most 250 lines', () => {
    expect(sources.filter(({ lines }) => lines > 250).map(({ path, lines }) => `${path}: ${lines}`)).toEqual(
      [],
    )
  })

  it('import each runtime dependency in one file of its ring, and no other package', () => {
    const external = runtimeImports.filter(({ external, target }) => external && !isBuiltin(target))
    const allowed = { ...DEPENDENCIES, ...OTHERS }
    const wrong = external.filter(({ path, target }) => !allowed[target]?.includes(ringOf(path)))
    expect(wrong.map(({ path, target }) => `${path} -> ${target}`)).toEqual([])
    for (const name of Object.keys(DEPENDENCIES)) {
      const users = new Set(external.filter(({ target }) => target === name).map(({ path }) => path))
      expect([name, [...users]]).toEqual([name, [...users].slice(0, 1)])
    }
  })

  it('that hold a response know nothing of sessions', () => {
    const holding = sources.filter(({ path }) => /^express\/(?:hold|held)/.test(path))
    const targets = holding.flatMap(({ imports }) => imports.filter(({ external }) => !external))
    expect(holding.length).toBeGreaterThan(0)
    expect(targets.filter(({ target }) => !/^express\/(?:hold|held)/.test(target))).toEqual([])
  })

  it('of the core and the cookie ring do no input or output and set no timer', () => {
    const io = /^node:(?:fs|net|http|https|http2|child_process|dgram|dns|timers|worker_threads)(?:\/|$)/
    const inner = runtimeImports.filter(({ path }) => ['core', 'cookie'].includes(ringOf(path)))
    expect(inner.filter(({ target }) => io.test(target)).map(({ path }) => path)).toEqual([])
    const calls = sources
      .filter(({ path }) => ['core', 'cookie'].includes(ringOf(path)))
      .filter(({ path }) => /\bset(?:Timeout|Interval|Immediate)\(/.test(readSource(path)))
    expect(calls.map(({ path }) => path)).toEqual([])
  })

  it('write nothing to the console outside of the CLI', () => {
    const talking = sources.filter(({ path }) => ringOf(path) !== 'cli' && usesConsole(readSource(path)))
    expect(talking.map(({ path }) => path)).toEqual([])
  })
})

describe('the package', () => {
  it('S71: names exactly the five runtime dependencies and runs no script when it is installed', () => {
    const { dependencies, scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(Object.keys(dependencies).sort()).toEqual(Object.keys(DEPENDENCIES).sort())
    expect(Object.keys(scripts).filter((name) => /^(?:pre|post)?install$/.test(name))).toEqual([])
  })

  it.each([
    ['import', 'for (const name of NAMES) await import(name)'],
    ['require', 'for (const name of NAMES) createRequire(import.meta.url)(name)'],
  ])('needs no dependency but cookie-signature for its library entries, by %s', (_form, load) => {
    const folder = packageWith(['cookie-signature'])
    const script = `import { createRequire } from 'node:module'
      const NAMES = ['sessmw', 'sessmw/augment', 'sessmw/testing']
      ${load}
      process.stdout.write('loaded')`
    writeFileSync(join(folder, 'load.mjs'), script)
    expect(execFileSync(process.execPath, [join(folder, 'load.mjs')], { encoding: 'utf8' })).toBe('loaded')
  })
})

describe('the import reader', () => {
  it('tells types from values, and sees imports of every form', () => {
    const text = `
      /* import { no } from './no.js' */
import { a, type B } from './a.js'
import type { C } from '../errors.js'
import { type D, type E } from './d.js'
import './side.js'
export {
  f,
} from 'pkg'
const g = await import('chalk')`
    expect(importsOf(text, 'core/x.ts').map(({ target, typeOnly }) => [target, typeOnly])).toEqual([
      ['core/a.ts', false],
      ['errors.ts', true],
      ['core/d.ts', true],
      ['pkg', false],
      ['core/side.ts', false],
      ['chalk', false],
    ])
  })

  it('finds a cycle', () => {
    const graph = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['b']],
    ])
    expect(findCycle(graph)).toEqual(['b', 'c', 'b'])
  })
})

function mayImport(path: string, target: string): boolean {
  const from = ringOf(path)
  const to = ringOf(target)
  if (ENTRIES.includes(path)) return to !== 'cli' && (!ENTRIES.includes(to) || path === 'augment.ts')
  if (from === to && from !== path) return true
  const allowed = ARROWS[from] ?? []
  const composed = COMPOSITION[path as keyof typeof COMPOSITION] ?? []
  return allowed.includes(to) || composed.includes(target)
}

function targetsOf(path: string): string[] {
  return runtimeImports.filter((found) => found.path === path && !found.external).map(({ target }) => target)
}

/** The first cycle that a depth-first walk meets, as the path around it. */
function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>()
  const walk = (node: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(node)) return [...trail.slice(trail.indexOf(node)), node]
    if (done.has(node)) return undefined
    for (const next of graph.get(node) ?? []) {
      const cycle = walk(next, [...trail, node])
      if (cycle !== undefined) return cycle
    }
    done.add(node)
    return undefined
  }
  for (const node of graph.keys()) {
    const cycle = walk(node, [])
    if (cycle !== undefined) return cycle
  }
  return undefined
}

function isBuiltin(target: string): boolean {
  return target.startsWith('node:') || builtinModules.includes(target)
}

function readSource(path: string): string {
  return readFileSync(join(root, 'src', path), 'utf8')
}

/** Comments may show what users write. */
function usesConsole(text: string): boolean {
  return /\bconsole\.\w+\(/.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ''))
}

/** A folder in whose `node_modules` lie the built package and only these of its dependencies. */
function packageWith(dependencies: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'sessmw-alone-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const modules = join(folder, 'node_modules')
  for (const part of ['package.json', 'dist'])
    cpSync(join(root, part), join(modules, 'sessmw', part), { recursive: true })
  for (const name of dependencies)
    cpSync(join(root, 'node_modules', name), join(modules, name), { recursive: true })
  return folder
}
