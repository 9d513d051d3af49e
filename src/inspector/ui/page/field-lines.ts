import type { FieldDiff } from './shapes.js'
import { jsonOf, visible } from './text.js'

/** One line of a diff: what a part was, or is. */
export interface Line {
  readonly sign: '+' | '−'
  readonly path: string
  readonly text: string
}

const MOST_LINES = 40
const MOST_TEXT = 300

/** The lines of a diff. Inside of objects and lists only the parts that differ are shown. */
export function linesOf({ name, op, before, after }: FieldDiff): readonly Line[] {
  const path = visible(name)
  if (op === 'add') return [line('+', path, after)]
  // What it was before is left out when nobody knew it.
  if (op === 'remove') return [before === undefined ? { sign: '−', path, text: '' } : line('−', path, before)]
  if (before === undefined) return [line('+', path, after)]
  return partLines(path, before, after).slice(0, MOST_LINES)
}

function partLines(path: string, before: unknown, after: unknown): readonly Line[] {
  if (!isParted(before) || !isParted(after) || Array.isArray(before) !== Array.isArray(after))
    return [line('−', path, before), line('+', path, after)]
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].flatMap((name) => {
    const part = Array.isArray(before) ? `${path}[${name}]` : `${path}.${visible(name)}`
    if (!Object.hasOwn(before, name)) return [line('+', part, after[name])]
    if (!Object.hasOwn(after, name)) return [line('−', part, before[name])]
    const isSame = JSON.stringify(before[name]) === JSON.stringify(after[name])
    return isSame ? [] : partLines(part, before[name], after[name])
  })
}

function isParted(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !('$type' in value)
}

function line(sign: Line['sign'], path: string, value: unknown): Line {
  const text = jsonOf(value).replaceAll('"[masked]"', '••••••••')
  return { sign, path, text: text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text }
}
