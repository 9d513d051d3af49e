import { isReserved } from '../core/names.js'
import type { RecordChange } from '../core/store.js'
import { type MaskRules, maskText } from './mask.js'

type Texts = Readonly<Record<string, string>>

/** What became of one field, as stored texts. */
export interface FieldDiff {
  readonly name: string
  readonly op: 'add' | 'change' | 'remove'
  /** Left out when it was not known. */
  readonly before?: string
  readonly after?: string
}

/** A longer text is not kept: what it was is told in words. */
const MAX_TEXT = 4_096

/** What a change makes of fields; `before` is undefined when they are not known. */
export function diffOf(before: Texts | undefined, { set = {}, unset = [] }: RecordChange): FieldDiff[] {
  const changed = Object.entries(set).flatMap(([name, text]): FieldDiff[] => {
    const old = before === undefined ? undefined : own(before, name)
    if (old === text || isReserved(name)) return []
    if (before !== undefined && old === undefined) return [{ name, op: 'add', after: kept(text) }]
    return [{ name, op: 'change', ...(old !== undefined && { before: kept(old) }), after: kept(text) }]
  })
  const removed = unset.flatMap((name): FieldDiff[] => {
    const old = before === undefined ? undefined : own(before, name)
    if (isReserved(name) || (before !== undefined && old === undefined)) return []
    return [{ name, op: 'remove', ...(old !== undefined && { before: kept(old) }) }]
  })
  return [...changed, ...removed]
}

/** The fields after a change. */
export function afterChange(before: Texts, { set = {}, unset = [] }: RecordChange): Texts {
  const merged = { ...before, ...set }
  for (const name of unset) Reflect.deleteProperty(merged, name)
  return merged
}

const own = (texts: Texts, name: string): string | undefined =>
  Object.hasOwn(texts, name) ? texts[name] : undefined

const kept = (text: string): string =>
  text.length <= MAX_TEXT ? text : JSON.stringify(`[${text.length} characters]`)

/** JSON text of a diff as it may be shown. */
export function shownDiff({ name, op, before, after }: FieldDiff, rules: MaskRules): string {
  const side = (label: string, text: string | undefined): string =>
    text === undefined ? '' : `,"${label}":${maskText(name, text, rules).text}`
  return `{"name":${JSON.stringify(name)},"op":"${op}"${side('before', before)}${side('after', after)}}`
}
