import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { filesBelow, root } from '../support/sources.js'
import { runExample } from './example-process.js'

/** The examples that the page lists: the file, and what it needs in the environment. */
const listed = [
  ...readFileSync(join(root, 'examples', 'README.md'), 'utf8').matchAll(
    /^\| \[([^\]]+)\]\(\1\) .*\| (.*) \|$/gm,
  ),
].map(([, file = '', needs = '']) => ({ file, needs: needs.replaceAll('`', '').split(' ') }))

describe('examples/README.md', () => {
  it('lists every example, each once', () => {
    const isProgram = (path: string) => readFileSync(join(root, path), 'utf8').includes('process.env')
    const programs = filesBelow('examples').filter((path) => /\.[cm]?[jt]s$/.test(path) && isProgram(path))
    expect(listed.map(({ file }) => `examples/${file}`).sort()).toEqual(programs.sort())
  })

  it.each(listed)(
    '$file says what it misses in the environment, and nothing else is needed',
    async (example) => {
      const env: Record<string, string> = {}
      const complaints: string[] = []
      for (const name of example.needs) {
        const { code, errors } = await runExample(example.file, env)
        expect(code).toBe(1)
        complaints.push(/^Error: (.*)$/m.exec(errors)?.[1] ?? errors)
        env[name] = 'a-value-of-some-length-for-this-test'
      }
      expect(complaints).toEqual(example.needs.map((name) => expect.stringMatching(`^Set .*${name}`)))
      const source = readFileSync(join(root, 'examples', example.file), 'utf8')
      const used = [...source.matchAll(/const \{(.*)\} = process\.env/g)].flatMap(([, names = '']) =>
        names.split(',').map((name) => name.trim()),
      )
      expect(used.filter((name) => !name.includes('=')).sort()).toEqual(example.needs.toSorted())
    },
  )
})
