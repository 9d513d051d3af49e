// Runs under callgrind, which writes its counts down and starts anew at each mark: requests of each workload between two.
import { getPriority } from 'node:os'
import { Lane } from '../exchange.js'
import { ours } from '../subjects/ours.js'
import { seed, WORKLOADS } from '../workloads.js'
import { COUNTED } from './marks.js'

const FIRST = 30

const lane = new Lane()
/** A function of its own in the binary, which nothing else calls. */
const mark = getPriority

for (const workload of WORKLOADS) {
  const subject = ours()
  const cookie = workload.cookie(await seed(subject, workload.bytes))
  for (let n = 0; n < FIRST; n++) await lane.exchange(subject, cookie, workload.use)
  mark()
  for (let n = 0; n < COUNTED; n++) await lane.exchange(subject, cookie, workload.use)
  mark()
}
process.exit()
