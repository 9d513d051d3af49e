import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'vitest'
import { root } from '../support/sources.js'

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })

/** Parses what a command printed and checks it against its published schema. */
export function validJson(name: string, stdout: string): Record<string, unknown> {
  const validate =
    ajv.getSchema(name) ??
    ajv
      .addSchema(JSON.parse(readFileSync(join(root, 'docs', 'cli-schemas', `${name}.json`), 'utf8')), name)
      .getSchema(name)
  expect(stdout.endsWith('\n') && stdout.indexOf('\n') === stdout.length - 1).toBe(true)
  const json = JSON.parse(stdout) as Record<string, unknown>
  validate?.(json)
  expect(validate?.errors ?? []).toEqual([])
  return json
}
