import type { ServerResponse } from 'node:http'
import { HOLD, type Hold } from './held-response.js'
import type { HeaderEdit } from './hold.js'

/**
 * Edits the headers of a held response: now, or just before they leave if others have wrapped `writeHead` since the
 * hold, as `on-headers` does. What they set may replace what is there, so our edit comes after it.
 *
 * @param heldWriteHead `writeHead` of the response as the hold had put it there.
 */
export function editHeaders(
  response: ServerResponse & { readonly [HOLD]?: Hold },
  heldWriteHead: ServerResponse['writeHead'] | undefined,
  edit: HeaderEdit,
): void {
  const hold = response[HOLD]
  // HTTP/2 responses of Node do not call `writeHead` by themselves.
  if (response.writeHead === heldWriteHead || hold === undefined || !hold.http1) {
    edit()
    return
  }
  const methods: { writeHead: Hold['methods']['writeHead'] } = hold.methods
  const { writeHead } = methods
  methods.writeHead = function (this: unknown, ...args) {
    methods.writeHead = writeHead
    edit()
    return Reflect.apply(writeHead, this, args)
  }
}
