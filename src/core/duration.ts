import { SessmwError } from '../errors.js'

const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** Browsers keep no cookie longer than 400 days (RFC 6265bis 5.5); in seconds. */
const MAX_SECONDS = 34_560_000

const FORM = /^(\d{1,16}(?:\.\d{1,16})?)(ms|s|m|h|d|w)$/

function refuse(name: string, problem: string): never {
  throw new SessmwError(
    'bad-option',
    `Option ${name} ${problem} Write seconds as a number such as 1800, or text such as '30m', '1.5h', '7d', '2w', '90s' or '500ms'; at most 400 days.`,
  )
}

/**
 * A duration option in milliseconds, rounded to whole ones: a number counts seconds (fractions are fine), text has a
 * unit, such as `'30m'`.
 *
 * @param name The option, for the message.
 * @throws SessmwError `bad-option` for anything else, and for more than 400 days: a number that large is milliseconds.
 */
export function parseDuration(value: number | string, name: string): number {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) refuse(name, `is ${value}, which is no duration.`)
    if (value < 0) refuse(name, `is ${value}, but a duration cannot be negative.`)
    if (value > MAX_SECONDS)
      refuse(
        name,
        `is ${value} seconds, more than 400 days; it looks like milliseconds (${value / 1000} seconds).`,
      )
    return Math.round(value * 1000)
  }
  const parts = typeof value === 'string' ? FORM.exec(value) : null
  const unit = MILLISECONDS[parts?.[2] ?? '']
  if (!parts || unit === undefined)
    refuse(
      name,
      `is ${typeof value === 'string' ? JSON.stringify(value) : typeof value}, which is no duration.`,
    )
  const milliseconds = Number(parts[1]) * unit
  if (milliseconds > MAX_SECONDS * 1000) refuse(name, `is ${JSON.stringify(value)}, more than 400 days.`)
  return Math.round(milliseconds)
}

/**
 * Whether a duration given as a number of seconds was probably meant as milliseconds: a multiple of 1000 from 600 000
 * up, such as 3 600 000. Whole days (2 592 000 is 30 of them) count as seconds, unless they are whole hours in
 * milliseconds too.
 */
export function looksLikeMilliseconds(value: number | string): boolean {
  if (typeof value !== 'number' || value < 600_000 || value % 1000 !== 0) return false
  return value % 86_400 !== 0 || value % 3_600_000 === 0
}
