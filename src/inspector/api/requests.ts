import { type Answer, answerJson, badRequest } from '../answer.js'
import { type Call, numberOf } from './call.js'

const STATUSES = ['all', 'ok', 'none', 'rejected'] as const
const MAX_LIMIT = 200

/** `GET api/v1/requests` */
export async function getRequests({ recorder, query, isVisible }: Call): Promise<Answer> {
  const status = STATUSES.find((name) => name === (query.get('status') ?? 'all'))
  if (status === undefined) throw badRequest(`status must be one of: ${STATUSES.join(', ')}.`)
  const limit = numberOf(query, 'limit', 50, MAX_LIMIT)
  const requests = recorder.requests.find({
    status,
    limit,
    code: query.get('code') ?? undefined,
    handle: query.get('handle') ?? undefined,
    path: query.get('path') ?? undefined,
    before: numberOf(query, 'before', Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    isVisible,
  })
  const before = requests.length === limit ? (requests.at(-1)?.seq ?? null) : null
  return answerJson(JSON.stringify({ now: recorder.subject.now(), requests, before }))
}
