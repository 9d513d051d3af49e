import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { COOKIE_CODES, LOAD_CODES, SAVE_CODES } from '../src/core/verdict-table.js'
import { isSessmwError } from '../src/errors.js'
import { createSessions } from '../src/index.js'
import { filesBelow, root } from './support/sources.js'

const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const PAGES = [
  'README.md',
  'AGENTS.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  'docs/requirements.md',
  'docs/stores.md',
  'docs/inspector.md',
  'docs/inspector-api.md',
  'docs/performance.md',
  'docs/migrating-from-express-session.md',
]

/** Everything in backticks on a page, code blocks included. */
function codeOf(page: string): string[] {
  const text = read(page)
  const blocks = [...text.matchAll(/```\w*\n([\s\S]*?)```/g)].map(([, block = '']) => block)
  const spans = [...text.replace(/```[\s\S]*?```/g, '').matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span)
  return [...blocks, ...spans]
}

/** The cells of the rows of the tables under a heading. */
function tableUnder(page: string, heading: string): string[][] {
  const section = read(page).split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  const rows = section.split('\n').filter((line) => line.startsWith('| '))
  return rows.slice(2).map((row) =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

const spansOf = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span)

describe.each(PAGES)('%s', (page) => {
  it('names only files and folders that exist', () => {
    const paths = codeOf(page).flatMap((code) =>
      [...code.matchAll(/(?:^|\s)((?:\.ci|\.github|bench|bin|dist|docs|src|templates|test)\/[\w./-]*)/g)].map(
        ([, path = '']) => path,
      ),
    )
    const links = [...read(page).matchAll(/\]\(([^)#:]+)\)/g)].map(([, link = '']) => link)
    const targets = [...paths, ...links.map((link) => join(dirname(page), link))]
    expect(targets.filter((path) => !path.startsWith('dist/') && !existsSync(join(root, path)))).toEqual([])
  })

  it('names only npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json'))
    const named = codeOf(page).flatMap((code) =>
      [...code.matchAll(/\bnpm (?:run ([\w:]+)|(test))\b/g)].map(([, script, test]) => script ?? test ?? ''),
    )
    expect(named.filter((name) => !(name in scripts))).toEqual([])
  })
})

describe('README.md', () => {
  it('has at most 200 lines, and AGENTS.md fewer than 80', () => {
    expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(200)
    expect(read('AGENTS.md').trimEnd().split('\n').length).toBeLessThan(80)
  })

  it('lists the options that exist, each once', () => {
    const listed = tableUnder('README.md', 'Options').flatMap(([names = '']) => spansOf(names))
    expect(listed.sort()).toEqual(knownOptions().sort())
  })

  it('lists the codes of a verdict', () => {
    const lists = [...read('README.md').matchAll(/^- `(load|save|cookie)`: (.*)$/gm)]
    expect(lists.map(([, face = '', codes = '']) => [face, spansOf(codes)])).toEqual([
      ['load', Object.keys(LOAD_CODES)],
      ['save', Object.keys(SAVE_CODES)],
      ['cookie', Object.keys(COOKIE_CODES)],
    ])
  })

  it('lists the commands that exist, and flags that they have', () => {
    const program = [read('src/cli/program.ts'), read('src/cli/cookie-commands.ts')].join('\n')
    const commands = [...program.matchAll(/\badd\(\s*'(\w+)/g)].map(([, name = '']) => name)
    const rows = tableUnder('README.md', 'Command line')
    expect(rows.map(([name = '']) => /sessmw (\w+)/.exec(name)?.[1]).sort()).toEqual(commands.sort())
    const flags = [...read('README.md').matchAll(/`(--[a-z-]+)`/g)].map(([, flag = '']) => flag)
    expect(flags.filter((flag) => flag !== '--help' && !program.includes(flag))).toEqual([])
  })

  it('names only exports that exist', async () => {
    const imports = [...read('README.md').matchAll(/import \{([^}]+)\} from '(sessmw[^']*)'/g)]
    const entries: Record<string, object> = {
      sessmw: await import('../src/index.js'),
      'sessmw/testing': await import('../src/testing.js'),
      'sessmw/inspector': await import('../src/inspector.js'),
    }
    const missing = imports.flatMap(([, names = '', entry = '']) =>
      names
        .split(',')
        .map((name) => name.trim())
        .filter((name) => !(name in (entries[entry] ?? {}))),
    )
    expect(imports.length).toBeGreaterThan(0)
    expect(missing).toEqual([])
  })

  it('starts with commands that work in a fresh clone', () => {
    const commands = [...read('README.md').matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text = '']) =>
      text.trim(),
    )
    expect(commands).toEqual(['npm ci && npx sessmw serve', 'npm ci && npm test'])
    const { bin, scripts } = JSON.parse(read('package.json'))
    expect(scripts.prepare).toBe('npm run build')
    expect(() => accessSync(join(root, bin.sessmw), constants.X_OK)).not.toThrow()
  })
})

describe('docs/requirements.md', () => {
  it('has a row for each number that a test is named after', () => {
    const rows = [
      ...tableUnder('docs/requirements.md', 'Security'),
      ...tableUnder('docs/requirements.md', 'Faults'),
    ]
    const ids = rows.map(([id]) => id)
    const numbered = filesBelow('test')
      .filter((path) => path.endsWith('.test.ts'))
      .flatMap((path) => numbersIn(read(path)).map((id) => ({ path, id })))
    const missing = numbered.filter(({ id }) => !ids.includes(id))
    expect(numbered.length).toBeGreaterThan(0)
    expect(missing.map(({ path, id }) => `${id} in ${path}`)).toEqual([])
  })
})

/** The numbers with which the names of tests begin: `S13: ...`, `F9, F10: ...`. */
function numbersIn(text: string): string[] {
  const titles = text.matchAll(/\(\s*['"`]([SF]\d+(?:, [SF]\d+)*): /g)
  return [...new Set([...titles].flatMap(([, ids = '']) => ids.split(', ')))]
}

/** The options, as the error for an unknown one lists them. */
function knownOptions(): string[] {
  try {
    createSessions(JSON.parse('{ "noSuchOption": 1 }'))
  } catch (error) {
    const list = isSessmwError(error) ? /Known options: ([^.]*)\./.exec(error.message)?.[1] : undefined
    if (list !== undefined) return list.split(', ')
    throw error
  }
  throw new Error('an unknown option was accepted')
}
