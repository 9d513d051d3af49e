import { type Answer, answerJson, badRequest, CallError } from '../answer.js'
import { detailText, etagOf, summaryOf } from '../detail.js'
import { shownDiff } from '../field-diff.js'
import type { Change } from '../history.js'
import { maskText } from '../mask.js'
import { listSessions } from '../session-list.js'
import type { FullItem } from '../subject.js'
import { type Call, checkBody, numberOf, sessionOfCall } from './call.js'

const MAX_LIMIT = 200

/** `GET api/v1/sessions` */
export async function getSessions(call: Call): Promise<Answer> {
  const { recorder, rules, query, isVisible } = call
  const page = await listSessions(recorder, {
    q: query.get('q') ?? '',
    filter: query.get('filter') ?? 'all',
    sort: query.get('sort') ?? 'seen',
    limit: numberOf(query, 'limit', 50, MAX_LIMIT),
    cursor: query.get('cursor'),
    rules,
    isVisible,
  })
  const { items, ...facts } = page
  const sessions = items.map((item) => summaryOf(recorder, item))
  return answerJson(JSON.stringify({ now: recorder.subject.now(), ...facts, sessions }))
}

/** `GET api/v1/sessions/HANDLE` */
export async function getSession(call: Call): Promise<Answer> {
  return answerDetail(call, await sessionOfCall(call))
}

/** One session, as after every change of it. */
export function answerDetail({ recorder, rules }: Call, item: FullItem): Answer {
  return answerJson(detailText(recorder, item, rules), { ETag: etagOf(item) })
}

/** `POST api/v1/sessions/HANDLE/reveal`: one value as it is stored. */
export async function reveal(call: Call): Promise<Answer> {
  checkBody(call.body, ['pointer'])
  const { pointer } = call.body
  const steps = typeof pointer === 'string' ? stepsOf(pointer) : undefined
  if (steps === undefined) throw badRequest('pointer must be a JSON Pointer such as "/user/email".')
  const item = await sessionOfCall(call)
  const value = await valueAt(item, steps)
  call.recorder.did('revealed', item, { event: 'revealed', pointer: `/${steps[0]}` })
  const head = JSON.stringify({ handle: item.handle, pointer })
  return answerJson(`${head.slice(0, -1)},"value":${value}}`)
}

/** RFC 6901; undefined for text that is none, and for the whole. */
function stepsOf(pointer: string): [string, ...string[]] | undefined {
  if (!pointer.startsWith('/') || pointer.length > 1_000 || /~(?![01])/.test(pointer)) return undefined
  const steps = pointer.split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  return steps.slice(1) as [string, ...string[]]
}

/** The stored JSON of a part; the pointer goes by the JSON form, in which maps and dates are objects with `$type`. */
async function valueAt({ fields }: FullItem, [name, ...steps]: [string, ...string[]]): Promise<string> {
  const text = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (text === undefined) throw nothingThere()
  let value: unknown = JSON.parse(maskText(name, text, { reveal: true, redact: [] }).text)
  for (const step of steps) {
    if (typeof value !== 'object' || value === null || !isPart(value, step)) throw nothingThere()
    value = Reflect.get(value, step)
  }
  return JSON.stringify(value)
}

/** What JSON shows of a value: not the length of a list. */
const isPart = (value: object, step: string): boolean =>
  Object.prototype.propertyIsEnumerable.call(value, step)

function nothingThere(): CallError {
  return new CallError(404, 'not-found', 'The session has no value there.')
}

/** `GET api/v1/sessions/HANDLE/history`; also of a session that has ended. */
export async function getHistory(call: Call): Promise<Answer> {
  const { recorder, handle, rules } = call
  const { changes, dropped } = recorder.history.of(handle)
  if (changes.length === 0) await sessionOfCall(call)
  const owner = changes.find((change) => change.owner !== undefined)?.owner ?? null
  if (!call.isVisible({ handle, owner })) throw nothingThere()
  const shown = changes.map((change) => changeText(change, rules))
  return answerJson(`{"handle":"${handle}","dropped":${dropped},"changes":[${shown.join(',\n')}]}`)
}

function changeText({ diff, ...change }: Change, rules: Call['rules']): string {
  const parts = diff.map((part) => shownDiff(part, rules))
  return `${JSON.stringify(change).slice(0, -1)},"diff":[${parts.join(',')}]}`
}
