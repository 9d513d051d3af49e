// docs/requirements.md says which test shows which requirement; this shows that those tests exist.
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const page = readFileSync(new URL('../docs/requirements.md', import.meta.url), 'utf8')
const root = new URL('../', import.meta.url)

interface Row {
  readonly id: string
  readonly files: readonly string[]
  /** Names of tests, each with the file that was named last before it. */
  readonly names: readonly [file: string, name: string][]
}

const rows: Row[] = [...page.matchAll(/^\| ([SF]\d+) \| .*? \| (.*`test\/.*) \|$/gm)].map(
  ([, id = '', cell = '']) => {
    const files: string[] = []
    const names: [string, string][] = []
    for (const [, file, name] of cell.matchAll(/`((?:test|src)\/[^`]+)`|"([^"]+)"/g)) {
      if (file !== undefined) files.push(file)
      else if (name !== undefined) names.push([files.at(-1) ?? '', name])
    }
    return { id, files, names }
  },
)

const read = (file: string): string => readFileSync(new URL(file, root), 'utf8')

describe('docs/requirements.md', () => {
  it('answers the requirements and faults that concern the library', () => {
    const ids = rows.map(({ id }) => id)
    expect(ids).toEqual([...new Set(ids)])
    const decided = page.slice(page.indexOf('## Decided otherwise'))
    const answered = (id: string) => ids.includes(id) || new RegExp(`^\\|[^|]*\\b${id}\\b`, 'm').test(decided)
    const asked = Array.from({ length: 71 }, (_, n) => `S${n + 1}`)
    expect(asked.filter((id) => !answered(id))).toEqual([])
    const faults = Array.from({ length: 31 }, (_, n) => `F${n + 1}`)
    expect(faults.filter((id) => !answered(id))).toEqual([])
  })

  it.each(rows)(
    '$id: its files exist, and its tests carry its number or the names that it quotes',
    ({ id, files, names }) => {
      expect(files.filter((file) => !existsSync(new URL(file, root)))).toEqual([])
      for (const [file, name] of names) expect(read(file), file).toContain(name)
      const isNumbered = files.some((file) => new RegExp(`\\b${id}\\b`).test(read(file)))
      expect(isNumbered || names.length > 0).toBe(true)
    },
  )
})
