import { type Answer, answerJson, badRequest, CallError } from '../answer.js'
import { type Call, checkBody } from './call.js'

/** Ten years; sessions end long before. */
const MAX_OFFSET_MS = 315_360_000_000

/** The time of the app, and whether it can be changed. */
export function clockOf({ recorder: { subject } }: Pick<Call, 'recorder'>) {
  const { offsetMs } = subject
  return { now: subject.now(), offsetMs: offsetMs ?? 0, adjustable: offsetMs !== undefined }
}

/** `GET api/v1/clock` */
export async function getClock(call: Call): Promise<Answer> {
  return answerJson(JSON.stringify(clockOf(call)))
}

/** `PUT api/v1/clock`: how far the clock of the app is ahead of the real one, in milliseconds. */
export async function setClock(call: Call): Promise<Answer> {
  const { subject, feed } = call.recorder
  checkBody(call.body, ['offsetMs'])
  const { offsetMs } = call.body
  if (typeof offsetMs !== 'number' || !(Math.abs(offsetMs) <= MAX_OFFSET_MS))
    throw badRequest('offsetMs must be a number of milliseconds, ten years at most.')
  if (!subject.capabilities.clock) {
    throw new CallError(409, 'clock-unsupported', 'The clock of this app cannot be moved.', {
      fix: 'Pass one travelClock() as clock to createSessions() and to its MemoryStore, or run `sessmw serve`.',
    })
  }
  subject.offsetMs = Math.trunc(offsetMs)
  feed.publish({ type: 'clock', at: subject.now(), handle: null, owner: null, offsetMs: subject.offsetMs })
  return answerJson(JSON.stringify(clockOf(call)))
}
