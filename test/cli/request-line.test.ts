import { Chalk } from 'chalk'
import { describe, expect, it } from 'vitest'
import { requestLine, type ShownRequest } from '../../src/cli/request-line.js'
import type { Problem } from '../../src/inspector/request-entry.js'

const plain = new Chalk({ level: 0 })
const PART_OF = { load: 'load', save: 'save', cookie: 'cookie' } as const

const request: ShownRequest = {
  ...{ at: 0, method: 'GET', path: '/cart', handle: 'A'.repeat(43) },
  ...{ load: 'loaded', save: 'unchanged', detail: null, problem: null },
}

function problem(part: keyof typeof PART_OF, code: Problem['code'], causes: string[] = []): Problem {
  return { part, code, causes, title: 'It is wrong', fix: 'Mend it.', diagnosis: null }
}

const line = (change: Partial<ShownRequest>, names: string[] = []): string =>
  requestLine({ ...request, ...change }, names, plain).replace(/^\d\d:\d\d:\d\d /, '')

describe('the line of a request', () => {
  it.each<[Partial<ShownRequest>, string]>([
    [{}, 'read'],
    [{ load: 'none', save: 'empty' }, 'none'],
    [{ load: 'skipped' }, 'skip'],
    [{ load: 'none', save: 'created' }, 'new'],
    [{ save: 'updated' }, 'save'],
    [{ save: 'touched' }, 'touch'],
    [{ save: 'regenerated' }, 'swap'],
    [{ save: 'destroyed' }, 'end'],
    [{ save: 'discarded', problem: problem('save', 'discarded') }, 'lost'],
    [{ save: 'failed', problem: problem('save', 'failed') }, 'fail'],
    [{ load: 'unknown', save: 'empty', problem: problem('load', 'unknown') }, 'reject'],
    [{ load: 'unknown', save: 'created', problem: problem('load', 'unknown') }, 'reject'],
    [{ save: 'created', problem: problem('cookie', 'withheld-insecure') }, 'withheld'],
    [{ save: null }, 'read'],
    [{ save: null, load: 'none' }, 'none'],
  ])('of %j begins with %s', (change, verb) => {
    expect(line(change).split(' ')[0]).toBe(verb)
  })

  it('names the handle, the request and the keys that changed', () => {
    expect(line({ save: 'updated' }, ['cart', 'views'])).toBe('save     AAAAAAAA GET /cart  cart, views')
    expect(line({ load: 'none', save: 'empty', handle: null })).toBe('none     –        GET /cart')
  })

  it('says why there was no session, with the code and its likeliest cause', () => {
    const rejected = problem('load', 'bad-signature', ['secret-mismatch', 'env-parse'])
    expect(line({ load: 'bad-signature', save: 'empty', handle: null, problem: rejected })).toBe(
      'reject   –        GET /cart  It is wrong [bad-signature: secret-mismatch]',
    )
    expect(line({ load: 'unknown', save: 'empty', problem: problem('load', 'unknown') })).toMatch(
      /\[unknown\]$/,
    )
  })

  it('holds nothing that moves the cursor', () => {
    const path = '/\u009b2J\u001b[31m\r\n\u202e'
    const text = line({ path, detail: '"\u0085\u2028"' }, ['\u001b]0;x\u0007'])
    expect(text).toMatch(/^[\x20-\x7e–]+$/)
  })

  it('is short even if the path is not', () => {
    expect(line({ path: `/${'a'.repeat(9000)}` }).length).toBeLessThan(200)
  })
})
