import { diagnoseCookie } from '../../cookie/diagnosis.js'
import { type Answer, answerJson, badRequest } from '../answer.js'
import { type Call, checkBody } from './call.js'

const MAX_INPUT = 20_000

/** `POST api/v1/verify`: what `sessmw verify` says of a pasted cookie, and what the store has under its id. */
export async function verifyCookie(call: Call): Promise<Answer> {
  const { subject } = call.recorder
  checkBody(call.body, ['input', 'name'])
  const { input, name = subject.options.cookieName } = call.body
  if (typeof input !== 'string' || input.length > MAX_INPUT || typeof name !== 'string')
    throw badRequest(`input must be text of at most ${MAX_INPUT} characters, and name the name of a cookie.`)
  const { id, secretIndex, status, code, ...found } = diagnoseCookie(input, {
    name,
    secrets: subject.secrets,
  })
  const handle = id === null ? null : subject.handleOf(id)
  const result = {
    status,
    code,
    load: found.load,
    style: found.style,
    name: found.name ?? name,
    id: id === null ? null : shown(id),
    handle,
    repairs: found.repairs,
    secret: secretIndex === null ? null : { index: secretIndex },
    needsResign: secretIndex !== null && secretIndex > 0,
    detail: found.detail,
    hints: found.hints,
    state: handle === null || status !== 'valid' ? null : await stateOf(call, handle),
  }
  return answerJson(JSON.stringify(result))
}

/** An id is a credential: two characters at either end tell it from others and open nothing. */
const shown = (id: string): string => (id.length < 16 ? '…' : `${id.slice(0, 2)}…${id.slice(-2)}`)

async function stateOf({ recorder, isVisible }: Call, handle: string): Promise<string> {
  const found = await recorder.subject.find(handle)
  if (found === 'corrupt') return found
  return found === undefined || !isVisible(found) ? 'unknown' : recorder.subject.stateOf(found)
}
