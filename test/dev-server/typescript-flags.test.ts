import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { typescriptFlags } from '../../src/dev-server/typescript-flags.js'

function project(): string {
  const root = mkdtempSync(join(tmpdir(), 'sessmw-ts-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  return root
}

/** Node of a version that strips types, or strips them by a flag, or does not. */
const node = (typescript: unknown, ...flags: string[]) => ({
  features: { typescript },
  allowedNodeEnvironmentFlags: new Set(flags),
  versions: { node: '20.19.0' },
})

describe('what an entry in TypeScript needs', () => {
  it('is nothing for JavaScript', () => {
    for (const name of ['a.js', 'a.mjs', 'a.cjs', 'www']) expect(typescriptFlags(`/x/${name}`)).toEqual([])
  })

  it("is the project's own tsx", () => {
    const root = project()
    const tsx = join(root, 'node_modules', 'tsx')
    mkdirSync(tsx, { recursive: true })
    writeFileSync(join(tsx, 'package.json'), '{"name":"tsx","exports":{".":"./loader.mjs"}}')
    writeFileSync(join(tsx, 'loader.mjs'), '')
    const flags = ['--import', pathToFileURL(join(tsx, 'loader.mjs')).href]
    for (const name of ['a.ts', 'a.mts', 'a.cts', 'a.tsx'])
      expect(typescriptFlags(join(root, name))).toEqual(flags)
  })

  it('is nothing, or a flag, where Node strips types', () => {
    const entry = join(project(), 'a.ts')
    expect(typescriptFlags(entry, node('strip'))).toEqual([])
    const flag = '--experimental-strip-types'
    expect(typescriptFlags(entry, node(false, flag))).toEqual([flag])
  })

  it('is missing elsewhere, which is said before anything starts', () => {
    const root = project()
    const missing = expect.objectContaining({ code: 'no-typescript' })
    expect(() => typescriptFlags(join(root, 'a.tsx'), node('strip'))).toThrow(missing)
    expect(() => typescriptFlags(join(root, 'a.ts'), node(undefined))).toThrow(missing)
    expect(() => typescriptFlags(join(root, 'a.ts'), node(false))).toThrow('a.ts is TypeScript')
  })
})
