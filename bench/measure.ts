import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Lane, type Subject } from './exchange.js'
import { seed, type Workload } from './workloads.js'

/** Requests of one measurement. */
const REQUESTS = 256

setFlagsFromString('--expose-gc')
const collectGarbage: (options: { type: 'minor' }) => void = runInNewContext('gc')

/** A subject at a workload, with some requests in flight, ready to run. */
export interface Trial {
  readonly workload: Workload
  readonly subject: Subject
  readonly inFlight: number
  /** Microseconds per request above the subject's base, one of each round. */
  readonly overheads: number[]
  /** The subject and the cookies of one round. */
  ready(): Promise<{ subject: Subject; cookies: (string | undefined)[] }>
}

/** Checks that the subject does what the workload says; then a trial for each number of requests in flight. */
export async function prepare(
  workload: Workload,
  make: (workload: Workload) => Subject | Promise<Subject>,
  numbers: readonly number[],
): Promise<Trial[]> {
  const subject = await make(workload)
  await workload.check(subject, await seed(subject, workload.bytes))
  const trials: Trial[] = []
  for (const inFlight of numbers) {
    const cookies = await cookiesFor(workload, subject, inFlight)
    const ready = async () => ({ subject: workload.grows ? await make(workload) : subject, cookies })
    trials.push({ workload, subject, inFlight, overheads: [], ready })
  }
  return trials
}

/** A session for each request in flight, as of different visitors. */
async function cookiesFor(
  workload: Workload,
  subject: Subject,
  count: number,
): Promise<(string | undefined)[]> {
  const cookies: (string | undefined)[] = []
  for (let n = 0; n < count; n++) cookies.push(workload.cookie(await seed(subject, workload.bytes)))
  return cookies
}

/** One round: every trial once, in any order. The first rounds only warm up. */
export async function round(trials: readonly Trial[], warmUp: boolean, clock: Clock): Promise<void> {
  for (const trial of shuffled(trials)) {
    const { subject, cookies } = await trial.ready()
    const { use } = trial.workload
    const requests = subject.isSlow ? REQUESTS / 8 : REQUESTS
    const without = await time(subject.base ?? subject, cookies, () => {}, requests, clock)
    const overhead = (await time(subject, cookies, use, requests, clock)) - without
    if (!warmUp) trial.overheads.push(overhead)
    if (trial.workload.grows) await subject.close?.()
  }
}

function shuffled<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item)
}

const LANES: Lane[] = []

/** Microseconds since some moment. */
export type Clock = () => number

export const wallClock: Clock = () => performance.now() * 1000

/** What this process has had of the processors, its threads included: holds on a busy machine, too. */
export const processorClock: Clock = () => {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Microseconds per request, with as many in flight as there are cookies. */
export async function time(
  subject: Subject,
  cookies: readonly (string | undefined)[],
  use: Workload['use'],
  requests: number,
  clock: Clock,
): Promise<number> {
  while (LANES.length < cookies.length) LANES.push(new Lane())
  const each = Math.ceil(requests / cookies.length)
  const begin = clock()
  await Promise.all(
    cookies.map(async (cookie, index) => {
      const lane = LANES[index]
      for (let left = each; left > 0; left--) await lane?.exchange(subject, cookie, use)
    }),
  )
  // Each pays for what it leaves behind; otherwise those pay in whose turn the heap happens to be full.
  collectGarbage({ type: 'minor' })
  return (clock() - begin) / (each * cookies.length)
}
