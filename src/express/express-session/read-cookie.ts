import type { CipherKey } from 'node:crypto'
import { ownText } from '../../cookie/checked-cookies.js'
import { readCookieValues } from '../../cookie/cookie-header.js'
import { type VerifiedValue, verifyDecoded, verifyValue } from '../../cookie/signed-value.js'
import { debug } from './debug-log.js'
import { deprecate } from './deprecate.js'
import type { Settings } from './settings.js'
import type { SessionRequest } from './types.js'

/** The session id that a request brings: from its header, or else from what cookie-parser has made of it. */
export function readSessionId(
  request: SessionRequest,
  settings: Settings,
  secrets: readonly CipherKey[],
): string | undefined {
  const { name } = settings
  const [raw] = readCookieValues(request.headers.cookie, name)
  const id = raw ? verify(raw, secrets, settings) : undefined
  return id ?? readParsed(request, name, secrets)
}

function verify(
  raw: string,
  secrets: readonly CipherKey[],
  { verified, preparedSecrets }: Settings,
): string | undefined {
  const known = verified.get(raw)
  // The app may have changed its list of secrets since.
  if (known !== undefined && secrets.includes(known.secret)) return known.id
  const found = verifyValue(
    raw,
    secrets.map((secret) => preparedSecrets.of(secret)),
  )
  if (found.ok) verified.add(raw, { id: ownText(found.id), secret: secrets[found.secretIndex] as CipherKey })
  return idOf(found)
}

function readParsed(
  { signedCookies, cookies }: SessionRequest,
  name: string,
  secrets: readonly CipherKey[],
): string | undefined {
  const verified = signedCookies?.[name]
  const parsed = cookies?.[name]
  const id =
    typeof verified === 'string' && verified !== ''
      ? verified
      : typeof parsed === 'string' && parsed !== ''
        ? idOf(verifyDecoded(parsed, secrets))
        : undefined
  if (id !== undefined) deprecate('cookie should be available in req.headers.cookie', 5)
  return id
}

function idOf(verified: VerifiedValue): string | undefined {
  if (verified.ok) return verified.id
  debug(verified.reason === 'unsigned' ? 'cookie unsigned' : 'cookie signature invalid')
  return undefined
}
