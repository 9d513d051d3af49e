import { type Answer, answerJson, CallError } from '../answer.js'
import { type Call, checkBody, incapable, sessionOfCall } from './call.js'

/**
 * `POST api/v1/sessions/HANDLE/cookie`: a new session with the data and the owner of this one, since an id cannot be had
 * back from its hash. For development: it logs its caller in as somebody else.
 */
export async function copyCookie(call: Call): Promise<Answer> {
  const { subject } = call.recorder
  if (process.env.NODE_ENV === 'production')
    throw new CallError(403, 'development-only', 'Cookies are not made with NODE_ENV=production.')
  if (subject.mint === undefined) throw incapable('A copy with a new cookie')
  checkBody(call.body, [])
  const { fields, owner, handle: from } = await sessionOfCall(call)
  const { handle, cookie } = await subject.mint(fields, owner)
  const curl = `curl -b '${cookie}' '${call.origin}/'`
  return answerJson(JSON.stringify({ from, handle, cookie, curl }))
}
