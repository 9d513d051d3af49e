import type { Subject } from '../exchange.js'
import type { Workload } from '../workloads.js'
import { expressMemorystore, expressSession } from './express.js'
import { CachedFloor, Floor } from './floor.js'
import { fastifySessionSubject, koaSession } from './frameworks.js'
import { dropIn, ours, oursLazy } from './ours.js'
import { cookieSession, ironSession } from './stateless.js'

type Make = (workload: Workload) => Subject | Promise<Subject>

/** What a browser keeps of one cookie, name and attributes included (RFC 6265bis, section 6.1). */
const MOST_COOKIE_BYTES = 4096

const always: Make[] = [
  expressSession,
  expressMemorystore,
  fastifySessionSubject,
  koaSession,
  ({ writes }) => new Floor(writes),
  ({ writes }) => new CachedFloor(writes),
  () => ours(),
  dropIn,
]

/** How to make each subject that can do a workload, in the order of the table. */
export function makersFor({ id, bytes }: Workload): Make[] {
  const makers = [...always]
  if (bytes < MOST_COOKIE_BYTES / 2) makers.splice(4, 0, cookieSession, ({ writes }) => ironSession(writes))
  if (id === 'c') makers.splice(-1, 0, oursLazy)
  return makers
}
