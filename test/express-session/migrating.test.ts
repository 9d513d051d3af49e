import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { session } from '../../src/index.js'
import { modules, observe, type Scenario, SECRET } from './harness.js'
import { optionsTable } from './readme-options.js'
import { savingTable } from './readme-saving.js'

const page = readFileSync(new URL('../../docs/migrating-from-express-session.md', import.meta.url), 'utf8')

/** The first two cells of each row of the table that begins with these. */
function rowsBelow(...heading: [string, string]): [string, string][] {
  const [, table = ''] = page.split(`| ${heading.join(' | ')} |`)
  const [body = ''] = table.split('\n\n')
  return [...body.matchAll(/^\| (`.*?) \| (.*?) \|/gm)].map(([, left = '', right = '']) => [left, right])
}
const options = rowsBelow('express-session', '`sessmw`')
const names = (cell: string) =>
  [...cell.matchAll(/`([^`]*)`/g)].flatMap(
    ([, code = '']) => code.match(/^[\w. ]+/)?.[0].split(/[ .]+/) ?? [],
  )

describe('docs/migrating-from-express-session.md', () => {
  it('has a row for every option of express-session', () => {
    const headings = Object.keys({ ...optionsTable, ...savingTable, cookie: [] })
    const known = headings.filter((heading) => /^[a-zA-Z]+$/.test(heading) && heading !== 'Options')
    const told = options.flatMap(([left]) => names(left))
    expect(known.filter((name) => !told.includes(name))).toEqual([])
  })

  it('names options that session() takes', () => {
    const named = options
      .flatMap(([, right]) => names(right))
      .filter((name) => !['req', 'session'].includes(name))
    expect(named.length).toBeGreaterThan(8)
    for (const name of named) {
      const give = () => session({ secretKey: SECRET, [name]: undefined } as never)
      expect(give).not.toThrow(/unknown|Known options/)
    }
  })
})

/** What a socket does: it has a request that never ends, beside those of the pages. */
const beside = (ending: Scenario['handler']): Scenario => ({
  handler: (req, res, next, context) => {
    if (req.path === '/') return res.end(void Object.assign(req.session, { likes: 1 }))
    return ending(req, res, next, context)
  },
  requests: ['/', '/socket'],
})

describe('a long request', () => {
  it.each(Object.entries(modules))('reads its session again after a reload: %s', async (_name, module) => {
    const { answers } = await observe(
      module,
      beside((req, res, _next, { store }) => {
        const old = req.session
        const row = store.rows()[req.sessionID] as object
        store.put(req.sessionID, { ...row, likes: 5 })
        old.reload(() => res.json([old.likes, req.session.likes]))
      }),
    )
    expect(answers[1]?.body).toBe('[1,5]')
  })

  it('learns from reload or save that the session has ended', async () => {
    const { answers } = await observe(
      modules.ours,
      beside((req, res) => {
        const { session: old } = req
        old.destroy(() => {
          old.reload((failure) => old.save((refusal) => res.json([failure?.message, refusal?.code])))
        })
      }),
    )
    expect(answers[1]?.body).toBe('["failed to load session","session-gone"]')
  })
})
