import { type MaskRules, maskText } from './mask.js'
import type { Recorder } from './recorder.js'
import type { FullItem, Item } from './subject.js'

/** What lists show of a session. */
export function summaryOf({ subject, lastRequests }: Recorder, item: Item) {
  const { handle, version, owner, createdAt, lastSeenAt, expiresAt, names, bytes } = item
  return {
    ...{ handle, version, state: subject.stateOf(item), owner, createdAt, lastSeenAt, expiresAt },
    ...{ keys: names.length, bytes, lastRequest: lastRequests.get(handle) ?? null },
  }
}

/** JSON text of one session as it may be shown. */
export function detailText(recorder: Recorder, item: FullItem, rules: MaskRules): string {
  const { data, fields } = dataText(item, rules)
  const head = JSON.stringify({
    ...summaryOf(recorder, item),
    absoluteExpiresAt: recorder.subject.absoluteExpiryOf(item),
    cookieMaxAgeMs: item.cookieMaxAgeMs,
    flash: item.flash,
    fields,
  })
  return `${head.slice(0, -1)},"data":${data}}`
}

/** The data of a session as JSON text, and what is known of each field. */
export function dataText(item: FullItem, rules: MaskRules) {
  const fields: { name: string; bytes: number; complete: boolean }[] = []
  const parts = Object.entries(item.fields).map(([name, text]) => {
    const shown = maskText(name, text, rules)
    fields.push({ name, bytes: Buffer.byteLength(text), complete: shown.complete })
    return `${JSON.stringify(name)}:${shown.text}`
  })
  return { data: `{${parts.join(',')}}`, fields }
}

/** The version of a session as `ETag` has it. */
export const etagOf = ({ version }: Item): string => `"${version}"`
