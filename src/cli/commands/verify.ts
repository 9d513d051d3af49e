import { diagnoseCookie } from '../../cookie/diagnosis.js'
import type { CookieStyle } from '../../cookie/neighbours.js'
import { SessmwError } from '../../errors.js'
import { EXIT } from '../exit-code.js'
import type { Io } from '../io.js'
import { readOperand } from '../operand.js'
import { type OutputOptions, outputOf } from '../output.js'
import { findSecrets, type SecretOptions } from '../secret-source.js'
import { printDiagnosis, verifyJson } from '../verify-report.js'

/** Options of `sessmw verify`. */
export interface VerifyOptions extends SecretOptions, OutputOptions {
  /** The cookie as it was pasted, or `-` for stdin. */
  readonly operand?: string
  readonly name?: string
  readonly strict?: boolean
  readonly decodeOnly?: boolean
  readonly showId?: boolean
  readonly salt?: readonly string[]
  readonly url?: string
  readonly style?: CookieStyle | 'auto'
}

/** Says whether a cookie is valid, invalid or unsigned, and why. Asks no server. */
export async function verify(options: VerifyOptions, io: Io): Promise<number> {
  const out = outputOf(io, options)
  const url = options.url === undefined ? undefined : addressOf(options.url)
  const pasted = await readOperand(options, io, 'verify', 'a cookie')
  const secrets = options.decodeOnly ? [] : await findSecrets(options, io, out)
  if (secrets.length === 0 && !options.decodeOnly) {
    throw new SessmwError(
      'no-secret',
      'A signature cannot be checked without a secret; --decode-only does without.',
    )
  }
  const { name, strict, salt = [], style } = options
  const now = Date.now()
  const diagnosis = diagnoseCookie(pasted, {
    name,
    strict,
    salts: salt,
    style: style === 'auto' ? undefined : style,
    url,
    now,
    secrets: secrets.map(({ value }) => value),
    lines: secrets.map(({ line }) => line),
  })
  const showId = options.showId === true
  const payload = diagnosis.payload === null ? null : await shownPayload(diagnosis.payload, showId)
  const report = { diagnosis, secrets, now, showId, payload }
  if (options.json) out.json(verifyJson(report, name))
  else printDiagnosis(report, out)
  if (url !== undefined && diagnosis.attributes === null)
    out.note('--url judges the attributes of a Set-Cookie line, and there is none.')
  const isFine = diagnosis.status === 'valid' || diagnosis.status === 'unverified'
  return isFine ? EXIT.ok : EXIT.negative
}

async function shownPayload(payload: unknown, whole: boolean): Promise<unknown> {
  const { mask, unmasked } = await import('../../inspector/mask.js')
  return whole ? unmasked(payload, '') : mask(payload, '')
}

function addressOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url
  throw new SessmwError('usage', '--url takes an address that begins with http:// or https://.')
}
