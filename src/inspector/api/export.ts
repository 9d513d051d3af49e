import { type Answer, answerJson } from '../answer.js'
import { detailText } from '../detail.js'
import { MASK_ALL } from '../mask.js'
import { Newest } from '../newest.js'
import type { FullItem } from '../subject.js'
import type { Call } from './call.js'
import { infoOf } from './info.js'

const MAX_SESSIONS = 1_000

/** `GET api/v1/export`: a snapshot for a report, masked even where the inspector reveals. */
export async function exportAll(call: Call): Promise<Answer> {
  const { recorder, isVisible } = call
  const { subject } = recorder
  const newest = new Newest<FullItem>(MAX_SESSIONS)
  let count = 0
  for await (const batch of subject.items())
    for (const item of batch) {
      if (subject.stateOf(item) !== 'alive' || !isVisible(item)) continue
      count += 1
      newest.add(item)
    }
  const info = await infoOf(call)
  const headers = { 'Content-Disposition': 'attachment; filename="sessmw-sessions.json"' }
  return answerJson(textOf(call, info, newest.list(), count > MAX_SESSIONS), headers)
}

function* textOf(
  call: Call,
  info: object,
  items: readonly FullItem[],
  truncated: boolean,
): Generator<string> {
  const { recorder, rules, isVisible } = call
  yield `{"info":${JSON.stringify(info)},"truncated":${truncated},"sessions":[`
  let separator = '\n'
  for (const item of items) {
    yield `${separator}${detailText(recorder, item, { ...MASK_ALL, redact: rules.redact })}`
    separator = ',\n'
  }
  yield '\n],"requests":['
  separator = '\n'
  for (const entry of recorder.requests.newest()) {
    if (!isVisible(entry)) continue
    yield `${separator}${JSON.stringify(entry)}`
    separator = ',\n'
  }
  yield '\n]}\n'
}
