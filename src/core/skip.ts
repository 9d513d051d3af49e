import { SessmwError } from '../errors.js'

/** A header whose presence, or value (`'*'` = any), leaves a request without a session. */
export type SkipHeader = string | { readonly headerName: string; readonly headerValue: string }

/** Headers by lower-case name, as `node:http` gives them. */
export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>

interface SkipRule {
  readonly name: string
  /** undefined = any */
  readonly value: string | undefined
}

function toRule(entry: SkipHeader): SkipRule {
  if (typeof entry === 'string' && entry !== '') return { name: entry.toLowerCase(), value: undefined }
  if (typeof entry === 'object' && entry !== null) {
    const { headerName, headerValue } = entry
    if (typeof headerName === 'string' && headerName !== '' && typeof headerValue === 'string') {
      return { name: headerName.toLowerCase(), value: headerValue === '*' ? undefined : headerValue }
    }
  }
  throw new SessmwError(
    'bad-option',
    "skipSessionHeader takes a header name, { headerName, headerValue } with '*' for any value, or a list of these.",
  )
}

/**
 * The test that `skipSessionHeader` stands for, or undefined where there is nothing to test.
 *
 * @throws SessmwError `bad-option`
 */
export function skipTest(
  option: SkipHeader | readonly SkipHeader[] | undefined,
): ((headers: RequestHeaders) => boolean) | undefined {
  if (option === undefined) return undefined
  const list: readonly SkipHeader[] = Array.isArray(option) ? option : [option as SkipHeader]
  const rules = list.map(toRule)
  if (rules.length === 0) return undefined
  return (headers) =>
    rules.some(({ name, value }) => {
      const sent = headers[name]
      if (sent === undefined) return false
      return value === undefined || (Array.isArray(sent) ? sent.includes(value) : sent === value)
    })
}
