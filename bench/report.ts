import { availableParallelism, loadavg } from 'node:os'

/** The value below which a part of the values lies. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.round((sorted.length - 1) * part)] ?? Number.NaN
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** `median (first quartile - third quartile)`. */
export function spread(values: readonly number[], digits = 1): string {
  const [low, middle, high] = [0.25, 0.5, 0.75].map((part) => quantile(values, part).toFixed(digits))
  return `${middle} (${low} - ${high})`
}

const begun = loadavg()[0] ?? 0

/** What the figures depend on: above each table. */
export function conditions(what: string): string {
  const load = [begun, loadavg()[0] ?? 0].map((value) => value.toFixed(1)).join(' to ')
  return `Node ${process.version}, ${availableParallelism()} cores, load ${load}; ${what}`
}

/** Prints one Markdown table under the conditions it was measured in. */
export function print(what: string, head: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const lines = [line(head), line(head.map(() => '---')), ...rows.map(line)]
  process.stdout.write(`${conditions(what)}\n\n${lines.join('\n')}\n`)
}
