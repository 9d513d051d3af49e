import { decodeField } from '../../core/field-codec.js'
import { isSessmwError } from '../../errors.js'
import { type Answer, answerJson, badRequest, CallError, notFound } from '../answer.js'
import { diffOf } from '../field-diff.js'
import { MASKED } from '../mask.js'
import type { Edit, FullItem, Subject } from '../subject.js'
import { UNDO_MS } from '../undo.js'
import { type Call, checkBody, incapable, sessionOfCall } from './call.js'
import { answerDetail } from './sessions.js'

/** `PATCH api/v1/sessions/HANDLE`: whole values of top-level keys, if nobody else has changed the session meanwhile. */
export async function patchSession(call: Call): Promise<Answer> {
  if (!call.recorder.subject.capabilities.edit) throw incapable('Editing')
  checkBody(call.body, ['set', 'unset'])
  const version = versionOf(call)
  const item = await sessionOfCall(call)
  if (item.version !== version) throw changed(item)
  const edit = editOf(call, item)
  return applyEdit(call, item, { ...edit, ifVersion: version })
}

function versionOf({ ifMatch }: Call): string {
  const [, version] = /^"([^"]{1,100})"$/.exec(ifMatch ?? '') ?? []
  if (version !== undefined) return version
  const message = 'The header If-Match must have the ETag that the session was read with.'
  throw new CallError(428, 'if-match-required', message)
}

function changed({ version }: FullItem): CallError {
  const message = 'The session has changed since it was read. Read it again.'
  return new CallError(412, 'session-changed', message, { version })
}

function editOf({ body, recorder }: Call, item: FullItem): Edit {
  const { set = {}, unset = [] } = body
  const isSet = typeof set === 'object' && set !== null && !Array.isArray(set)
  const isUnset = Array.isArray(unset) && unset.every((name) => typeof name === 'string')
  if (!isSet || !isUnset) throw badRequest('set must be an object of values, and unset a list of names.')
  const texts = Object.entries(set).map(([name, value]) => [name, textOf(recorder.subject, name, value)])
  // Checked as keys that may be set: what is none belongs to sessmw.
  for (const name of unset) textOf(recorder.subject, name, null)
  const edit = { set: Object.fromEntries(texts), unset }
  refusing(() => recorder.subject.checkSize(item, edit))
  return edit
}

/** Values come in the JSON form in which they were shown. */
function textOf(subject: Subject, name: string, value: unknown): string {
  const json = JSON.stringify(value)
  // What was not shown cannot be meant: saving it would put the mask in the place of the value.
  if (json.includes(JSON.stringify(MASKED))) {
    const message = `The value of ${JSON.stringify(name)} has parts that are masked.`
    throw new CallError(422, 'masked-value', message, { fix: 'Reveal the value before editing it.' })
  }
  return refusing(() => subject.encode(name, decodeField(json)))
}

/** What a session cannot hold is a fault of the call here, not of the server. */
function refusing<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (!isSessmwError(error)) throw error
    throw new CallError(422, error.code, error.message, { fix: error.fix })
  }
}

async function applyEdit(call: Call, item: FullItem, edit: Edit): Promise<Answer> {
  const { subject } = call.recorder
  const result = await subject.edit(item, edit)
  if (result === 'missing') throw notFound('There is no such session any more.')
  const after = await sessionOfCall(call)
  if (result === 'conflict') throw changed(after)
  const diff = diffOf(item.fields, { set: edit.set ?? {}, unset: edit.unset ?? [] })
  call.recorder.index.put(after)
  call.recorder.did('updated', after, {
    diff,
    event: 'changed',
    version: after.version,
    names: diff.map(({ name }) => name),
  })
  return answerDetail(call, after)
}

/** `POST api/v1/sessions/HANDLE/expire` */
export async function expireSession(call: Call): Promise<Answer> {
  const { subject, feed } = call.recorder
  if (!subject.capabilities.expire) throw incapable('Setting the expiry')
  checkBody(call.body, ['in'])
  const { in: seconds = 0 } = call.body
  if (typeof seconds !== 'number' || !(seconds >= 0 && seconds <= 34_560_000))
    throw badRequest('in must be a number of seconds, from 0 to 400 days.')
  const item = await sessionOfCall(call)
  const latest = subject.absoluteExpiryOf(item) ?? Number.POSITIVE_INFINITY
  const answer = await applyEdit(call, item, { expiresAt: Math.min(subject.now() + seconds * 1000, latest) })
  const { handle, owner } = item
  if (seconds === 0) feed.publish({ type: 'expired', at: subject.now(), handle, owner, code: 'expired-idle' })
  return answer
}

/** `DELETE api/v1/sessions/HANDLE`: ends the session, and keeps its record for a moment. */
export async function deleteSession(call: Call): Promise<Answer> {
  const { subject, undo, index } = call.recorder
  checkBody(call.body, [])
  const item = await sessionOfCall(call)
  if (!(await subject.remove(item))) throw notFound('There is no such session any more.')
  index.delete(item.handle)
  undo.keep(item)
  call.recorder.did('ended', item, { event: 'destroyed' })
  return answerJson(JSON.stringify({ handle: item.handle, undoMs: UNDO_MS }))
}

/** `POST api/v1/sessions/HANDLE/undo`: the one way back, for the ten seconds after a slip of the hand. */
export async function undoDelete(call: Call): Promise<Answer> {
  const { subject, undo, index } = call.recorder
  checkBody(call.body, [])
  const kept = undo.peek(call.handle)
  if (kept === undefined || !call.isVisible(kept))
    throw new CallError(410, 'undo-over', 'This session was not destroyed here in the last ten seconds.')
  undo.take(call.handle)
  if (!(await subject.restore(kept)))
    throw new CallError(409, 'session-exists', 'There is a session in its place already.')
  index.put(kept)
  call.recorder.did('restored', kept, { event: 'restored' })
  return answerDetail(call, kept)
}
