import type { ActiveSession } from './active-session.js'
import type { BagTraps } from './bag.js'
import type { Owner } from './owner.js'
import type { RecordCookie, RecordHeader } from './record.js'

/** One life of the session in a request: what `regenerate` and `destroy` put aside and may have to bring back. */
export interface Incarnation {
  readonly id: string | undefined
  readonly header: RecordHeader | undefined
  readonly createdAt: number
  readonly owner: Owner | undefined
  readonly cookie: RecordCookie | undefined
  readonly fields: BagTraps
  readonly gone: boolean
  readonly cookieDue: ActiveSession['cookieDue']
  readonly life: number
}
