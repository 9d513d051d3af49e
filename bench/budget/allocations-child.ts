// Started with `--expose-gc` and room for all that it allocates: bytes per request of each workload, those of the bare
// response subtracted, since nothing is collected in between. Sends them by workload.
import { Lane, type Subject } from '../exchange.js'
import { BARE } from '../subjects/mounted.js'
import { ours } from '../subjects/ours.js'
import { nameOf, seed, WORKLOADS, type Workload } from '../workloads.js'

const WARM_UP = 3000
// The heap grows by pages of 256 KB, so that few requests would not tell.
const COUNTED = 2000
const lane = new Lane()

const found: Record<string, number> = {}
for (const workload of WORKLOADS) {
  const subject = ours()
  const cookie = workload.cookie(await seed(subject, workload.bytes))
  const bytes = (await allocated(subject, cookie, workload.use)) - (await allocated(BARE, cookie, () => {}))
  found[nameOf(workload)] = Math.round(bytes)
}
process.send?.(found, () => process.exit())

async function allocated(
  subject: Subject,
  cookie: string | undefined,
  use: Workload['use'],
): Promise<number> {
  for (let n = 0; n < WARM_UP; n++) await lane.exchange(subject, cookie, use)
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  for (let n = 0; n < COUNTED; n++) await lane.exchange(subject, cookie, use)
  return (process.memoryUsage().heapUsed - before) / COUNTED
}
