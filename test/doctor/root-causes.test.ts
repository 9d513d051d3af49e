import { describe, expect, it } from 'vitest'
import { CAUSE_CODES } from '../../src/doctor/finding-table.js'
import { SECRET } from '../support/http.js'
import { LIVE_CASES } from './live-cases.js'
import { ID, RECORDED_CASES } from './recorded-cases.js'
import { examine, runDoctor, type Situation } from './situations.js'
import { SOURCE_CASES } from './source-cases.js'

const ALL = [...LIVE_CASES, ...RECORDED_CASES, ...SOURCE_CASES]

async function codesOf(situation: Situation): Promise<string[]> {
  const { findings, exit, stderr } = await examine(situation)
  expect([0, 1], stderr).toContain(exit)
  return findings.filter(({ level }) => level !== 'ok').map(({ code }) => code)
}

describe('the cases', () => {
  it('have each of the 20 root causes', () => {
    expect(CAUSE_CODES).toHaveLength(20)
    expect([...new Set(ALL.map(({ code }) => code))].sort()).toEqual([...CAUSE_CODES].sort())
  })
})

describe.each([
  ['a live app', LIVE_CASES],
  ['recorded and pasted text', RECORDED_CASES],
  ['the source', SOURCE_CASES],
])('sessmw doctor, from %s,', (_from, cases) => {
  it.each(cases)('finds $code where it is, and only there: $what', async ({ code, sick, well }) => {
    expect(await codesOf(sick)).toContain(code)
    expect(await codesOf(well)).not.toContain(code)
  })

  it.each(cases)(
    'gives evidence and a fix, and no cookie value, id or secret: $code, $what',
    async ({ sick }) => {
      const [human, json] = [await runDoctor(sick), await examine(sick)]
      for (const { evidence, level } of json.findings)
        expect(evidence.length > 0 || level === 'ok').toBe(true)
      for (const text of [human.stdout, human.stderr, json.stdout, json.stderr]) {
        for (const credential of [ID, 'canary', SECRET, ID.slice(0, 16), 's%3A'])
          expect(text).not.toContain(credential)
      }
    },
  )
})
