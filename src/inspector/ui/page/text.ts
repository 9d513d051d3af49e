/** Characters that show nothing, or change what others show: controls, directions, separators, halves of pairs. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu

/** Text that strangers wrote, with escapes for what an eye would miss. */
export function visible(text: string): string {
  return text.replace(HIDDEN, escapeOf)
}

/** JSON of a value on one line, or indented; hidden characters are escapes here too. */
export function jsonOf(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, null, indent) ?? 'undefined'
  return text.replace(HIDDEN, (found) => (found === '\n' ? found : escapeOf(found)))
}

/** As JSON writes it, so that an edited text still means the same. */
function escapeOf(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}

const UNITS: readonly [seconds: number, name: string][] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
]

/** A span of time in its largest unit, or in its two largest. */
export function spanOf(ms: number, parts: 1 | 2 = 1): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const [size, name] = UNITS.find(([size]) => seconds >= size) ?? [1, 's']
  const whole = `${Math.floor(seconds / size)} ${name}`
  const rest = seconds % size
  return parts === 2 && rest > 0 ? `${whole} ${spanOf(rest * 1000)}` : whole
}

/** How long ago a moment was. */
export function agoOf(at: number, now: number): string {
  if (at - now > 2_000) return `in ${spanOf(at - now)}`
  return now - at < 1_000 ? 'now' : `${spanOf(now - at)} ago`
}

export function sizeOf(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** The time of day, here. */
export function timeOf(at: number): string {
  const date = new Date(at)
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => pad(part)).join(':')
}

/** A moment in full, here. */
export function momentOf(at: number): string {
  const date = new Date(at)
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${timeOf(at)}`
}

const pad = (part: number): string => String(part).padStart(2, '0')

/** Enough of a handle to tell it from others. */
export function shortHandle(handle: string): string {
  return `${handle.slice(0, 8)}…`
}

export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}
