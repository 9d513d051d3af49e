import { encodeField } from '../../core/field-codec.js'
import { type Answer, answerJson, badRequest, CallError } from '../answer.js'
import { type Call, checkBody, incapable } from './call.js'

const MAX_COUNT = 1_000

const PEOPLE = ['ada', 'grace', 'linus', 'margaret', 'alan', 'barbara']
const ITEMS = ['apple', 'bread', 'cheese', 'dates', 'eggs']
const THEMES = ['light', 'dark']

/** `POST api/v1/seed`: sessions to look at, as apps have them. */
export async function seed(call: Call): Promise<Answer> {
  const { subject, feed } = call.recorder
  if (process.env.NODE_ENV === 'production')
    throw new CallError(403, 'development-only', 'Sessions are not made up with NODE_ENV=production.')
  if (subject.mint === undefined) throw incapable('Making up sessions')
  checkBody(call.body, ['count'])
  const { count } = call.body
  if (!Number.isInteger(count) || Number(count) < 1 || Number(count) > MAX_COUNT)
    throw badRequest(`count must be a whole number from 1 to ${MAX_COUNT}.`)
  for (let n = 0; n < Number(count); n += 1)
    await subject.mint(fieldsOf(n), n % 3 === 2 ? null : pick(PEOPLE, n))
  feed.publish({ type: 'seeded', at: subject.now(), handle: null, owner: null, count })
  return answerJson(JSON.stringify({ created: count }))
}

function fieldsOf(n: number): Record<string, string> {
  const data: Record<string, unknown> = {
    views: (n * 7) % 40,
    theme: pick(THEMES, n),
    cart: ITEMS.slice(0, n % (ITEMS.length + 1)).map((name, at) => ({ name, count: at + 1 })),
    csrf: `made-up-${n}`,
  }
  if (n % 3 !== 2) data.user = { name: pick(PEOPLE, n), role: n % 5 === 0 ? 'admin' : 'member' }
  const texts = Object.entries(data).map(([name, value]) => [name, encodeField(value, name, { maxDepth: 8 })])
  return Object.fromEntries(texts)
}

const pick = (from: readonly string[], n: number): string => from[n % from.length] as string
